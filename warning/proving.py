"""The store's own history: training, backtest and the pages and cards they leave."""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd
from sqlalchemy import func, select

from warning.errors import ModelError, Problem, RefusedError
from warning.escalation.bundles import carried
from warning.language import say
from warning.matching.link import link
from warning.matching.links import Links
from warning.matching.standardise.counties import county_codes
from warning.matching.vocabulary import with_codes
from warning.nightly import build_history
from warning.outputs import write_outputs
from warning.report.backtest_page import BacktestPage
from warning.scoring.backtest import USUAL, Backtest, backtest
from warning.scoring.card import card_content, card_markdown
from warning.scoring.challenge import Choice, challenge
from warning.scoring.fairness import (
    case_groups,
    fairness,
    group_names,
    handled_apart,
    located,
    low_reporting,
)
from warning.scoring.history import History
from warning.scoring.model import Model, load_model
from warning.scoring.proof import graded, rules_table, tier_table
from warning.scoring.windows import HistoryAt
from warning.settings import Settings
from warning.store import Store, tables


@dataclass(frozen=True)
class Known:
    """What a store knew at a moment, linked from that alone."""

    records: pd.DataFrame
    parties: pd.DataFrame
    links: Links
    history: History


def end_of_history(store: Store, now: pd.Timestamp) -> pd.Timestamp:
    """When the store's last report by ``now`` came in; ``now`` where there is none.

    After it nothing can be known to have stayed quiet: dates there would be tested on nothing.
    """
    reported = tables.records.c.reported_at
    with store.reading() as connection:
        last = connection.execute(
            select(func.max(reported)).where(reported <= now.to_pydatetime())
        ).scalar()
    return now if last is None else pd.Timestamp(last)


def end_of_training(store: Store, now: pd.Timestamp) -> pd.Timestamp:
    """The end of the history; the last night, where that is earlier: no next one is before it.

    So missed nights that are caught up after a training go by no model that knows what came later.
    """
    end, last = end_of_history(store, now), store.last_night()
    return end if pd.isna(last) else min(end, last)


def known_at(store: Store, settings: Settings, as_of: pd.Timestamp) -> Known:
    """The store's records as they were known at ``as_of``, linked from that alone.

    Raises:
        RefusedError: nothing was reported by then.
    """
    records, parties = store.known(as_of, versions=True)
    if records.empty:
        raise RefusedError(
            Problem(
                store.url,
                say(f"{as_of} 之前没有记录", f"no record was reported by {as_of}"),
                say("有历史的存储", "a store with a history"),
                say("先用 warning load 读入", "load some first"),
            )
        )
    links = link(records, parties, settings)
    return Known(records, parties, links, build_history(records, links, settings))


def history_at(store: Store, settings: Settings, as_of: pd.Timestamp) -> History:
    """The history of :func:`known_at`."""
    return known_at(store, settings, as_of).history


def train_on(
    store: Store, settings: Settings, as_of: pd.Timestamp, file: Path, kind: str = "default"
) -> Choice:
    """Train, hold the model against the one in ``file``, and write it where it is not worse.

    The model's card is written beside it as JSON and Markdown. Where there is no such file yet
    the packaged model is the champion.

    Raises:
        ModelError: too little history, or the file there is damaged.
    """
    known = known_at(store, settings, as_of)
    champion = load_model(file if file.exists() else None)
    choice = challenge(known.history, settings, as_of, champion, kind)
    if choice.replaces:
        groups = None
        if choice.found is not None:
            tiers = graded(choice.found, settings.tiers)
            groups = fairness(choice.found, _groups(known, settings), tiers)
        write_model(choice.model, file, groups, settings)
    return choice


def write_model(model: Model, file: Path, groups: pd.DataFrame | None, settings: Settings) -> None:
    """The model's file and its card, as JSON and to read."""
    named = group_names(dict(settings.escalation.counties))
    card = json.dumps(card_content(model, groups), ensure_ascii=False, indent=1) + "\n"
    write_outputs(
        {
            file: model.to_json(),
            file.with_suffix(".card.md"): card_markdown(model, groups, named),
            file.with_suffix(".card.json"): card,
        }
    )


def prove(
    store: Store,
    settings: Settings,
    as_of: pd.Timestamp,
    dates: int = 12,
    *,
    relink: bool = True,
    boosted: bool = False,
) -> tuple[Backtest, BacktestPage]:
    """A backtest on the store's history, and all that its page shows.

    Args:
        store, settings, as_of: labels must be complete by ``as_of``.
        dates: how many test dates.
        relink: link anew at each date from what was known then.
        boosted: test the challenger too.

    Raises:
        ModelError: too little history before the first test date.
    """
    known = known_at(store, settings, as_of)

    @cache
    def at(date: pd.Timestamp) -> History:
        return history_at(store, settings, date)

    links_at = at if relink else None
    models = (*USUAL, "boosted") if boosted else USUAL
    found = backtest(known.history, settings, as_of, dates, links_at, models=models)
    worse = _worsening(known.history, settings, as_of, dates, links_at)
    rows = graded(found, settings.tiers)
    handled = handled_cases(store)
    county = county_codes(known.records["county_code"], settings.escalation.counties)
    page = BacktestPage(
        as_of=as_of,
        horizon_days=settings.scoring.horizon_days,
        summary=found.summary,
        reliability=found.reliability,
        by_date=found.by_date,
        tiers=tier_table(rows),
        rules=rules_table(found, rows),
        fairness=fairness(found, _groups(known, settings), rows),
        group_names=group_names(dict(settings.escalation.counties)),
        low_reporting=low_reporting(
            located(known.records.assign(county_code=county), known.links),
            as_of,
            settings.escalation.counties,
        ),
        relinked=relink,
    )
    if worse is not None:
        page = replace(page, worsening=worse.summary)
    if len(handled):
        page = replace(page, handled=handled_apart(found, handled))
    return found, page


def _worsening(
    history: History,
    settings: Settings,
    as_of: pd.Timestamp,
    dates: int,
    links_at: HistoryAt | None,
) -> Backtest | None:
    """The backtest of worsening; None where there are too few such events."""
    try:
        return backtest(
            history, settings, as_of, dates, links_at,
            models=("decayed_count", "default"), target="worsening",
        )  # fmt: skip
    except ModelError:
        return None


def handled_cases(store: Store) -> pd.DataFrame:
    """case_id, at: when letters were issued and task forces approved; every case of a letter."""
    letters, forces = store.table("letters"), store.table("task_forces")
    issued = store.table("transitions")
    issued = issued[issued["to_status"] == "issued"][["letter_id", "at"]]
    by_letter = issued.merge(carried(letters)[["letter_id", "case_id"]], on="letter_id")[
        ["case_id", "at"]
    ]
    approved = forces[forces["status"].isin(["active", "closed"])]
    by_force = approved[["case_id", "proposed_at"]].rename(columns={"proposed_at": "at"})
    return pd.concat([by_letter, by_force], ignore_index=True)


def _groups(known: Known, settings: Settings) -> pd.DataFrame:
    _, parties = with_codes(known.records, known.parties, settings)
    return case_groups(known.records, parties, known.links)
