"""The app's name and label."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "minzheng.base"
    label = "base"
    verbose_name = "基础"
