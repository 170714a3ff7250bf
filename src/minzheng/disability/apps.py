"""The line as a Django app: its declarations are registered when the program starts."""

from django.apps import AppConfig


class DisabilityConfig(AppConfig):
    name = "minzheng.disability"
    label = "disability"
    verbose_name = "残疾人补贴"

    def ready(self) -> None:
        from minzheng.cases.lines import register
        from minzheng.disability.workflow import LINES, effects_of

        for line in LINES:
            register(line.with_effects(effects_of(line.name)))
