"""Masked names: 王某, 王某某, 王X明, 李女士, 老张, 古丽XX: what shows, and what it tells."""

import re
from dataclasses import dataclass

from warning.matching.standardise.lexicons import made_of_parts, name_parts, surnames
from warning.matching.standardise.readings import COMPOUND_SURNAMES

SIGN = "某*XxＸ×○〇●□■_?"
SIGNS = re.compile(f"[{re.escape(SIGN)}]+")
#: Titles that tell the sex, and those that do not.
MEN = ("先生", "大爷", "大叔", "大伯", "大哥", "爷爷", "男士")
WOMEN = (
    "女士",
    "小姐",
    "大妈",
    "大姐",
    "大娘",
    "阿姨",
    "太太",
    "夫人",
    "奶奶",
    "妇女",
    "老太",
    "老太太",
)
OTHERS = ("同志", "老师", "师傅", "老板", "老板娘", "经理", "主任", "书记", "村长", "队长", "社长",
          "组长", "律师", "医生", "大夫", "校长", "院长", "局长", "科长", "警官", "老汉", "老头", "会计")  # fmt: skip
#: One character after a surname alone: 王总, 李姐. After more it may be part of the name.
BRIEF = {"总": None, "哥": "男", "叔": "男", "伯": "男", "爷": "男", "姐": "女", "姨": "女", "婶": "女", "嫂": "女",
         "妈": "女", "工": None}  # fmt: skip
SEX = dict.fromkeys(MEN, "男") | dict.fromkeys(WOMEN, "女") | dict.fromkeys(OTHERS)
TITLE = re.compile("(" + "|".join(sorted(SEX, key=len, reverse=True)) + "){1,4}$")
FAMILIAR = re.compile(r"^[老小阿]([㐀-鿿])头?$")


@dataclass(frozen=True)
class Mask:
    """What a masked name shows.

    ``surname`` ("" where it is hidden or there is none), ``shown`` (what stands after the
    surname; of a minority name all that shows), ``tail`` (what shows at the end), ``length`` of
    the whole name where the signs tell it, ``sex`` (男, 女), ``is_minority``.
    """

    surname: str = ""
    shown: str = ""
    tail: str = ""
    length: int | None = None
    sex: str | None = None
    is_minority: bool = False


def read_mask(text: str) -> Mask | None:
    """What a name shows if it is masked; None where it is whole.

    >>> read_mask("王某某").length, read_mask("李女士").sex, read_mask("老张").surname
    (3, '女', '张')
    >>> read_mask("王小明") is None, read_mask("王小明先生") is None
    (True, True)
    """
    familiar = FAMILIAR.match(text)
    if familiar and familiar[1] in surnames():
        return Mask(familiar[1])
    bare, sex = without_title(text)
    head = bare.strip("老小") if bare != text and len(bare) == 2 else bare
    if bare != text and head and _is_surname(head):
        return Mask(head, sex=sex)
    if bare != text and bare in name_parts() and len(bare) == 2 and bare[0] not in surnames():
        # 才让女士: one part of a minority name, the rest is not said.
        return Mask(shown=bare, sex=sex, is_minority=True)
    found = SIGNS.search(bare)
    if not found or not any("㐀" <= sign <= "鿿" and sign != "某" for sign in bare):
        return None
    head, tail = bare[: found.start()], SIGNS.sub("", bare[found.end() :])
    hidden = sum(len(run) for run in SIGNS.findall(bare))
    # One 某 or one sign at the end hides one character or two.
    length = len(head) + hidden + len(tail) if hidden > 1 or tail or not head else None
    if bare.startswith("某"):
        return None  # 某男子: nobody is named
    if not head:
        return Mask(tail=tail, length=length, sex=sex)
    surname = head[:2] if head[:2] in COMPOUND_SURNAMES else head[:1]
    if len(head) >= 2 and head not in COMPOUND_SURNAMES and _is_part(head):
        return Mask(shown=head, tail=tail, sex=sex, is_minority=True)
    return Mask(surname, head[len(surname) :], tail, length, sex)


def without_title(text: str) -> tuple[str, str | None]:
    """A name without its title, and the sex that the title tells; a title alone stays.

    >>> without_title("王小明先生"), without_title("王总"), without_title("张雪姨")
    (('王小明', '男'), ('王', None), ('张雪姨', None))
    """
    found = TITLE.search(text)
    if found and found.start() > 0:
        told = [SEX[title] for title in SEX if title in found[0] and SEX[title]]
        return text[: found.start()], told[0] if told else None
    if len(text) >= 2 and text[-1] in BRIEF and _is_surname(text[:-1]):
        return text[:-1], BRIEF[text[-1]]
    return text, None


def _is_surname(text: str) -> bool:
    return text in COMPOUND_SURNAMES or (len(text) == 1 and "㐀" <= text <= "鿿" and text != "某")


def _is_part(text: str) -> bool:
    """Whether a text of two characters or more is parts of minority names."""
    return text in name_parts() or made_of_parts(text)
