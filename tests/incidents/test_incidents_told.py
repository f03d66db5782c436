"""What reports tell of when it happened, and of an earlier quarrel, joins or parts them."""

from functools import cache

import pandas as pd
import pytest

from tests.incidents.made_up_reports import QUARREL, Report, both, incident, linked, report
from warning.matching.told_times import told_times
from warning.settings import load_settings

Told = dict[str, str]
OUR = {"channel": "110"}
#: Whether two reports of the same two are one event: a call, of 1 March at 10:00 unless it tells
#: otherwise, and what 综治中心 has, unless it is another call. Extend freely.
EVENTS: dict[str, list[tuple[bool, Told, Told]]] = {
    "what is passed on is the event of the time that it tells": [
        (True, {}, {"at": "03-02 18:00", "narrative": "昨天上午张建国与李秀兰争吵，民警已处置"}),
        (True, {}, {"at": "03-03 09:00", "narrative": "110移交：前天上午两人争吵"}),
        (True, {}, {"at": "03-02 14:00", "narrative": "3月1日10时许，双方争吵"}),
        (True, {}, {"at": "03-03 09:00", "occurred_at": "03-01 10:00"}),
        (True, {"narrative": "两人又因地界争吵"},
         {"at": "03-02 18:00", "narrative": "昨日两人再次争吵"}),
        (True, {}, {"at": "03-02 09:00", "narrative": "昨天上午两人争吵，今天上午来所申请调解"}),
        (True, {}, {"at": "03-02 09:00", "narrative": "昨天两人争吵，今天仍未解决"}),
        (True, {}, {"at": "03-02 09:00", "narrative": "昨天上午两人争吵，今天要求赔偿"}),
        (True, {}, {"at": "03-02 09:00", "occurred_at": "03-02"}),
        (False, {}, {"at": "03-02 18:00", "narrative": "两人争吵"}),
        (False, {}, {"at": "03-02 18:00", "narrative": "今天下午两人争吵"}),
        (False, {}, {"at": "03-02 09:00", "narrative": "今早两人争吵"}),
        (False, {}, {"at": "03-03 09:00", "narrative": "昨天上午两人争吵"}),
    ],
    "what an office did today is no quarrel of today": [
        (True, {}, {"at": "03-01 20:00", "narrative": "今日下午，网格员走访中了解到两人争吵"}),
        (True, {}, {"at": "03-01 20:00", "narrative": "今天下午，社区干部上门了解情况，两人曾争吵"}),
        (True, {}, {"at": "03-01 20:00", "narrative": "今天下午双方握手言和"}),
        (True, {}, {"at": "03-01 20:00", "narrative": "今天下午接110推送，两人争吵"}),
        (True, {}, {"at": "03-02 09:00", "narrative": "3月2日，综治中心接到110移交的纠纷"}),
        (True, {}, {"at": "03-02 09:00", "narrative": "昨天上午两人争吵，今天摊位还被占着"}),
        (True, {}, {"at": "03-01 20:00", "narrative": "今天上午报警后未处理，要求再次出警处理"}),
        (True, {}, {"at": "03-01 20:00", "narrative": "今天上午报过警，对结果不满，现再次来电反映"}),
        (True, {}, {"at": "03-01 20:00", "narrative": "今天上午吵过，希望不再次发生"}),
    ],
    "a day before a deed that came again is an earlier quarrel's": [
        (False, {}, {"at": at, **OUR, "narrative": f"{day}上午{what}"})
        for at, day in (("03-01 20:00", "今天"), ("03-02 09:00", "昨天"), ("03-03 09:00", "前天"))
        for what in ("两人争吵，现对方再次来闹", "曾因摆摊争吵，现又打起来", "被打，刚才对方又带人来砸摊")
    ] + [
        (True, {}, {"at": "03-02 18:00", "narrative": "昨天上午两人争吵后又动手，民警已处置"}),
        (True, {"at": "03-01 23:30"}, {"at": "03-03 09:00", "narrative": "3月1日深夜11时许两人争吵"}),
        (True, {"at": "03-01 13:10"}, {"at": "03-03 09:00", "narrative": "3月1日中午1点两人争吵"}),
        (True, {"at": "03-01 23:58"}, {"at": "03-03 09:00", "narrative": "3月1日晚12点两人争吵"}),
    ],
    "the day of an agreement is none of the quarrel": [
        (True, {"narrative": "李秀兰不履行2月8日调解协议，与张建国争吵"},
         {"at": "03-02 08:30", "narrative": "3月1日上午李秀兰与张建国争吵"}),
        (True, {"narrative": "3月1日10时许争吵"},
         {"at": "03-01 15:00", "narrative": "因2月8日调解协议未履行，3月1日10时许两人争吵"}),
        (False, {"at": "03-01 18:00", "narrative": "2月8日签订的协议不履行，两人争吵"},
         {"at": "03-02 09:30", "narrative": "2月8日签订的协议不履行，再次打起来"}),
        (False, {"at": "03-01 18:00", "narrative": "2月8日以来两人不和，争吵"},
         {"at": "03-02 09:30", "narrative": "2月8日以来两人不和，再次打起来"}),
    ],
    "who tells of the earlier one, or counts on, tells of another event": [
        (False, {"narrative": "李秀兰又来闹"}, {"at": "03-02 09:30", **OUR, "narrative": "李秀兰第三次来闹"}),
        (False, {}, {"at": "03-02 09:30", **OUR, "narrative": "李秀兰第六次来闹"}),
        (False, {"narrative": "李秀兰又来闹"},
         {"at": "03-02 09:30", **OUR, "narrative": "因昨天报警的事情再次打人"}),
        (False, {"narrative": "李秀兰又来闹"},
         {"at": "03-01 20:30", **OUR, "narrative": "上午报过警，晚上李秀兰再次来闹"}),
        (False, {}, {"at": "03-01 16:30", **OUR, "narrative": "上午刚调解过，下午再次来闹"}),
        (True, {"narrative": "李秀兰又来闹"}, {"at": "03-01 10:20", **OUR, "narrative": "楼上又在吵"}),
        (True, {}, {"at": "03-01 20:30", "narrative": "上午报过警，要求社区处理"}),
        (True, {"narrative": "李秀兰第三次来闹"}, {"at": "03-01 20:30", "narrative": "李秀兰第三次来闹"}),
    ],
}  # fmt: skip


@cache
def joined() -> dict[str, list[bool]]:
    """Whether the two reports of each pair are one event; each pair stands in a year of its own."""
    pairs = [(why, n, pair[1:]) for why, own in EVENTS.items() for n, pair in enumerate(own)]
    reports = [
        made(1971 + 2 * year, f"{why}{n}{k}", told)
        for year, (why, n, pair) in enumerate(pairs)
        for k, told in zip("ab", pair, strict=True)
    ]
    links = linked(load_settings(), *reports)
    return {
        why: [
            incident(links, f"{why}{n}a") == incident(links, f"{why}{n}b") for n in range(len(own))
        ]
        for why, own in EVENTS.items()
    }


def made(year: int, number: str, told: Told) -> Report:
    """A report of the same two."""
    channel = "110" if number.endswith("a") else "综治中心"
    more = {"channel": channel, "narrative": QUARREL, "at": "03-01 10:00", **told}
    at = f"{year}-{more.pop('at')}:00"
    if "occurred_at" in more:
        more["occurred_at"] = f"{year}-{more['occurred_at']}"
    return report(number, at, *both(), **more)


@pytest.mark.parametrize("why", EVENTS)
def test_what_reports_tell_joins_and_parts_them(why: str) -> None:
    assert joined()[why] == [is_one for is_one, *_ in EVENTS[why]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3月22日18时争吵", "03-22 18:00"), ("昨天晚上8点争吵", "03-24 20:00"),
        ("前晚在楼下吵架", "03-23 17:00"), ("本月8日下午争吵", "03-08 12:00"),
        ("上月19日打伤", "02-19 00:00"), ("上周三争吵", "03-18 00:00"),
        ("昨天吵架，今天上午又来", "03-25 06:00"), ("3月1日争吵，3月2日移交", "03-01 00:00"),
        ("2026年3月1日起火", "03-01 00:00"), ("去年6月3日打架", "2025-06-03 00:00"),
        ("12月30日吵架", "2025-12-30 00:00"), ("2月30日吵架", None), ("1985年3月2日生", None),
        ("目前晚上很吵，至今天天来", None), ("今天上午来所反映", None), (None, None),
    ],
)  # fmt: skip
def test_a_text_tells_when_it_happened(text: str | None, told: str | None) -> None:
    assert start_told(text) == (told if told is None or len(told) > 11 else f"2026-{told}")


def start_told(text: str | None) -> str | None:
    """When a text reported on Wednesday, 25 March, says that it began."""
    records = pd.DataFrame({"narrative": pd.Series([text], dtype="str"),
                            "reported_at": [pd.Timestamp("2026-03-25 15:30")],
                            "occurred_at": pd.Series([None], dtype="datetime64[us]")})  # fmt: skip
    start = pd.to_datetime(pd.Series(told_times(records).start), unit="h")
    return None if start.isna().all() else start.dt.strftime("%Y-%m-%d %H:%M").item()


@pytest.mark.parametrize(
    "text", ["承诺3月1日付清", "自3月1日起不和", "为昨天孩子磕牙的事骂人", "法院3月1日判决"]
)
def test_the_day_of_an_agreement_or_a_cause_is_not_told(text: str) -> None:
    assert start_told(text) is None
