"""The line as a Django app: its declarations are registered when the program starts."""

from django.apps import AppConfig


class ChildrenConfig(AppConfig):
    name = "minzheng.children"
    label = "children"
    verbose_name = "儿童保障"

    def ready(self) -> None:
        from minzheng.cases.lines import register
        from minzheng.children.workflow import LINES, effects_of

        for line in LINES:
            register(line.with_effects(effects_of(line.name)))
