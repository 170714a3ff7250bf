"""Awards as a Django app."""

from django.apps import AppConfig


class AwardsConfig(AppConfig):
    """Running and ended awards, what is due for a month, and why."""

    name = "minzheng.awards"
    label = "awards"
    verbose_name = "待遇"
