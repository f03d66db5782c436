"""What people and systems write where they know no address: 不详, 地址不详, 见正文, N/A."""

import re
from functools import lru_cache

from warning.matching.standardise.addresses.normal import BREAK, normalised

#: What stands before an address or before the words that none is known, or alone.
LABEL = re.compile(
    "(?:具体|详细|家庭|现居?|现?居住|户籍|案发|事发|发生|纠纷|联系|通讯|身份证)?"
    "(?:地址|住址|地点|位置|住所|住处|场所|现场)|(?:案发|事发|发生|现?居住|户籍(?:所在)?|所在)地"
)


def names_no_place(plain: str, no_place: tuple[str, ...]) -> bool:
    """Whether a text is one of these words, or several with breaks between; an empty one is.

    Args:
        plain: as :func:`normalised` gives it.
        no_place: the lexicon's words.
    """
    known = _known(no_place)
    pieces = [piece.strip("-") for piece in plain.split(BREAK)]
    return plain in known or all(
        piece in known or LABEL.sub("", piece, count=1) in known for piece in pieces
    )


@lru_cache
def _known(no_place: tuple[str, ...]) -> frozenset[str]:
    return frozenset({"", *(normalised(word)[0] for word in no_place)})


def drop_no_places(parts: dict[str, str], no_place: tuple[str, ...]) -> None:
    """Leave out names that say that none is known, in place: 新墩镇不详 is 新墩镇.

    So are 某小区 and, where neither a road nor a village nor, with its building, a town has it,
    小区; their buildings are none of the road's.
    """
    if parts["compound"] == "小区" and parts["road"] and not parts["road_number"]:
        parts["compound"] = parts["road"] + "小区"
    named = [label for label in ("compound", "section", "poi") if parts[label]]
    # 农村信用社: the village is the beginning of a name.
    for label in named or ["village"]:
        name = parts[label]
        is_untold = name.startswith("某") or (name == "小区" and not _has_estate(parts))
        if is_untold or (name and names_no_place(name, no_place)):
            parts[label] = ""
        if is_untold and not parts["road_number"]:
            parts.update(dict.fromkeys(("building", "unit", "floor", "room"), ""))


def _has_estate(parts: dict[str, str]) -> bool:
    """Whether 小区 is that of a village, or one whose building is told of a town: 党寨镇小区3号楼."""
    return bool(parts["village"] or (parts["town"] and parts["building"]))
