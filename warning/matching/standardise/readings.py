"""Pinyin without tones, surnames by their own readings."""

import re
from functools import lru_cache

#: Surnames of two characters, and how they are read where each alone is read otherwise.
COMPOUND_READINGS = {
    "尉迟": "yu chi", "长孙": "zhang sun", "单于": "chan yu", "万俟": "mo qi", "澹台": "tan tai",
    "令狐": "ling hu", "鲜于": "xian yu", "乐正": "yue zheng", "宰父": "zai fu",
    "皇甫": "huang fu", "呼延": "hu yan", "独孤": "du gu", "夏侯": "xia hou", "仲长": "zhong chang",
}  # fmt: skip
COMPOUND_SURNAMES = frozenset(COMPOUND_READINGS) | frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方南宫闻人诸葛公羊赫连宗政濮阳公冶太叔申屠公孙慕容仲孙钟离"
        "宇文司徒司空拓跋百里东郭南门西门东门左丘梁丘轩辕闾丘亓官司寇巫马漆雕壤驷公良夹谷"
        "段干呼延羊舌微生第五完颜爱新叶赫那拉纳兰耶律淳于公西颛孙谷梁相里达奚屈突斛律哥舒富察北宫",
    )
)
#: Readings of characters that are read otherwise as surnames.
SURNAME_READINGS = {
    "单": "shan", "仇": "qiu", "解": "xie", "曾": "zeng", "查": "zha", "任": "ren", "盖": "ge",
    "区": "ou", "朴": "piao", "尉": "wei", "乐": "yue", "覃": "qin", "员": "yun", "贠": "yun",
    "缪": "miao", "翟": "zhai", "葛": "ge", "华": "hua", "宁": "ning", "种": "chong", "繁": "po",
    "秘": "bi", "折": "she", "召": "shao", "盛": "sheng", "石": "shi", "沈": "shen", "洗": "xian",
    "冼": "xian", "黑": "he", "祭": "zhai", "隗": "kui", "佴": "nai", "句": "gou", "乜": "nie",
    "牟": "mu", "谌": "chen", "莘": "shen", "郇": "xun", "逄": "pang", "撒": "sa", "都": "du",
    "费": "fei", "纪": "ji", "车": "che", "郗": "xi", "尹": "yin", "长": "chang", "仉": "zhang",
    "厍": "she", "能": "nai", "粘": "nian", "那": "na", "相": "xiang", "行": "xing", "燕": "yan",
    "应": "ying", "藏": "zang", "万": "wan", "瞿": "qu", "阚": "kan", "重": "chong", "宓": "mi",
    "过": "guo", "强": "qiang", "卜": "bu", "柏": "bai", "叶": "ye", "於": "yu", "俞": "yu",
    "晟": "cheng", "幺": "yao", "幸": "xing", "哈": "ha", "角": "jue", "盍": "he", "适": "kuo",
}  # fmt: skip


@lru_cache(maxsize=50_000)
def reading_of(character: str) -> str:
    """One character's commonest reading without tone; the character itself where none."""
    # Imported here: its dictionary of phrases takes half a second, and few commands read names.
    from pypinyin import Style
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.style import convert

    readings = PINYIN_DICT.get(ord(character))
    if readings is None:
        return character
    return str(convert(readings.split(",")[0], Style.NORMAL, strict=False))


def pinyin(name: str, has_surname: bool = True) -> str:
    """The name's reading, syllables joined by a space, surnames read as surnames.

    Args:
        name: standard text.
        has_surname: false for minority names: every character by its commonest reading.

    >>> pinyin("曾丽"), pinyin("尉迟恭"), pinyin("区建国")
    ('zeng li', 'yu chi gong', 'ou jian guo')
    """
    if not has_surname or not name:
        return " ".join(map(reading_of, name))
    head = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]
    if head in COMPOUND_READINGS:
        first = COMPOUND_READINGS[head]
    elif len(head) == 2:
        first = f"{reading_of(head[0])} {reading_of(head[1])}"
    else:
        first = SURNAME_READINGS.get(head) or reading_of(head)
    return " ".join([first, *map(reading_of, name[len(head) :])])


@lru_cache(maxsize=5_000)
def near_reading(reading: str) -> str:
    """What a syllable is heard as where n and l, s and sh, in and ing are not told apart.

    >>> near_reading("zhang") == near_reading("zan"), near_reading("ling") == near_reading("nin")
    (True, True)
    """
    text = reading
    for said, heard in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("hu", "f")):
        if text.startswith(said) and len(text) > len(said):
            text = heard + text[len(said) :]
            break
    return text[:-1] if text.endswith(("ang", "eng", "ing")) else text
