"""Assessment as a Django app."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """Facts meet provisions: determinations, sweeps, leads and reviews, stored decisions."""

    name = "minzheng.assessment"
    label = "assessment"
    verbose_name = "资格比对"
