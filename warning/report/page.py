"""The page of a night: one HTML file that needs no network and no script."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warning.escalation.lifecycle import late_forces
from warning.language import KINDS, STATES, english, names_of, say
from warning.language import TIERS as TIER_WORDS
from warning.report.page_data import NightPage
from warning.scoring.hindsight import TRAINED_LATER, hindsight_sentence
from warning.silent_channels import SILENT, silence_sentence

TIERS = ("red", "orange", "yellow", "blue")
#: Letters and task forces listed at the most.
MOST_ROWS = 300
STATES_DONE = ("accepted", "withdrawn", "superseded")
#: Reports of a case that the page lists at the most.
MOST_EVENTS = 12


def night_page(data: NightPage) -> str:
    """The page as HTML; every value is escaped, no template comes from data."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    due = data.letters[~data.letters["status"].isin(STATES_DONE)]
    return environment.get_template("night.html").render(
        say=say,
        lang="en" if english() else "zh-CN",
        page=data,
        tiers=TIERS,
        most_events=MOST_EVENTS,
        names=names_of(TIER_WORDS),
        states={**names_of(STATES), "draft": say("草稿待签发", "draft")},
        fields=_field_names(),
        kinds=_kind_names(),
        bars=bars(data.tiers, data.counties),
        changes=_changes(data),
        letters=list(due.head(MOST_ROWS).itertuples()),
        letters_left_out=max(0, len(due) - MOST_ROWS),
        due_days=[content.get("due_on") or "—" for content in data.task_forces["content"]],
        forces=list(data.task_forces.head(MOST_ROWS).itertuples()),
        overdue=int((due["status"] == "overdue").sum()),
        unsigned=_waiting(due, "draft", "drafted_at", data.as_of),
        unposted=_waiting(due, "approved", "approved_at", data.as_of),
        late_forces=late_forces(data.task_forces, data.as_of),
        span=_span,
        missing=data.missing,
        hindsight=hindsight_sentence(data.counts.get(TRAINED_LATER)),
        silence=silence_sentence(data.counts.get(SILENT, {})),
        quarantine=list(data.quarantine.items()),
    )


def _waiting(letters: pd.DataFrame, state: str, since: str, as_of: pd.Timestamp) -> tuple[int, int]:
    """How many letters are in a state of the office's own, and for how many days the longest."""
    begun = letters.loc[letters["status"] == state, since].dropna()
    days = 0 if begun.empty else (as_of.normalize() - begun.min().normalize()).days
    return int((letters["status"] == state).sum()), max(0, days)


def _field_names() -> dict[str, str]:
    return {
        "category": say("类别", "category"),
        "narrative": say("内容", "narrative"),
        "address": say("地址", "address"),
        "county_code": say("区划", "county"),
        "occurred_at": say("发生时间", "occurred"),
        "outcome": say("结果", "outcome"),
        "name": say("姓名", "name"),
        "id_number": say("证件号", "ID number"),
        "phone": say("电话", "phone"),
    }


def _kind_names() -> dict[str, str]:
    return {
        **names_of(KINDS),
        "person": say("一人（关心帮扶）", "person (help offered)"),
    }


def bars(tiers: pd.DataFrame, counties: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each county's stacked bar: parts with start and width in percent of the longest.

    Whether a part's label ``fits`` at all, and is too ``tight`` for a phone, goes by its letters.

    Args:
        tiers: county_code, tier; a row a graded case.
        counties: code → name.
    """
    table = tiers.groupby(["county_code", "tier"]).size().unstack(fill_value=0)
    longest = max(1, int(table.sum(axis=1).max())) if len(table) else 1
    drawn = []
    for code, row in table.iterrows():
        start, parts = 0.0, []
        for tier in TIERS:
            count = int(row.get(tier, 0))
            width = 100 * count / longest
            if count:
                label = f"{names_of(TIER_WORDS)[tier]}{count}"
                parts.append({
                    "tier": tier, "start": start, "width": width, "count": count, "label": label,
                    "fits": width > max(9.0, 1.7 * len(label)), "tight": width <= 3 * len(label),
                })  # fmt: skip
            start += width
        county = counties.get(str(code), str(code))
        told = say("，", ", ").join(
            f"{names_of(TIER_WORDS)[tier]} {int(row.get(tier, 0))}" for tier in TIERS
        )
        drawn.append(
            {
                "county": county,
                "label": county + say("：", ": ") + told,
                "parts": parts,
                "total": int(row.sum()),
            }
        )
    return drawn


def _changes(data: NightPage) -> list[tuple[str, str, int]]:
    counts = data.changed.groupby(["previous_tier", "tier"]).size()
    return [
        (str(before), str(now), int(count))
        for (before, now), count in zip(counts.index.tolist(), counts.tolist(), strict=True)
    ]


def _span(timeline: tuple[tuple[pd.Timestamp, ...], ...], as_of: pd.Timestamp) -> list[float]:
    """Where each report stands on a strip of the last year, in percent; older ones at 0."""
    year = pd.Timedelta(days=365)
    return [max(0.0, 100 * (1 - (as_of - row[0]) / year)) for row in timeline]
