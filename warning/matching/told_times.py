"""When a report itself says that its quarrel happened, and which earlier one it tells of.

Read are days (3月1日, 本月8日, 上月19日, 昨天, 上周三, from when it was reported), with the part of the
day or the hour behind them. A day of an agreement, a judgment or a promise (不履行2月8日调解协议,
5月1日以来) is none on which it happened, nor is today's of what was done about it (今天来所申请调解).
Of several the last of a deed counts (昨天吵过架，今天又来闹), and a day before a deed that came again
in a later clause is that of an earlier quarrel (昨天争吵，现再次来闹).
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.standardise.numerals import CHINESE_NUMERALS, number_text
from warning.records import occurred

Floats = npt.NDArray[np.float64]
Span = tuple[datetime, datetime]
EPOCH = datetime(1970, 1, 1)
HOUR = timedelta(hours=1)
#: How long before its report a quarrel is that it tells of.
MOST_BEFORE = timedelta(days=366)
#: A whole day, in hours of it.
DAY = (0.0, 23.99)
#: Hours of the parts of a day; 晚上 ends with the next morning.
PARTS = {
    "凌晨": (0, 6), "清晨": (4, 10), "早晨": (4, 10), "早上": (4, 10), "早": (4, 10), "晨": (4, 10),
    "上午": (6, 12), "中午": (11, 14), "下午": (12, 19), "傍晚": (16, 21), "晚上": (17, 30),
    "晚间": (17, 30), "晚": (17, 30), "深夜": (0, 30), "半夜": (0, 30), "夜里": (0, 30), "夜": (0, 30),
}  # fmt: skip
_PART = "|".join(sorted(PARTS, key=len, reverse=True))
#: Parts of a day of which 1 to 5 o'clock is that day's or the next one's.
NIGHT = frozenset({"深夜", "半夜", "夜里", "夜"})
#: Days before the report.
BEFORE = {"今": 0, "昨": 1, "前": 2, "大前": 3}
_TOLD = re.compile(
    r"(?:(?:(?P<year>去|\d{4})年)?(?P<month>\d{1,2}|本|上)月(?P<day>\d{1,2})[日号]"
    r"|(?P<week>上|本|这)(?:个)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    rf"|(?P<before>大前|昨|(?<![至如])今|(?<![目之以当门面年提从跟事生])前)(?:[天日]|(?=(?:{_PART})(?!辈|年))))"
    rf"(?P<part>{_PART})?(?:(?P<hour>\d{{1,2}})[时点:])?"
)
#: An earlier quarrel or call: 上午报过警, 昨晚刚因停车吵过, 昨晚来闹的, 昨天报警的事.
_EARLIER = re.compile(
    rf"(?:{_TOLD.pattern}|(?<![天日今昨前])(?P<bare>凌晨|早上|上午|中午|下午|刚才|刚刚))"
    r"[^，,。；;！!？?]{0,12}?(?:(?:报|吵|打|闹|来|调解|处理|协商|劝|说)过|报警[的后]|[吵闹][的后])"
)
_AGAIN = rf"又|再次|再度|第(?![一1]次)[{CHINESE_NUMERALS}\d]{{1,3}}次"
_TIMES = re.compile(rf"第([{CHINESE_NUMERALS}\d]{{1,3}})次")
#: Behind a day that is none of the quarrel.
_SINCE = re.compile(r"(?:之|以)?[前后]|以来|起(?![火诉])|至|.{0,4}调解")
#: Right before it: 自5月1日, 未按1月9日协议, 承诺本月25日发工资.
_AGREED = re.compile(r"(?:自|从|按|按照|履行|截至|截止|承诺|约定|答应|定于|将于)(?:于|在)?$")
#: Of what somebody quarrels about: 因昨天的事, 为昨天孩子磕牙的事.
_ABOUT, _AFFAIR = re.compile("[因为]$"), re.compile("的事|一事")
#: What stands in every text that the patterns above find something in.
_TELLING = rf"\d[日号]|[昨今刚午晨]|早上|前[天日{''.join(part[0] for part in PARTS)}]|[周期拜][一二三四五六日天]"
#: In its clause: what was agreed or ruled.
_AGREEMENT = re.compile("协议|判决|裁决|签订|约定|承诺")
#: In its clause: what was done about the quarrel afterwards, or who did it.
_AFTERWARDS = re.compile(
    "调解|移交|转办|转来|交办|受理|来访|来所|来电|反映|申请|回访|走访|入户|约谈|处置|派单|上报|报送|登记"
    "|排查|协商|督办|住院|出院|鉴定|复查|就医|治疗|派出所|司法所|委会|社区|街道办|镇政府|网格员|民警"
    "|要求|希望|请求|咨询|询问|求助|投诉|[仍尚][未不没无]|还[未没]"
)
#: What people do in a quarrel.
_DEED = re.compile(
    "[吵打闹骂砸堵抢踢踹泼掐咬殴揪扇摔]|[又再]来(?![电所访中信])|争执|冲突|推搡|撕扯|抓[伤扯挠]|威胁|扬言|持[刀棍械锹铁]|动手|辱骂|纠缠"
    "|拦[截住]|掀|毁|破坏|挖|拆|踩|扒|偷|剪|烧|倒(?![车闭卖是])|断[水电路气]|放水|换锁|发生.{0,8}(?:纠纷|矛盾)|闹事|滋事|扰民|噪音"
)
#: Of a deed now, or again; 争吵后又动手 is one quarrel.
_ANEW = re.compile(
    rf"{_AGAIN.replace('又', '(?<![后即而着])又', 1)}|现(?!场|金)|刚才|刚刚|今[天早晚晨日]"
)
_CLAUSE = re.compile(r"[，,。；;！!？?：:\n]")


class Told(NamedTuple):
    """What records tell, an entry a record; hours since the epoch, NaN where nothing is told.

    Attributes:
        start, end: between which it happened; of an hour both are that hour.
        earlier_start, earlier_end: between which an earlier quarrel or call was, where the record
            tells of another one since.
        again: 0 without 又 or 再次, 1 with, more by 第三次 and the like.
        in_text: whether it is the text that tells, and not occurred_at.
        sure: whether what is told is when it happened, and not only a day that the text names.
    """

    start: Floats
    end: Floats
    earlier_start: Floats
    earlier_end: Floats
    again: Floats
    in_text: npt.NDArray[np.bool_]
    sure: npt.NDArray[np.bool_]


class Day(NamedTuple):
    """A day that a text tells: whether of a deed, between when, where it and its clause stand."""

    happened: bool
    span: Span
    start: int
    stop: int


def told_times(records: pd.DataFrame) -> Told:
    """Read when each record says it happened: in its text, else in its occurred_at.

    Args:
        records: narrative, reported_at, occurred_at.
    """
    size, texts = len(records), records["narrative"].astype("str")
    start, end = _by_form(records)
    told = Told(
        start,
        end,
        np.full(size, np.nan),
        np.full(size, np.nan),
        np.zeros(size),
        np.zeros(size, bool),
        ~np.isnan(start),
    )
    again, telling = (
        np.flatnonzero(texts.str.contains(pattern).fillna(value=False).to_numpy(bool))
        for pattern in (_AGAIN, _TELLING)
    )
    told.again[again] = [_counted(text) for text in texts.iloc[again]]
    moments = records["reported_at"].iloc[telling].to_numpy("datetime64[us]").tolist()
    for row, text, reported in zip(telling, texts.iloc[telling], moments, strict=True):
        days, earlier = _in_text(text, reported)
        if earlier is not None:
            told.earlier_start[row], told.earlier_end[row] = _since_epoch(earlier)
        if days:
            last = max(days)
            start[row], end[row] = _since_epoch(last.span)
            told.in_text[row], told.sure[row] = True, last.happened
    return told


def _by_form(records: pd.DataFrame) -> tuple[Floats, Floats]:
    """Between when it happened by occurred_at: its hour; of a date alone, its day."""
    happened = occurred(records)
    # A form that gives a date alone is read as its midnight.
    whole = (happened == happened.dt.normalize()).to_numpy(bool)
    hour = hours_of(happened.dt.floor("h"))
    return hour, np.where(whole, hour + DAY[1], hour)


def _in_text(text: str, reported: datetime) -> tuple[list[Day], Span | None]:
    """The days that a text tells, and when an earlier quarrel was since which there was another."""
    days = list(_days(text, reported))
    plain = [(day.start, day.stop, day.span) for day in days]
    for start, stop, span in [*_earlier(text, reported), *plain]:
        since = [day for day in days if day.start != start]
        newer = any(day.happened and day.span > span for day in since)
        # With the sign before: 争吵后又动手 is one quarrel.
        if newer or _is_anew(text[stop - 1 :]):
            return since, span
    return days, None


def _is_anew(text: str) -> bool:
    """Whether a clause tells of a deed now, or again, and not of what was done about it."""
    return any(
        _ANEW.search(clause) and _DEED.search(clause) and not _AFTERWARDS.search(clause)
        for clause in _CLAUSE.split(text)
    )


def hours_of(moments: pd.Series) -> Floats:
    """Hours since the epoch, NaN where there is none."""
    since = moments.astype("datetime64[us]").astype("int64").to_numpy() / 3_600_000_000
    return np.where(moments.notna(), since, np.nan)


def _since_epoch(span: Span) -> tuple[float, float]:
    return (span[0] - EPOCH) / HOUR, (span[1] - EPOCH) / HOUR


def _counted(text: str) -> int:
    """To which time a text with a word of ``_AGAIN`` counts: 1 where it only says 又, 再次."""
    told = [number_text(times) for times in _TIMES.findall(text)]
    return max([1, *(int(times) for times in told if times.isdecimal())])


def _days(text: str, reported: datetime) -> Iterator[Day]:
    """The days on which a text says that it happened; one of today that is no such day is none."""
    for match in _TOLD.finditer(text):
        front = text[max(0, match.start() - 6) : match.start()]
        stop, clause = _clause(text, match.end())
        is_other = (
            _SINCE.match(clause)
            or _AGREED.search(front)
            or _AGREEMENT.search(clause)
            or (_ABOUT.search(front) and _AFFAIR.search(clause))
        )
        if is_other or (span := _span(match, reported)) is None:
            continue
        happened = bool(_DEED.search(clause)) and not _AFTERWARDS.search(clause)
        if happened or span[0].date() < reported.date():
            yield Day(happened, span, match.start(), stop)


def _clause(text: str, start: int) -> tuple[int, str]:
    """The clause that goes on here, with where it ends; the next where nothing is left of it."""
    ends = [end.start() for end in _CLAUSE.finditer(text, start, start + 60)][:2]
    if ends and not text[start : ends[0]].strip():
        start, ends = ends[0] + 1, ends[1:]
    stop = ends[0] if ends else min(len(text), start + 60)
    return stop, text[start:stop]


def _earlier(text: str, reported: datetime) -> Iterator[tuple[int, int, Span]]:
    """Where the text tells of an earlier quarrel or call, where that ends, and when that was."""
    for match in _EARLIER.finditer(text):
        bare = match["bare"]
        if bare in ("刚才", "刚刚"):
            yield match.start(), match.end(), (reported - 6 * HOUR, reported)
            continue
        span = _of_day(reported, bare, None) if bare else _span(match, reported)
        if span is not None:
            yield match.start(), match.end(), span


def _span(match: "re.Match[str]", reported: datetime) -> Span | None:
    """Between when a match of ``_TOLD`` says it was; None where that is no day of the past year."""
    today = reported.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if match["before"]:
            day = today - timedelta(days=BEFORE[match["before"]])
        elif match["week"]:
            monday = today - timedelta(days=today.weekday() + 7 * (match["week"] == "上"))
            day = monday + timedelta(
                days="一二三四五六日".index(match["weekday"].replace("天", "日"))
            )
        elif match["month"] in ("本", "上"):
            first = today.replace(day=1)
            first = first if match["month"] == "本" else (first - timedelta(days=1)).replace(day=1)
            day = first.replace(day=int(match["day"]))
        else:
            year = match["year"] or ""
            day = datetime(
                int(year) if year.isdecimal() else today.year - (year == "去"),
                int(match["month"]), int(match["day"]),
            )  # fmt: skip
            # A text of January that tells of December means last year's.
            day = day if day <= reported or year else day.replace(year=day.year - 1)
    except ValueError:  # no such day: 2月30日
        return None
    known = timedelta() <= reported - day < MOST_BEFORE
    return _of_day(day, match["part"], match["hour"]) if known else None


def _of_day(day: datetime, part: str | None, hour: str | None) -> Span | None:
    """The part of a day, or its hour; None for an hour that no day has."""
    day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = PARTS.get(part or "", DAY)
    if hour is not None:
        told = int(hour)
        if told > 24:
            return None
        if part not in NIGHT:
            # 下午3点, 晚上8点 by the clock of twelve hours; 晚上1点 is of the next morning.
            start = end = next((h for h in (told, told + 12, told + 24) if start <= h <= end), told)
        elif told > 5:
            start = end = told + 12 if told <= 12 else told
    return day + start * HOUR, day + end * HOUR
