"""What a file of residents may carry, and how its headers are matched to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import yaml

from minzheng.registry import codes
from minzheng.values.errors import Refusal


class Form(Enum):
    """How the text of a field is read."""

    TEXT = "text"
    NAME = "name"
    NUMBER = "number"
    DATE = "date"
    MONEY = "money"
    CODE = "code"
    DIVISION = "division"


@dataclass(frozen=True)
class Field:
    """A field of a resident's row. `labels` are the words of a coded field, with their codes."""

    name: str
    label: str
    form: Form
    headers: tuple[str, ...] = ()
    required: bool = False
    labels: tuple[tuple[str, int], ...] = ()
    income: codes.Income | None = None
    coverage: codes.Coverage | None = None


def _labels(choices: Sequence[tuple[int, str]], **more: int) -> tuple[tuple[str, int], ...]:
    return (*((label, code) for code, label in choices), *more.items())


FIELDS: tuple[Field, ...] = (
    Field("household_no", "户号", Form.TEXT, ("家庭编号", "户编号"), required=True),
    Field("resident_id", "身份证号", Form.NUMBER, ("公民身份号码", "身份证号码", "证件号码"), required=True),
    Field("name", "姓名", Form.NAME, ("人员姓名",), required=True),
    Field("sex", "性别", Form.CODE, labels=(("男", 1), ("女", 2), ("男性", 1), ("女性", 2))),
    Field("birth_date", "出生日期", Form.DATE, ("出生年月日",)),
    Field("village", "村（社区）代码", Form.DIVISION, ("村代码", "村级代码", "行政区划代码"), required=True),
    Field(
        "relation",
        "与户主关系",
        Form.CODE,
        ("户主关系", "家庭关系"),
        required=True,
        labels=_labels(
            codes.Relation.choices,
            本人=1, 妻=2, 夫=2, 妻子=2, 丈夫=2, 子=3, 女=3, 儿子=3, 女儿=3, 儿媳=4, 女婿=4, 孙子=5, 孙女=5, 父亲=6, 母亲=6,
            父=6, 母=6, 岳父=7, 岳母=7, 公公=7, 婆婆=7, 祖父=8, 祖母=8, 兄=9, 弟=9, 姐=9, 妹=9, 其他=10,
        ),
    ),
    Field("registration", "户籍登记地类型", Form.CODE, ("城乡类型",), labels=_labels(codes.Registration.choices, 城市=1, 乡村=2)),
    Field(
        "rural",
        "户口性质",
        Form.CODE,
        ("户籍性质",),
        labels=(("农业", 1), ("农业户口", 1), ("非农业", 0), ("非农业户口", 0), ("农村", 1), ("城镇", 0)),
    ),
    Field("hukou", "户籍地代码", Form.DIVISION, ("户籍所在地代码",)),
    Field("lives_here_since", "居住开始日期", Form.DATE, ("共同居住开始日期", "入住日期")),
    Field("wages", "月工资", Form.MONEY, ("月工资（元）", "月工资收入"), income=codes.Income.WAGES, coverage=codes.Coverage.WAGES),
    Field("business", "月经营收入", Form.MONEY, ("月经营净收入",), income=codes.Income.BUSINESS_INCOME, coverage=codes.Coverage.BUSINESS_INCOME),
    Field("property", "月财产收入", Form.MONEY, ("月财产净收入",), income=codes.Income.PROPERTY_INCOME, coverage=codes.Coverage.PROPERTY_INCOME),
    Field("employee_pension", "月职工养老金", Form.MONEY, ("月退休金",), income=codes.Income.EMPLOYEE_PENSION, coverage=codes.Coverage.PENSION),
    Field("base_pension", "月基础养老金", Form.MONEY, ("城乡居民基础养老金",), income=codes.Income.BASE_PENSION, coverage=codes.Coverage.PENSION),
    Field("local_pension", "月地方及个人账户养老金", Form.MONEY, income=codes.Income.LOCAL_PENSION, coverage=codes.Coverage.PENSION),
    Field("transfers", "月其他转移收入", Form.MONEY, income=codes.Income.TRANSFERS_RECEIVED, coverage=codes.Coverage.TRANSFERS),
    Field("labour", "劳动能力", Form.CODE, labels=_labels(codes.Labour.choices)),
    Field("disability_level", "残疾等级", Form.CODE, ("残疾证等级",),
          labels=(("一级", 1), ("二级", 2), ("三级", 3), ("四级", 4), ("1", 1), ("2", 2), ("3", 3), ("4", 4)),
          coverage=codes.Coverage.CERTIFICATE),
    Field(
        "disability_kind",
        "残疾类别",
        Form.CODE,
        ("残疾类型",),
        labels=(("视力", 1), ("听力", 2), ("言语", 3), ("肢体", 4), ("智力", 5), ("精神", 6)),
    ),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
DISABILITY_PARTS = ("visual", "hearing", "speech", "limb", "intellectual", "mental")


@dataclass(frozen=True)
class Mapping:
    """Which header of a file is which field. Headers named nowhere are left aside and listed in the report."""

    fields: tuple[tuple[str, str], ...]

    @property
    def by_header(self) -> dict[str, Field]:
        return {header: BY_NAME[name] for header, name in self.fields}

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.fields, ensure_ascii=False).encode()).hexdigest()


def match_headers(headers: Sequence[str], given: dict[str, str] | None = None) -> Mapping:
    """Match a file's headers: by the mapping given (header → field), else by the known Chinese headers.

    Refuses a required field that is missing, a field matched twice, a header that occurs twice.
    """
    repeated = sorted({header for header in headers if headers.count(header) > 1 and header})
    if repeated:
        raise Refusal(
            "import.header_twice", f"表头重复：{'、'.join(repeated)}。", next_step="请改为不同的列名。"
        )
    known = given or _known_headers()
    unknown = set(known.values()) - set(BY_NAME)
    if unknown:
        raise Refusal("import.mapping", f"对照表中有未知字段：{'、'.join(sorted(unknown))}。")
    matched = [(header, known[header]) for header in headers if header in known]
    names = [name for _header, name in matched]
    twice = sorted({BY_NAME[name].label for name in names if names.count(name) > 1})
    if twice:
        raise Refusal(
            "import.field_twice",
            f"有两列都对应到：{'、'.join(twice)}。",
            next_step="请只保留一列或提供对照表。",
        )
    missing = [field.label for field in FIELDS if field.required and field.name not in names]
    if missing:
        raise Refusal(
            "import.column_missing",
            f"文件缺少必需的列：{'、'.join(missing)}。",
            next_step="请核对表头，或提供对照表（表头: 字段）。",
        )
    return Mapping(tuple(matched))


def read_mapping(path: Path) -> dict[str, str]:
    """A mapping file: YAML or JSON of `表头: field`, where the field may be its name or its Chinese label."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise Refusal("import.mapping", "对照表无法读取，应为 YAML 或 JSON。") from None
    if not isinstance(content, dict):
        raise Refusal("import.mapping", "对照表应逐行写作“表头: 字段”。")
    by_label = {field.label: field.name for field in FIELDS}
    return {
        "".join(str(header).split()): by_label.get(str(name), str(name)) for header, name in content.items()
    }


def _known_headers() -> dict[str, str]:
    known = {}
    for field in FIELDS:
        for header in (field.label, field.name, *field.headers):
            known[header] = field.name
    return known
