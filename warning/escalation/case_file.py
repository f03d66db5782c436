"""What a document tells of a case, and the sentences that tell it."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from warning.escalation.deadlines import day
from warning.language import COLOURS


@dataclass(frozen=True)
class CaseFile:
    """What a document tells of a case; names are masked before they come here.

    Attributes:
        timeline: (moment, channel, category name, summary) a row, oldest first; of what was told
            late the moment is when it happened, and the channel says when it was reported.
        parties: masked names, one for each person.
        finds: how many of its reports are patrols' own finds.
        counties: names of those in which it was reported, where it was in several.
        has_child: whether a child is among its people, with a name or without.
        subject: of a person's case that person's masked name; "" where it is not told.
        earlier: moments of the reports before those of the timeline, oldest first.
        about: the organisations that it is against, or the compound or village of a place's case.
        matter: of a person's, place's or organisation's case the matter that all its incidents are
            of, if any.
        is_mediation_refused: the last word on mediation in its records is a refusal.
        late: how many of its reports were told late.
        category, county_code: as of ``Links.cases``; "" where they are missing. For addresses only.
        is_warned: whether one of its records tells that a 告诫书 was given.
        beside: codes of ``counties``, whose units get a copy.
    """

    case_id: str
    kind: str
    county_name: str
    category_name: str
    tier: str
    probability: float
    reasons: str
    timeline: tuple[tuple[pd.Timestamp, str, str, str], ...]
    parties: tuple[str, ...]
    is_domestic_violence: bool
    finds: int = 0
    counties: tuple[str, ...] = ()
    subject: str = ""
    has_child: bool = False
    earlier: tuple[pd.Timestamp, ...] = ()
    about: tuple[str, ...] = ()
    matter: str = ""
    is_mediation_refused: bool = False
    late: int = 0
    category: str = ""
    county_code: str = ""
    beside: tuple[str, ...] = ()
    is_warned: bool = False


def facts(case_file: CaseFile, timeline: str) -> str:
    """Number, subject, parties, period; ``timeline`` is where the document holds the reports."""
    people = Counter(case_file.parties)
    parties = "、".join(f"{mask}（{n}人）" if n > 1 else mask for mask, n in people.items())
    label = "地点" if case_file.kind == "place" else "所涉单位"
    about = f"{label}{'、'.join(case_file.about)}，" if case_file.about else ""
    period = ""
    moments = [*case_file.earlier, *(row[0] for row in case_file.timeline)]
    if moments:
        period = f"自{day(moments[0])}至{day(moments[-1])}，各渠道共报告{len(moments)}次。"
    if case_file.earlier:
        period += f"{timeline}载最近{len(case_file.timeline)}次。"
    if case_file.finds:
        period += f"其中{case_file.finds}次为巡查自行发现。"
    if case_file.late:
        period += f"其中{case_file.late}次所报是旧事，按发生时间计。"
    if case_file.counties:
        period += f"报告分属{'、'.join(case_file.counties)}。"
    return (
        f"编号 {case_file.case_id}，{case_file.category_name}，"
        f"{about}涉及{parties or '未载明'}。{period}"
    )


def grade(case_file: CaseFile) -> str:
    """Its tier, if any, and its probability."""
    tier = case_file.tier
    grade = "当前已无等级" if tier == "none" else f"当前等级{COLOURS[tier]}"
    return f"{grade}，三十日内再次发生的概率为{case_file.probability:.0%}。"


def refusal(case_file: CaseFile) -> str:
    """That a party refused mediation, where the last word on it is that."""
    return "记录载明一方拒绝调解。" if case_file.is_mediation_refused else ""


def _time(moment: pd.Timestamp) -> str:
    """A moment to the minute; a bare date (its midnight) as the day that it is."""
    return f"{moment:%Y-%m-%d}" if moment == moment.normalize() else f"{moment:%Y-%m-%d %H:%M}"


def timeline(case_file: CaseFile) -> list[dict[str, str]]:
    """The rows of its reports: time, channel, category, summary."""
    return [
        {
            "time": _time(moment),
            "channel": channel,
            "category": category,
            "summary": text,
        }
        for moment, channel, category, text in case_file.timeline
    ]
