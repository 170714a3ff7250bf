"""The citizen identity number of GB 11643: reading, checking, masking. Storage is sealed elsewhere.

A number is never shown by accident: `str()`, `repr()` and every format print `1404**********1234`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from minzheng.values.errors import Refusal

#: The first two digits that GB/T 2260 gives to provinces, and 81-83 for residence permits.
PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46"
    " 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
#: An area code never assigned: people of the demonstration city carry it.
DEMO_AREA = "140499"

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EARLIEST = date(1850, 1, 1)
_ASK = "请对照身份证原件核对后重新录入。"


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"

    @property
    def label(self) -> str:
        return "男" if self is Sex.MALE else "女"


class NumberWarning(StrEnum):
    """What is odd about a number without making it wrong."""

    UNKNOWN_COUNTY = "unknown_county"
    UPGRADED_FROM_15 = "upgraded_from_15"

    @property
    def label(self) -> str:
        if self is NumberWarning.UNKNOWN_COUNTY:
            return "前六位不是已知的县级区划代码（含历史代码），请留意。"
        return "由 15 位旧号码升位而来，请以现行 18 位号码为准。"


@dataclass(frozen=True, slots=True, repr=False)
class ResidentId:
    """An identity number that passed the check; made by `parse`, compared by value."""

    _digits: str

    def __str__(self) -> str:
        return mask_number(self._digits)

    def __repr__(self) -> str:
        return f"ResidentId({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> str:
        raise TypeError("an identity number is not pickled: seal it first")

    @property
    def area(self) -> str:
        """The six digits of the place of first registration."""
        return self._digits[:6]

    @property
    def birth_date(self) -> date:
        return date(int(self._digits[6:10]), int(self._digits[10:12]), int(self._digits[12:14]))

    @property
    def sex(self) -> Sex:
        return Sex.MALE if int(self._digits[16]) % 2 else Sex.FEMALE

    def reveal_for(self, purpose: str) -> str:
        """The eighteen characters in clear. The caller names why, and has recorded it before."""
        if not purpose.strip():
            raise Refusal("identity.no_purpose", "查看完整身份证号须填写用途。", field="purpose")
        return self._digits


def mask_number(digits: str) -> str:
    """`1404**********1234`: the first four and the last four, whatever the length."""
    return (
        f"{digits[:4]}{'*' * max(len(digits) - 8, 0)}{digits[-4:]}" if len(digits) > 8 else "*" * len(digits)
    )


def check_character(first_seventeen: str) -> str:
    """The eighteenth character, by the weights of GB 11643."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def halfwidth(text: str) -> str:
    """Full-width forms (as typed with a Chinese input method) turned into ASCII; nothing else is touched.

    For importers, which report the repair. `parse` itself accepts ASCII only, so that one person cannot
    be written in two scripts.
    """
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else " " if c == "\u3000" else c for c in text)


def parse(text: str, *, on: date) -> ResidentId:
    """The number as a value, judged as of the day `on`; 15 digits are upgraded.

    Raises `Refusal` with the reason: length, characters, province, birth date, future, check character.
    """
    number = text.strip().upper()
    if not number.isascii():
        raise _refusal("not_ascii", "身份证号含有全角或非阿拉伯数字字符，只接受半角数字和末位 X。")
    if len(number) not in (15, 18):
        raise _refusal("length", f"身份证号应为 18 位（旧号码 15 位），现为 {len(number)} 位。")
    if not (number.isdecimal() or (len(number) == 18 and number[:17].isdecimal() and number[17] == "X")):
        raise _refusal("characters", "身份证号含有数字以外的字符，只有 18 位号码的末位可以是 X。")
    if number[:2] not in PROVINCES:
        raise _refusal("province", "身份证号前两位不是已知的省级代码。")
    if len(number) == 15:
        number = _upgrade(number)
    _check_birth_date(number[6:14], on)
    if number[17] != check_character(number[:17]):
        raise _refusal("check_character", "身份证号校验位不符，至少有一位录错。")
    return ResidentId(number)


def warnings(text: str, number: ResidentId, *, known_areas: frozenset[str]) -> tuple[NumberWarning, ...]:
    """What to tell about a number that was accepted. `known_areas` holds current and retired county codes."""
    found = []
    if len(text.strip()) == 15:
        found.append(NumberWarning.UPGRADED_FROM_15)
    if number.area not in known_areas:
        found.append(NumberWarning.UNKNOWN_COUNTY)
    return tuple(found)


def compose(area: str, birth: date, sequence: int) -> ResidentId:
    """A valid number from its parts, for generators of invented people. An odd sequence is male."""
    if area != DEMO_AREA:
        raise ValueError(f"invented people carry the unassigned area code {DEMO_AREA}")
    if not 0 <= sequence <= 999:
        raise ValueError("the sequence has three digits")
    first = f"{area}{birth:%Y%m%d}{sequence:03d}"
    return ResidentId(first + check_character(first))


def _upgrade(fifteen: str) -> str:
    """GB 11643 put the century in and a check character behind.

    The sequence numbers 996-999 were kept for people born before 1900.
    """
    century = "18" if fifteen[12:] in {"996", "997", "998", "999"} else "19"
    first = fifteen[:6] + century + fifteen[6:]
    return first + check_character(first)


def _check_birth_date(eight: str, on: date) -> None:
    try:
        birth = date(int(eight[:4]), int(eight[4:6]), int(eight[6:]))
    except ValueError:
        raise _refusal("birth_date", "身份证号中的出生日期不存在。") from None
    if birth > on:
        raise _refusal("birth_in_future", "身份证号中的出生日期晚于当前业务日期。")
    if birth < _EARLIEST:
        raise _refusal("birth_date", "身份证号中的出生日期早于 1850 年，不可信。")


def _refusal(reason: str, message: str) -> Refusal:
    return Refusal(f"identity.{reason}", message, field="resident_id", next_step=_ASK)
