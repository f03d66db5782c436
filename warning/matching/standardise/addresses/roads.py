"""What tells one spot of a road from another: its lane, the road that crosses it, its kilometre."""

import re
from typing import NamedTuple

from warning.matching.standardise.addresses.scanning import JOINERS, LANE, MEETING, Span
from warning.matching.standardise.numerals import CHINESE_NUMERALS, number_text

_LANE = re.compile(rf"第?(\d{{1,6}}|[{CHINESE_NUMERALS}]{{1,5}})号?(支?[巷弄]|胡同)$")
_HIGHWAY = re.compile(
    r"(?P<before>[国省县乡])道[GSXY]?(?P<a>\d{3})(?:线|公路)?|[GSXY]?(?P<b>\d{3})(?P<behind>[国省县乡])道"
    r"|(?P<code>[GSXY])(?P<c>\d{3})线?"
)
_CODES = {"G": "国", "S": "省", "X": "县", "Y": "乡"}
_STAKE = re.compile(
    r"(?:K(?P<k>\d{1,6})|K?(?P<kilometre>\d{1,6})(?:-(?P<decimals>\d{1,6}))?(?:公里|KM))"
    r"(?:-?(?P<metres>\d{1,6}))?[米M]?处?"
)
_ROADS = frozenset(("road", "cross_road"))


class _Run(NamedTuple):
    """Roads that nothing but their lanes and a joiner stands between."""

    names: list[str]
    places: list[tuple[int, int]]

    def name(self, plain: str, *, is_numbered: bool) -> str:
        is_joined = any(plain[start - 1] in JOINERS for start, _ in self.places[1:])
        if len(self.names) > 1 and (is_joined or MEETING.match(plain, self.places[-1][1])):
            return "与".join(sorted(set(self.names))) + "路口"
        return "".join(self.names) if is_numbered else self.names[0]


def road_name(written: str) -> str:
    """A road in one form: 国道312线, G312线 and G312国道 → 312国道; 永乐三巷 → 永乐3巷."""
    highway = _HIGHWAY.fullmatch(written)
    if highway:
        kind = highway["before"] or highway["behind"] or _CODES[highway["code"]]
        return f"{highway['a'] or highway['b'] or highway['c']}{kind}道"
    if not written.endswith("巷") and not LANE.fullmatch(written):
        return written
    return _LANE.sub(lambda lane: number_text(lane[1]) + lane[2], written)


def stake_number(written: str) -> str:
    """What a kilometre stake says: 2700公里处 → 2700, K45-300 → 45公里300米; empty for another number."""
    stake = _STAKE.fullmatch(written)
    if not stake:
        return ""
    metres = int(stake["metres"] or (stake["decimals"] or "0").ljust(3, "0"))
    kilometre = str(int(stake["k"] or stake["kilometre"]))
    return f"{kilometre}公里{metres}米" if metres else kilometre


def house_text(number: str) -> str:
    """The number of a house as it is written behind its road: 12号, 325弄, 45公里300米."""
    return number if not number or number.endswith(("弄", "米")) else number + "号"


def joined_roads(plain: str, spans: list[Span], roads: list[str]) -> str:
    """The road of an address that names one or several.

    Where two meet it is both, sorted (东大街与县府街路口); a house's number is of what stands before
    it: 富民路北街5号 of 富民路北街, 富民路旁北街5号 of 北街. Else it is the first one named.

    Args:
        plain: the normalised text.
        spans: its labelled parts.
        roads: what is read of ``road`` and ``cross_road``, with their lanes, in this order.
    """
    if len(roads) < 2:
        return "".join(roads)
    runs: list[_Run] = []
    before, names = "", iter(roads)
    for label, start, end in spans:
        if label in _ROADS:
            if before not in _ROADS:
                runs.append(_Run([], []))
            runs[-1].names.append(next(names))
        if label in _ROADS or (label == "lane" and before in _ROADS):
            runs[-1].places.append((start, end))
        elif label == "road_number" and before in _ROADS:
            return runs[-1].name(plain, is_numbered=True)
        before = before if label == "lane" else label
    return runs[0].name(plain, is_numbered=False)
