"""What every fact of the vocabulary is in terms of the registry's rows: one definition for one household and a city.

Works on arrays. `Extract` holds the households, their ties and the values; who may see them is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from minzheng.registry.extraction.columns import Extract
from minzheng.registry.extraction.means import Means
from minzheng.registry.extraction.parents import Parents
from minzheng.registry.extraction.received import Received
from minzheng.registry.reading import Reader

#: What is read, in order.
THEMES = (
    "家庭与成员", "身份与死亡", "与户主关系", "户籍", "家庭登记情况", "亲属", "在读", "个人情形", "残疾与自理", "就业与劳动能力",
    "收入", "财产", "支出", "急难事件", "调查认定", "已享受待遇", "父母状况", "选择",
)  # fmt: skip


def extract(reader: Reader, say: Callable[[str], None] = lambda _theme: None) -> Extract:
    """All columns of the vocabulary for the households the reader holds (or the whole region of its scope).

    `say` is told each of `THEMES` when it begins.
    """
    return _Extraction(reader, say).run()


class _Extraction(Means, Received, Parents):
    """The universe of people first, then theme by theme."""

    def run(self) -> Extract:
        self.say(THEMES[0])
        self._universe()
        if self.reader.provenance and not len(self.units):
            # Of the families asked for none is open on the day; whoever asked says so.
            return self.out
        for label, theme in zip(
            THEMES[1:],
            (
                self._identity, self._tie_facts, self._hukou, self._standing, self._kinship, self._schooling,
                self._spells, self._disability, self._work, self._incomes, self._assets, self._expenditures,
                self._emergencies, self._findings, self._receipts, self._parents, self._choices,
            ),
            strict=True,
        ):  # fmt: skip
            self.say(label)
            theme()
            if not self.reader.provenance:
                self._forget_rows()
        return self.out
