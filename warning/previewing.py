"""Tonight under other settings, beside today's: nothing is written."""

from dataclasses import dataclass

import pandas as pd

from warning.drafting import draft
from warning.errors import Problem, RefusedError
from warning.language import say
from warning.matching import link
from warning.nightly import TIERS, build_history, champion, grade
from warning.scoring import load_model
from warning.settings import Settings
from warning.store import Store


@dataclass(frozen=True)
class Preview:
    """Today's settings and others on the last night's data.

    Attributes:
        as_of: the night looked at.
        tiers: tier, today, preview (numbers of cases).
        counties: county_code, letters_today, letters_preview, task_forces_today,
            task_forces_preview.
        moved: case_id, kind, county_code, probability, today, preview, reasons (of the preview).
    """

    as_of: pd.Timestamp
    tiers: pd.DataFrame
    counties: pd.DataFrame
    moved: pd.DataFrame


def preview_night(store: Store, today: Settings, other: Settings) -> Preview:
    """What the last night's data give under both settings, from the same history of tiers.

    Raises:
        RefusedError: when no night was run yet.
    """
    runs = store.runs()
    if runs.empty:
        raise RefusedError(
            Problem(
                store.url,
                say("还没有运行过任何一夜", "no night was run yet"),
                say("至少一夜", "one night at least"),
                say("先运行 warning run", "first: warning run"),
            )
        )
    as_of = runs["as_of"].max()
    records, parties = store.known(as_of)
    warnings = store.table("warnings")
    earlier = warnings[warnings["as_of"] < as_of]
    before = earlier[earlier["as_of"] == earlier["as_of"].max()]
    model = load_model(champion())
    outcomes = []
    links, linked_for = None, None
    for settings in (today, other):
        # Linking is the dear part: it is done again only where its settings differ.
        if links is None or settings.matching != linked_for:
            links, linked_for = (
                link(records, parties, settings, store.previous()),
                settings.matching,
            )
        history = build_history(records, parties, links, settings)
        graded = grade(history, model, before, settings, as_of)
        drafts = draft(
            store, records, parties, links, history, graded, settings, as_of,
            documents=False, before=as_of,
        )  # fmt: skip
        outcomes.append((links.cases, graded, drafts))
    return _beside(as_of, outcomes[0], outcomes[1])


def _beside(as_of: pd.Timestamp, today: tuple, other: tuple) -> Preview:  # type: ignore[type-arg]
    (_, graded, drafts), (cases, graded_other, drafts_other) = today, other
    counts = pd.DataFrame(
        {
            "tier": TIERS,
            "today": [int((graded["tier"] == tier).sum()) for tier in TIERS],
            "preview": [int((graded_other["tier"] == tier).sum()) for tier in TIERS],
        }
    )
    county = cases.set_index("case_id")["county_code"]

    def by_county(frame: pd.DataFrame) -> "pd.Series[int]":
        return frame["case_id"].map(county).fillna("").value_counts()

    counties = (
        pd.DataFrame(
            {
                "letters_today": by_county(drafts.letters),
                "letters_preview": by_county(drafts_other.letters),
                "task_forces_today": by_county(drafts.task_forces),
                "task_forces_preview": by_county(drafts_other.task_forces),
            }
        )
        .fillna(0)
        .astype("int64")
        .rename_axis("county_code")
        .reset_index()
    )
    both = graded[["case_id", "tier"]].merge(
        graded_other[["case_id", "tier", "probability", "reasons"]],
        on="case_id",
        suffixes=("_today", "_preview"),
    )
    both = both.rename(columns={"tier_today": "today", "tier_preview": "preview"})
    moved = both[both["today"] != both["preview"]].merge(
        cases[["case_id", "kind", "county_code"]], on="case_id", how="left"
    )
    columns = ["case_id", "kind", "county_code", "probability", "today", "preview", "reasons"]
    return Preview(as_of, counts, counties, moved[columns].reset_index(drop=True))
