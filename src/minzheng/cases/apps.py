"""Casework as a Django app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Applications, cases and their steps, clocks, visits, notices, decisions and letters of every line."""

    name = "minzheng.cases"
    label = "cases"
    verbose_name = "办件"
