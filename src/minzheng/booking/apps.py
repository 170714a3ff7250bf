"""The app of appointments."""

from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "minzheng.booking"
    label = "booking"
    verbose_name = "预约和叫号"
