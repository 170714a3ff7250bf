"""The app of keeping times."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "minzheng.retention"
    label = "retention"
    verbose_name = "材料保管和销毁"
