"""Other settings beside today's, on the last night and on nights before it; nothing is written."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from warning.drafting import DECIDED_UNTIL, Drafts, draft, standing_ledger
from warning.errors import Problem, RefusedError
from warning.escalation.past import unsettled
from warning.language import say
from warning.matching.link import link
from warning.night_results import TIERS
from warning.nightly import build_history, champion, grade, stored_links
from warning.report.preview_page import Preview
from warning.scoring.history import History
from warning.scoring.model import Model, load_model
from warning.scoring.probability import score
from warning.scoring.proof import tier_table
from warning.scoring.tiers import assign_tiers, case_facts
from warning.settings import Settings
from warning.store import Store
from warning.tiers_before import tiers_before

#: Cases, their warnings, and what the night drafts.
Outcome = tuple[pd.DataFrame, pd.DataFrame, Drafts]

#: Days between the nights looked back at: a week, so that a season of nights stays quick.
STEP_DAYS = 7


def preview_night(store: Store, today: Settings, other: Settings, nights: int = 1) -> Preview:
    """What both settings give on the last night, and on ``nights`` nights a week apart.

    Every night is scored with the present model, which may be another than the last night's own. The
    last night is graded from the store's own night before it, and drafted on what officers had
    decided when it was drafted, later than its moment where it was caught up. Past nights are scored from
    what was reported by then, with the links of the last night, and graded one after the other
    from the first, so that margins and stays count.

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
    as_of = pd.Timestamp(runs["as_of"].max())
    records, parties = store.known(as_of, versions=True)
    before = store.warnings_at(runs["as_of"].iloc[-2] if len(runs) > 1 else None)
    decided = pd.Timestamp(runs["counts"].iloc[-1].get(DECIDED_UNTIL) or as_of)
    model = load_model(champion())
    outcomes, histories = [], []
    # Linking is the dear part, and from nothing it may find a little else than from memory (022):
    # it is done only where its settings are others than the night's.
    links, linked_for = None, None
    if runs["config_hash"].iloc[-1] == today.hash:
        links, linked_for = stored_links(store), today.matching
    for settings in (today, other):
        if links is None or settings.matching != linked_for:
            links, linked_for = (
                link(records, parties, settings, store.previous()),
                settings.matching,
            )
        history = build_history(records, links, settings)
        earlier = tiers_before(store, links, before, as_of)
        ledger = standing_ledger(store, links, before=as_of, decided=decided)
        graded = grade(history, model, earlier, settings, as_of, unsettled(ledger.letters))
        drafts = draft(
            ledger, records, parties, links, history, graded, settings, as_of, documents=False
        )
        outcomes.append((links.cases, graded, drafts))
        histories.append(history)
    result = replace(
        _beside(as_of, outcomes[0], outcomes[1]),
        night_model=str(runs["model_hash"].iloc[-1]),
        model=model.hash,
    )
    if nights <= 1:
        return result
    dates = [as_of - pd.Timedelta(days=STEP_DAYS * back) for back in reversed(range(nights))]
    first = _replayed(histories[0], model, today, dates)
    if other.scoring == today.scoring and other.matching == today.matching:
        second = _regraded(first, other, dates)
    else:
        second = _replayed(histories[1], model, other, dates)
    return _with_past(result, first, second)


@dataclass(frozen=True)
class _Replay:
    """Scores and facts of each night (kept for other thresholds), and the graded rows."""

    parts: list[tuple[pd.DataFrame, pd.DataFrame]]
    rows: pd.DataFrame


def _replayed(
    history: History, model: Model, settings: Settings, dates: list[pd.Timestamp]
) -> _Replay:
    """Score each night from what was known, and grade them one after the other.

    Every night scores the cases that any earlier one scored, so that thresholds which keep a
    case longer find it here too.
    """
    parts: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    seen: set[str] = set()
    horizon = settings.scoring.horizon_days
    for date in dates:
        scores = score(history, model, settings, date, also=sorted(seen))
        facts = case_facts(history, settings, date, also=sorted(seen))
        seen |= set(scores["case_id"])
        wait = pd.Series(
            history.timeline.wait(date, horizon), index=history.timeline.case_ids, dtype="float64"
        )
        known = date + pd.Timedelta(days=horizon) <= dates[-1]
        scores["wait"] = scores["case_id"].map(wait)
        scores["known"] = known
        parts.append((scores, facts))
    return _Replay(parts, _graded(parts, settings, dates))


def _regraded(replay: _Replay, settings: Settings, dates: list[pd.Timestamp]) -> _Replay:
    """The same scores under other thresholds."""
    return _Replay(replay.parts, _graded(replay.parts, settings, dates))


def _graded(
    parts: list[tuple[pd.DataFrame, pd.DataFrame]], settings: Settings, dates: list[pd.Timestamp]
) -> pd.DataFrame:
    before: pd.DataFrame | None = None
    rows = []
    for (scores, facts), date in zip(parts, dates, strict=True):
        before = assign_tiers(scores, facts, before, settings.tiers, date)
        columns = before[["case_id", "as_of", "tier", "previous_tier", "probability"]]
        rows.append(
            columns.assign(
                wait=scores["wait"].to_numpy(np.float64),
                happened=scores["wait"].notna().to_numpy(bool),
                known=scores["known"].to_numpy(bool),
                scored=scores["in_cohort"].to_numpy(bool) | (before["tier"] != "none").to_numpy(),
            )
        )
    whole = pd.concat(rows, ignore_index=True)
    return whole[whole["scored"]].drop(columns="scored").reset_index(drop=True)


def _with_past(result: Preview, today: _Replay, other: _Replay) -> Preview:
    nights, outcomes = [], []
    for name, replay in (("today", today), ("preview", other)):
        rows = replay.rows
        first = rows["as_of"].min()
        for date, part in rows.groupby("as_of"):
            counts = part["tier"].value_counts()
            changed = int((part["tier"] != part["previous_tier"]).sum())
            nights.append(
                {"setting": name, "as_of": date,
                 **{tier: int(counts.get(tier, 0)) for tier in TIERS},
                 "changed": 0 if date == first else changed}
            )  # fmt: skip
        known = rows[rows["known"]]
        if len(known):
            outcomes.append(_worth(known).assign(setting=name))
    both = today.rows.merge(
        other.rows[["case_id", "as_of", "tier"]], on=["case_id", "as_of"], how="outer",
        suffixes=("", "_preview"),
    )  # fmt: skip
    both = both.fillna({"tier": "none", "tier_preview": "none"})
    moves = both[both["tier"] != both["tier_preview"]].rename(
        columns={"tier": "today", "tier_preview": "preview"}
    )
    happened = moves["happened"].astype("boolean").where(moves["known"].astype("boolean"))
    moves = moves.assign(happened=happened)
    columns = ["as_of", "case_id", "today", "preview", "probability", "happened"]
    return replace(
        result,
        nights=pd.DataFrame(nights),
        outcomes=pd.concat(outcomes, ignore_index=True) if outcomes else pd.DataFrame(),
        moves=moves[columns].sort_values(["as_of", "case_id"]).reset_index(drop=True),
    )


def _worth(known: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and lead time of each tier, and of blue and above together."""
    table = tier_table(known)
    warned = known[known["tier"] != "none"]
    hits = warned["happened"].astype(bool)
    events = int(known["happened"].sum())
    together: dict[str, Any] = {
        "tier": "any",
        "cases": len(warned),
        "precision": float(hits.mean()) if len(warned) else float("nan"),
        "recall": float(hits.sum()) / events if events else float("nan"),
        "lead_days": float(warned.loc[hits, "wait"].median()) if hits.any() else float("nan"),
    }
    return pd.concat([table, pd.DataFrame([together])], ignore_index=True)


def _beside(as_of: pd.Timestamp, today: Outcome, other: Outcome) -> Preview:
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
    both = graded[["case_id", "tier", "reasons"]].merge(
        graded_other[["case_id", "tier", "probability", "reasons"]],
        on="case_id",
        suffixes=("_today", "_preview"),
    )
    both = both.rename(
        columns={"tier_today": "today", "tier_preview": "preview", "reasons_preview": "reasons"}
    )
    moved = both[both["today"] != both["preview"]].merge(
        cases[["case_id", "kind", "county_code"]], on="case_id", how="left"
    )
    columns = ["case_id", "kind", "county_code", "probability", "today", "preview", "reasons",
               "reasons_today"]  # fmt: skip
    return Preview(as_of, counts, counties, moved[columns].reset_index(drop=True))
