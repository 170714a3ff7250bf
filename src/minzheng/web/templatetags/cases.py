"""How cases look: a state's tag, a limit with the days left, a field of a step's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from minzheng.cases.models import ClockRow, Finding
from minzheng.cases.types import Tone, Unit
from minzheng.cases.workflow import Field, State, Step
from minzheng.rulebook import load, parameters

register = template.Library()
_EXAMPLE = SafeString(' <abbr class="example" title="依据的参数为示例值，尚未经本市确认">示例</abbr>')
_REQUIRED, _SELECTED = SafeString(" required"), SafeString(" selected")

_COLOURS = {
    Tone.PROGRESS: "blue",
    Tone.GRANTED: "green",
    Tone.ATTENTION: "amber",
    Tone.QUIET: "",
    Tone.STOPPED: "red",
}


@register.simple_tag
def case_state(state: State | None) -> SafeString | str:
    """Where a case stands: quiet colour and the word."""
    if state is None:
        return ""
    return format_html('<span class="tag {}">{}</span>', _COLOURS[state.tone], state.label)


def limit_label(parameter: str) -> str:
    declared = parameters().declared.get(parameter)
    return declared.label if declared is not None else parameter


@register.simple_tag
def clock_line(row: ClockRow, today: Any) -> SafeString:
    """One limit of law: since when, until when, how many days are left or over, its clause; an example value is marked."""
    day: date = today() if callable(today) else today
    mark = "green" if row.met_on else "red" if row.due_on and row.due_on < day else "blue"
    return format_html(
        '<li><span class="tag {}">{}</span> {}{} <span class="quiet">{} 起{}，{}</span>'
        ' <a class="small" href="{}">{}</a></li>',
        mark,
        _stands(row, day),
        limit_label(row.parameter),
        _EXAMPLE if row.example else "",
        row.started_on.isoformat(),
        f" {row.value} {row.get_unit_display()}" if row.value is not None else "",
        f"{row.due_on:%Y-%m-%d} 届满" if row.due_on else row.problem,
        reverse("clause", args=[row.clause]),
        row.clause,
    )


@register.simple_tag
def finding_value(finding: Finding) -> str:
    """What was found, in words: yes and no, the label of a choice, else as written."""
    value = finding.value
    if value in ("yes", "no"):
        return "是" if value == "yes" else "否"
    column = load().columns.get(finding.field.split(":")[1]) if finding.field.startswith("fact:") else None
    if column is not None and column.kind.domain is not None:
        return column.kind.domain[str(value)].label
    return str(value)


def _stands(row: ClockRow, today: date) -> str:
    if row.unit == Unit.NATURAL and row.due_on is not None:
        # A notice hangs its days; that is no limit of anybody's work.
        return "已满" if row.met_on or row.due_on < today else f"还有 {(row.due_on - today).days} 天"
    if row.met_on is not None:
        return "已办" if row.due_on is None or row.met_on <= row.due_on else "超期办理"
    if row.due_on is None:
        return "期限待定"
    left = (row.due_on - today).days
    return f"超期 {-left} 天" if left < 0 else "今天到期" if left == 0 else f"还有 {left} 天"


@register.simple_tag
def step_field(step: Step, field: Field, tried: Mapping[str, Any]) -> SafeString:
    """One field of a step's form, filled with what was typed when the step was refused."""
    value = tried.get(field.name, "") if tried.get("action") == step.action else ""
    name, ident = field.name, f"{step.action}-{field.name}"
    required = _REQUIRED if field.required else ""
    help_text = format_html('<p class="quiet small mb-0">{}</p>', field.help) if field.help else ""
    if field.kind in ("choice", "yesno"):
        choices = field.choices or (("yes", "是"), ("no", "否"))
        options = format_html_join(
            "", '<option value="{}"{}>{}</option>', (
                (key, _SELECTED if str(value) == key else "", label) for key, label in choices
            )
        )  # fmt: skip
        control = format_html(
            '<select class="form-select" id="{}" name="{}"{}><option value="">请选择</option>{}</select>',
            ident, name, required, options,
        )  # fmt: skip
    elif field.kind == "text":
        control = format_html(
            '<textarea class="form-control" id="{}" name="{}" rows="2" maxlength="1000"{}>{}</textarea>',
            ident, name, required, value,
        )  # fmt: skip
    else:
        kinds = {"date": "date", "month": "month"}
        mode = {"money": "decimal", "number": "numeric"}.get(field.kind, "text")
        control = format_html(
            '<input class="form-control" type="{}" inputmode="{}" id="{}" name="{}" value="{}"{}>',
            kinds.get(field.kind, "text"), mode, ident, name, value, required,
        )  # fmt: skip
    return format_html(
        '<div class="field"><label for="{}">{}{}</label>{}{}</div>',
        ident,
        field.label,
        "（元）" if field.kind == "money" else "",
        control,
        help_text,
    )
