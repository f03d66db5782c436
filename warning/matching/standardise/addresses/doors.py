"""What tells one door of a house from another: a basement, an annexe, a lettered room, a hostel."""

import re

from warning.matching.standardise.numerals import CHINESE_NUMERALS

_N = rf"(?:\d{{1,4}}(?!\d)|[{CHINESE_NUMERALS}]{{1,5}})"
#: A number below the ground: 负1楼, 负101室, 地下二层, B1层; 16号-2楼, but 1楼-2楼 are two floors.
BASEMENT = rf"(?:负|地下(?={_N}[层楼])|(?:(?<=[号栋幢座])|(?<=号楼))-(?=[1-3][层楼](?!-)))(?:{_N})|B[1-3](?=层)"
#: A further number of the house before it, 16号附7号, and a room of the flat before it, 1203房A室.
JOINED = (
    rf"(?<=号)附(?:{_N}(?=号(?!楼))|\d{{1,4}}(?![\d号医院]))|(?<=[房室])[A-Z](?=[房室](?![A-Z\d]))"
)
_BELOW = re.compile("负|地下|-|B(?=[1-3]层)")
_KIND = re.compile(
    r"(?P<kind>(?:学生|职工|员工|教工|教师|男生?|女生?)?(?:宿舍|公寓)|(?:教学|实验|办公|综合|住院|家属|住宅|行政|实训)楼)楼?"
)
#: Names of what has numbered stalls, and what stands behind a number that is none of a stall.
MARKET = re.compile(r"(?:市场|商城|商场|商厦|商品城|服装城|建材城|五金城|家居城)$")
_NO_STALL = re.compile("门(?![店面市前口头])|[院楼栋幢座线路街巷桥库仓]|单元|停车")


def is_stall(name: str, text: str, end: int) -> bool:
    """Whether the number that ends there is that of a stall of what is named before it."""
    return MARKET.search(name) is not None and _NO_STALL.match(text, end) is None


def is_below(text: str, begin: int = 0) -> bool:
    """Whether the number that begins there is one below the ground."""
    return _BELOW.match(text, begin) is not None


def kind_behind(text: str, end: int) -> re.Match[str] | None:
    """What the numbered building that ends there is: 3号宿舍楼; its group ``kind`` has no 楼 of 宿舍."""
    return _KIND.match(text, end)
