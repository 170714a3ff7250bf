"""The registry as a Django app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Persons, households, dated facts."""

    name = "minzheng.registry"
    label = "registry"
    verbose_name = "人口与家庭登记"
