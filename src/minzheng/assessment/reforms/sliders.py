"""The parameters of the reform desk: which of them move there, between which ends, by which step.

Ends and steps are the desk's, so that a hand can reach what is worth asking; what a parameter may be at all is
declared in the rulebook. Other reforms are written as an overlay.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from minzheng.rulebook import declared
from minzheng.rules.language.declare import Parameter
from minzheng.rules.language.kinds import Money
from minzheng.rules.parameters import ParameterSet, Resolved
from minzheng.values.errors import Refusal


@dataclass(frozen=True)
class Slider:
    """Ends and step as people write them: yuan, or the number itself."""

    parameter: Parameter
    low: Fraction
    high: Fraction
    step: Fraction
    group: str

    @property
    def key(self) -> str:
        return self.parameter.key

    def encoded(self, value: Fraction) -> Fraction:
        """As the engines hold it: fen, or the number itself."""
        return value * 100 if self.parameter.kind == Money else value

    def written(self, value: Fraction | int) -> Fraction:
        """As people write it."""
        return Fraction(value) / (100 if self.parameter.kind == Money else 1)


def _slider(parameter: Parameter, low: str, high: str, step: str, group: str) -> Slider:
    return Slider(parameter, Fraction(low), Fraction(high), Fraction(step), group)


SLIDERS: tuple[Slider, ...] = (
    _slider(declared.dibao_std_urban, "500", "1000", "1", "低保"),
    _slider(declared.dibao_std_rural, "5000", "10000", "1", "低保"),
    _slider(declared.edge_multiple, "1", "2", "0.1", "低保"),
    _slider(declared.jobcost_rate, "0", "0.5", "0.01", "低保"),
    _slider(declared.jobcost_cap, "0", "1", "0.1", "低保"),
    _slider(declared.fin_cap_dibao, "6", "60", "1", "低保"),
    _slider(declared.tk_multiple, "1", "2", "0.01", "特困"),
    _slider(declared.tk_tier1, "0", "1500", "1", "特困"),
    _slider(declared.tk_tier2, "0", "2500", "1", "特困"),
    _slider(declared.dl_amount, "0", "200", "1", "残疾、高龄"),
    _slider(declared.dc_amount, "0", "200", "1", "残疾、高龄"),
    _slider(declared.oa_amount, "0", "300", "1", "残疾、高龄"),
    _slider(declared.oa_from, "60", "90", "1", "残疾、高龄"),
)
BY_KEY: Mapping[str, Slider] = {slider.key: slider for slider in SLIDERS}


def standing(slider: Slider, parameters: ParameterSet, county: str, on: datetime.date) -> Resolved:
    """The value in force of a slider's parameter."""
    return parameters.resolve(slider.parameter, county, on)


def read_positions(asked: Mapping[str, Any]) -> dict[str, Fraction]:
    """Positions as people wrote them, by key. Raises `Refusal` naming what does not fit."""
    found = {}
    for key, raw in asked.items():
        slider = BY_KEY.get(key)
        if slider is None:
            raise _wrong(key, f"改革台没有名为“{key}”的滑块。", "其他参数请用改革方案文件测算。")
        found[key] = _position(slider, raw)
    return found


def _position(slider: Slider, raw: Any) -> Fraction:
    label = slider.parameter.label
    ends = f"{_shown(slider.low)} 至 {_shown(slider.high)}"
    try:
        value = Fraction(str(raw).strip().replace(",", ""))
    except (ValueError, ZeroDivisionError):
        raise _wrong(slider.key, f"“{label}”应为数字。", f"应在 {ends} 之间。") from None
    if not slider.low <= value <= slider.high:
        raise _wrong(
            slider.key, f"“{label}”超出改革台的范围。", f"应在 {ends} 之间；更大的改动请用改革方案文件。"
        )
    if ((value - slider.low) / slider.step).denominator != 1:
        raise _wrong(slider.key, f"“{label}”应为 {_shown(slider.step)} 的整数倍。", f"应在 {ends} 之间。")
    return value


def _shown(value: Fraction) -> str:
    return f"{float(value):g}"


def _wrong(key: str, message: str, next_step: str) -> Refusal:
    return Refusal("reform.position", message, field=key, next_step=next_step)
