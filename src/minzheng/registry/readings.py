"""How names are read: pinyin without tones, a syllable a character, for sorting and for finding people by letters."""

from __future__ import annotations

import functools
from collections.abc import Iterator

#: Surnames that are read otherwise than the character usually is.
_SURNAMES = {
    "单": "shan", "仇": "qiu", "解": "xie", "曾": "zeng", "任": "ren", "华": "hua", "朴": "piao", "查": "zha",
    "区": "ou", "盖": "ge", "翟": "zhai", "乐": "yue", "员": "yun", "尉": "yu", "繁": "po", "召": "shao", "洗": "xian",
}  # fmt: skip
#: Every syllable that a character is read as; those without a vowel are no part of a name. Written down, because
#: asking for the reading of every character takes a second, which the first search of a process would wait for.
SYLLABLES = frozenset(
    """
    a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao
    ce cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui
    chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de den deng di dian diao die ding diu
    dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng fiao fo fou fu ga gai gan gang
    gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng
    hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan
    jue jun ka kai kan kang kao ke ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang
    lao le lei leng li lia lian liang liao lie lin ling liu lo long lou lu luan lun luo lv lve ma mai
    man mang mao me mei men meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei nen
    neng ni nian niang niao nie nin ning niu nong nou nu nuan nun nuo nv nve o ou pa pai pan pang pao
    pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu qu
    quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa sai san sang sao se sen
    seng sha shai shan shang shao she shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si
    song sou su suan sui sun suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui
    tun tuo wa wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue
    xun ya yan yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng
    zha zhai zhan zhang zhao zhe zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi
    zong zou zu zuan zui zun zuo
    """.split()
)
_LONGEST_SYLLABLE = 6
_MOST_SYLLABLES = 8

#: The last code point, and the gap among them that no text holds.
_LAST, _SURROGATES, _PAST_SURROGATES = "\U0010ffff", 0xD800, "\ue000"


def pinyin(name: str) -> str:
    """The reading of a name: `单小明` is `shan xiao ming`. Signs that are not characters are left out."""
    surname = _SURNAMES.get(name[:1]) or _syllable(name[:1])
    return " ".join(filter(None, (surname, *map(_syllable, name[1:]))))


def beginnings(typed: str) -> list[str]:
    """What a stored reading begins with for these letters: typed with spaces as it is, else every way to part them.

    `wangb` gives `wang b`; letters that are no reading come back as they are.
    """
    text = " ".join(typed.lower().split())
    if " " in text:
        return [text]
    return [" ".join(parts) for parts in _parted(text, _MOST_SYLLABLES)] or [text]


def after_all_that_begin(beginning: str) -> str:
    """The least text above every text that begins like this, in the order of code points; empty: nothing is above.

    `王` gives `玌`: a beginning is the range from itself to that.
    """
    kept = beginning.rstrip(_LAST)
    if not kept:
        return ""
    following = ord(kept[-1]) + 1
    return kept[:-1] + (_PAST_SURROGATES if following == _SURROGATES else chr(following))


def _parted(text: str, left: int) -> Iterator[list[str]]:
    """Syllables, the last of which may be unfinished."""
    if any(syllable.startswith(text) for syllable in SYLLABLES):
        yield [text]
    if not left:
        return
    for length in range(1, min(_LONGEST_SYLLABLE, len(text) - 1) + 1):
        if text[:length] in SYLLABLES:
            for rest in _parted(text[length:], left - 1):
                yield [text[:length], *rest]


@functools.cache
def _syllable(character: str) -> str:
    """The usual reading of a character, nothing for other signs."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(character, style=Style.NORMAL, errors="ignore"))
