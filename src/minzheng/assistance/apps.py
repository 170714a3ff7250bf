"""The line as a Django app: its declarations are registered when the program starts."""

from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "minzheng.assistance"
    label = "assistance"
    verbose_name = "社会救助"

    def ready(self) -> None:
        from minzheng.assistance.workflow import LINES, effects_of
        from minzheng.cases.lines import register

        for line in LINES:
            register(line.with_effects(effects_of(line.name)))
