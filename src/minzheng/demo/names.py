"""Invented names: own tables of surnames and given-name characters, with their readings."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Indexes = npt.NDArray[np.int16]

_SURNAMES = (
    "王张李刘赵郭杨陈杜宋马高韩崔牛申冯秦路武郝侯许曹田任苗常段程史原魏孙董贾吴栗梁靳"
    "郑徐苏连胡闫周暴姚邢焦薛卢杜樊霍窦裴药关卫吕范石鲍白温桑平景芦成车丁万尹江向汤米安康"
)
_MALE = (
    "建国军明华伟强志永文海林玉书宝贵生福庆保祥全根喜春来成金水小学红卫东新平立峰晓亮宇浩然泽子轩博俊杰鹏飞凯旭龙虎"
    "山岩川岳松柏树田富安康顺德义忠孝仁和善良勇刚毅斌武超越长久先锋振兴瑞祺"
)
_FEMALE = (
    "秀英兰芳玉梅桂花凤云霞丽娟红艳燕琴珍香爱莲菊翠巧转变仙爱果改先月娥彩俊青雪晓静敏慧婷怡欣雅诗涵雨萱梓思琪佳悦"
    "荣素淑贤惠美素霞瑞苗叶枝果蕊苹莉萍春夏秋冬妮娜倩蓉"
)


def surname_count() -> int:
    return len(_SURNAMES)


def draw(rng: np.random.Generator, male: npt.NDArray[np.bool_]) -> tuple[Indexes, Indexes]:
    """Positions of the first and second given character in `characters()`; 0 as the second means none."""
    n = len(male)
    first = np.where(male, rng.integers(0, len(_MALE), n), len(_MALE) + rng.integers(0, len(_FEMALE), n))
    second = np.where(male, rng.integers(0, len(_MALE), n), len(_MALE) + rng.integers(0, len(_FEMALE), n))
    alone = rng.random(n) < 0.22
    return (first + 1).astype(np.int16), np.where(alone | (first == second), 0, second + 1).astype(np.int16)


def names(surname: Indexes, first: Indexes, second: Indexes) -> pa.Array:
    given = pa.array(["", *_MALE, *_FEMALE])
    parts = (pa.array(list(_SURNAMES)).take(pa.array(surname)), given.take(first), given.take(second))
    return pc.binary_join_element_wise(*parts, "")


def readings(surname: Indexes, first: Indexes, second: Indexes) -> pa.Array:
    """The names in Latin letters, as the registry writes them."""
    given = pa.array(["", *_read(_MALE + _FEMALE)])
    parts = (pa.array(_read(_SURNAMES)).take(pa.array(surname)), given.take(first), given.take(second))
    return pc.utf8_rtrim_whitespace(pc.binary_join_element_wise(*parts, " "))


@cache
def _read(characters: str) -> list[str]:
    from pypinyin import Style, pinyin

    return [pinyin(one, style=Style.NORMAL)[0][0] for one in characters]
