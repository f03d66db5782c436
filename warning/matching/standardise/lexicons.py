"""The packaged word lists of the standardisers, each read once."""

from functools import lru_cache
from importlib import resources

from ruamel.yaml import YAML

#: Characters of transliterations: a name of five or more that consists of them is one.
TRANSLITERATION = frozenset(
    "阿艾巴白班贝本比边别布才仓措达丹当道德登迪丁东多额尔嘎尕噶甘格更古官哈合呼华吉加嘉坚江杰金久居卡凯"
    "康克肯库拉来兰朗勒力丽里列隆罗洛麻马玛买麦曼毛梅门孟米明木穆那娜纳乃南尼努诺帕旁培平普其奇齐恰强切"
    "青曲群热仁日荣如萨赛桑森沙山珊什斯苏素孙索塔台泰坦特提铁通图土吐托娃瓦外万旺维温沃乌吾西希夏先肖"
    "辛雅亚彦央扬耶也叶依伊因英永尤玉约云赞扎泽增占智珠卓子孜宗祖措姆朵顿珍次登"
)
#: Forms of characters that OpenCC leaves, and the one they are written with here.
VARIANTS = str.maketrans(
    "髙峯崑凃兪眞靑淸戸郞昻迠囯囻侽喩徳恵", "高峰昆涂俞真青清户郎昂建国国男喻德惠"
)


def _words(name: str) -> list[str]:
    path = resources.files("warning") / "config" / "lexicons" / name
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@lru_cache(maxsize=4)
def phrases(name: str) -> dict[str, frozenset[str]]:
    """A list file of several lists: name of the list → its words."""
    path = resources.files("warning") / "config" / "lexicons" / name
    lists = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return {str(key): frozenset(str(words).split()) for key, words in lists.items()}


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Traditional characters and rare variants → simplified ones, for ``str.translate``."""
    traditional, plain = _words("simplified.txt")
    table = {ord(old): new for old, new in zip(traditional, plain, strict=True)}
    return table | {old: chr(new) for old, new in VARIANTS.items()}


@lru_cache(maxsize=1)
def surnames() -> frozenset[str]:
    """Surnames of one character, the common ones."""
    return frozenset("".join(_words("surnames.txt")))


@lru_cache(maxsize=1)
def name_parts() -> frozenset[str]:
    """Parts of minority names."""
    return frozenset(part for line in _words("name_parts.txt") for part in line.split())


@lru_cache(maxsize=1)
def nobody() -> frozenset[str]:
    """What stands in a name's field where nobody is named."""
    return frozenset(word for line in _words("nobody.txt") for word in line.split())


@lru_cache(maxsize=1)
def kin() -> dict[str, tuple[str, str | None]]:
    """Words for kin of whoever speaks, or close to them → the first of the same meaning, and the sex."""
    found: dict[str, tuple[str, str | None]] = {}
    for sex, first, *others in (line.split() for line in _words("kin.txt")):
        found |= dict.fromkeys([first, *others], (first, None if sex == "-" else sex))
    return found


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words of reports that are given names, too, or look like the pet name of a child."""
    return frozenset(word for line in _words("common_words.txt") for word in line.split())


@lru_cache(maxsize=1)
def lookalikes() -> frozenset[tuple[str, str]]:
    """Pairs of characters that look alike, the smaller first."""
    pairs: set[tuple[str, str]] = set()
    for line in _words("lookalikes.txt"):
        pairs.update((min(line[0], other), max(line[0], other)) for other in line[1:])
    return frozenset(pairs)


def made_of_parts(text: str) -> bool:
    """Whether a text is parts of minority names and nothing else, two or more of them."""
    parts, counts = name_parts(), {0: 0}  # end → the most parts that lead there
    for end in range(1, len(text) + 1):
        for size in range(2, min(5, end) + 1):
            if end - size in counts and text[end - size : end] in parts:
                counts[end] = max(counts.get(end, 0), counts[end - size] + 1)
    return counts.get(len(text), 0) >= 2
