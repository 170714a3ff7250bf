"""What the words for kin mean: 妻子, 长子, 奶奶 … as relations to the head of the household.

A family is often written from the child's side (父亲、母亲、孩子): then the words are read from there.
"""

from __future__ import annotations

import re

from minzheng.rulebook.vocabulary import Relation

from . import words

PARENTS = frozenset({"父亲", "母亲", "爸爸", "妈妈"})
GRANDPARENTS = frozenset({"爷爷", "奶奶", "祖父", "祖母", "外公", "外婆", "姥姥", "姥爷"})
MATERNAL = frozenset({"外公", "外婆", "姥姥", "姥爷"})
CHILDREN = frozenset({"孩子", "儿子", "女儿", "长子", "次子", "长女", "次女", "婴儿", "子女"})
GRANDCHILDREN = frozenset({"孙子", "孙女", "外孙", "外孙女"})

SHORT = {
    "爸爸": "父亲", "妈妈": "母亲", "父": "父亲", "母": "母亲", "夫": "丈夫", "妻": "妻子", "子": "儿子", "女": "女儿",
    "三子": "儿子", "三女": "女儿", "幼子": "儿子", "幼女": "女儿", "小儿子": "儿子", "小女儿": "女儿", "养子": "儿子",
    "养女": "女儿", "继子": "儿子", "继女": "女儿", "大儿子": "儿子", "大女儿": "女儿", "老伴": "配偶",
}  # fmt: skip
"""Other words for the same kin."""


def relation_of(name: str, head: str) -> Relation | None:
    """The relation a name states by itself, None where it does not."""
    plain = re.sub(r"[0-9一二三四五甲乙丙]$", "", name)
    plain, head = SHORT.get(plain, plain), SHORT.get(head, head)
    if head in PARENTS:
        found = _from_the_child(plain, head)
    elif head in GRANDPARENTS:
        found = _from_the_grandchild(plain)
    else:
        found = None
    if found is not None:
        return found
    if plain in CHILDREN:
        return Relation.CHILD
    label = words.CHOICES.get(plain, plain)
    return next((r for r in Relation if r.label == label and r is not Relation.HEAD), None)


def _from_the_child(name: str, head: str) -> Relation | None:
    if name in PARENTS:
        return Relation.SPOUSE
    if name in GRANDPARENTS:
        own = (name in MATERNAL) == (head in ("母亲", "妈妈"))
        return Relation.PARENT if own else Relation.PARENT_IN_LAW
    return None


def _from_the_grandchild(name: str) -> Relation | None:
    if name in GRANDPARENTS:
        return Relation.SPOUSE
    if name == "父亲":
        return Relation.CHILD
    if name == "母亲":
        return Relation.CHILD_IN_LAW
    return Relation.GRANDCHILD if name in CHILDREN | GRANDCHILDREN else None
