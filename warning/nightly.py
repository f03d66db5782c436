"""The night: link, score, grade, draft, for one as-of moment, kept whole or not at all."""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from warning.arguments import must_be
from warning.errors import Problem, RefusedError, StoreError, WarningError
from warning.escalation.past import unsettled
from warning.escalation.rules import Ledger
from warning.interrupts import is_interrupt
from warning.language import say
from warning.matching.link import link
from warning.matching.links import Links, Previous
from warning.matching.remembering import drift_between, link_changes
from warning.memory_limit import is_shortage, release
from warning.moments import local_now, parse_moment
from warning.night_results import NightResult, counts_of, peak_memory_mb, stored_night
from warning.scoring.drift import drift
from warning.scoring.hindsight import hindsight
from warning.scoring.history import History
from warning.scoring.known_facts import facts_of, facts_settings
from warning.scoring.model import Model, load_model
from warning.scoring.probability import score
from warning.scoring.tiers import assign_tiers, case_facts
from warning.scoring.told_late import says_late
from warning.scoring.windows import looks_back_to
from warning.settings import Settings, load_settings
from warning.silent_channels import silent_channels
from warning.store import Night, Store
from warning.store.ledger import Stages, begin_attempt, end_attempt, fingerprint
from warning.store.remembering import Remembered
from warning.store.standing import OutdatedError
from warning.tiers_before import tiers_before
from warning.version import __version__

CHAMPION = Path("models/champion.json")
#: How often a night is drafted, where officers decide between its drafting and its keeping.
DRAFTS = 5

Progress = Callable[[str], None]


def run_nightly(
    store: str | Store,
    settings: Settings | None = None,
    as_of: str | date | np.datetime64 | None = None,
    *,
    model: str | Path | Model | None = None,
    rebuild: bool = False,
    progress: Progress | None = None,
) -> NightResult:
    """Run the night of ``as_of``: everything is drafted and nothing is issued.

    The same ``as_of`` again changes nothing and returns what that night left.

    Args:
        store: the URL of a store that is there, or an open store; in an empty PostgreSQL database
            it is made.
        settings: the configuration; None is the packaged default.
        as_of: naive local moment, of a bare date its 00:00:00; only what was reported by then is
            known. None is now.
        model: a model, or its file; None is ``models/champion.json``, else the packaged default.
        rebuild: link everything from nothing, though ``matching.yaml`` (``rebuild_days``) says that
            what is new or changed is enough tonight. All is read from the tables; the memory only
            tells how far it had drifted.
        progress: told the name of each stage as it begins.

    Raises:
        RefusedError: when ``as_of`` lies in the future or before the last night; when another run
            is at work in the store, in this process or another; when another night was kept
            meanwhile, or officers decided at every try to keep this one.
        StoreError, ModelError, SettingsError: as their names say.
        UsageError: an argument of the wrong kind, or pandas' option future.infer_string is off;
            there is no such store.
    """
    must_be("run_nightly", store=(store, str, Store), settings=(settings, Settings, None),
            as_of=(as_of, str, date, np.datetime64, None), model=(model, str, Path, Model, None),
            rebuild=(rebuild, bool), progress=(progress, Callable, None))  # fmt: skip
    moment = parse_moment(as_of)
    settings = settings or load_settings()
    if isinstance(store, str):
        with Store.open_existing(store, new_on_server=True) as opened:
            return _run(opened, settings, moment, model, rebuild, progress or _silent)
    return _run(store, settings, moment, model, rebuild, progress or _silent)


def _silent(_stage: str) -> None:
    return


def _run(
    store: Store,
    settings: Settings,
    as_of: pd.Timestamp,
    model: str | Path | Model | None,
    rebuild: bool,
    progress: Progress,
) -> NightResult:
    with store.at_work(patient=True):
        done = store.run_at(as_of)
        if done is not None:
            return stored_night(store, as_of, done, repeated=True)
        last = _check_order(store, as_of, local_now())
        attempt = begin_attempt(store, as_of, local_now())
        try:
            result = _night(store, settings, as_of, last, model, rebuild, progress)
        except BaseException as error:
            _note_failure(store, attempt, error)
            raise
        end_attempt(store, attempt, "done", 0, local_now())
        with suppress(StoreError):  # the night is kept; check and health tell what is owed
            if store.owed_since() is not None:
                store.vacuumed()
        return result


def outcome_of(error: BaseException) -> tuple[str, int]:
    """How the ledger tells what ended a night, and the exit code of the night's process."""
    if is_shortage(error):
        return "memory", 3
    if is_interrupt(error):  # Ctrl-C, SIGTERM
        return "stopped", 1
    return "failed", error.exit_code if isinstance(error, WarningError) else 3


def _note_failure(store: Store, attempt: int, error: BaseException) -> None:
    """Leave how the attempt ended, where the store still takes it."""
    outcome, code = outcome_of(error)
    if outcome == "memory":
        release()
    with suppress(Exception):
        end_attempt(store, attempt, outcome, code, local_now())


def _night(
    store: Store,
    settings: Settings,
    as_of: pd.Timestamp,
    last: pd.Timestamp,
    model: str | Path | Model | None,
    rebuild: bool,
    progress: Progress,
) -> NightResult:
    # Imported here because documents bring in the Word and template libraries.
    from warning.drafting import (
        Drafts,
        dated_plans,
        draft,
        ledger_facts,
        standing_ledger,
        with_states,
    )

    started, clock = local_now(), time.perf_counter()
    chosen = model if isinstance(model, Model) else load_model(model or champion())
    begins = fingerprint(store, settings.hash, chosen.hash, __version__, f"rebuild: {rebuild}")
    stages = Stages(store, as_of, begins, local_now)

    progress(say("读取记录", "reading the records"))
    records, parties = store.known(as_of, versions=True, copies=not rebuild)
    progress(say("关联人、地、事", "linking people, places and events"))
    links = _linked(store, stages, records, parties, settings, as_of, rebuild)
    progress(say("评分定级", "scoring and grading"))
    named = facts_settings(settings)
    facts = facts_of(records, settings, None if rebuild else store.facts(named, as_of))
    since = looks_back_to(settings.scoring, as_of)
    history = History.of(
        records, facts, links, since, settings.matching.cases.least_incidents,
        settings.scoring.late_days,
    )  # fmt: skip
    ledger = standing_ledger(store, links)
    warnings = stages.run(
        "grade",
        pd.DataFrame,
        lambda: grade(
            history,
            chosen,
            tiers_before(store, links, store.last_warnings(parts=False), as_of),
            settings,
            as_of,
            unsettled(ledger.letters),
        ),
    )
    told = drift(history, chosen, settings, as_of).facts()
    told |= hindsight(chosen, as_of)
    told |= silent_channels(records, as_of, settings.schedule.silent_days)

    def drafted_and_kept(ledger: Ledger) -> bool:
        progress(say("起草函件与专班方案", "drafting letters and task-force plans"))
        drafts = stages.on(ledger.mark).run(
            "draft",
            Drafts,
            lambda: draft(
                ledger,
                records,
                parties,
                links,
                history,
                warnings,
                settings,
                as_of,
                objectors=store.withheld(as_of),
            ),
        )
        progress(say("保存", "keeping the night"))
        counts = counts_of(records, parties, links, warnings, drafts.letters, drafts.task_forces)
        counts |= ledger_facts(ledger, drafts, settings)
        new = records if pd.isna(last) else records[records["reported_at"] > last]
        counts["told_late"] = int(says_late(new, settings.scoring.late_days).sum())
        return store.keep(
            Night(
                run={
                    "as_of": as_of.to_pydatetime(),
                    "config_hash": settings.hash,
                    "model_hash": chosen.hash,
                    "status": "done",
                    "started_at": started.to_pydatetime(),
                    "seconds": round(time.perf_counter() - clock, 2),
                    "peak_memory_mb": peak_memory_mb(),
                    "counts": {**counts, **told},
                },
                links=with_states(ledger, links, drafts, settings, as_of),
                known=(records, parties),
                facts=(named, facts.assign(version=records["version"])),
                warnings=warnings,
                letters=drafts.letters,
                transitions=drafts.transitions,
                task_forces=drafts.task_forces,
                ended=drafts.ended,
                dated=drafts.dated,
                dated_forces=drafts.dated_forces,
                documents={**drafts.documents, **dated_plans(store, drafts.dated_forces)},
                standing=ledger.mark,
                after=None if pd.isna(last) else last.to_pydatetime(),
                reminders=drafts.reminders,
                whole_days=settings.retention.warnings_whole_days,
            )
        )

    kept = _while_outdated(drafted_and_kept, ledger, lambda: standing_ledger(store, links))
    run = store.run_at(as_of)
    assert run is not None  # noqa: S101 - just kept, by this process or another
    return stored_night(store, as_of, run, repeated=not kept)


def _while_outdated(
    keep: Callable[[Ledger], bool], ledger: Ledger, read: Callable[[], Ledger]
) -> bool:
    """Draft and keep the night again where an officer decided since the ledger was read."""
    for _ in range(DRAFTS - 1):
        with suppress(OutdatedError):
            return keep(ledger)
        ledger = read()
    return keep(ledger)


def _linked(
    store: Store, stages: Stages, records: pd.DataFrame, parties: pd.DataFrame,
    settings: Settings, as_of: pd.Timestamp, rebuild: bool,
) -> Links:  # fmt: skip
    """The stage of linking; what it reads of earlier nights is let go when it ends."""
    remembered = store.remembered(as_of)
    memory = remembered.frames if remembered else {}
    previous = store.previous(memory or None, records, as_of=as_of, patches=not rebuild)
    return stages.run(
        "link",
        Links,
        lambda: links_of(
            store, records, parties, settings, previous, remembered, as_of, rebuild=rebuild
        ),
        Links.without_memory,
        lambda links: links.on_memory(memory),
    )


def links_of(
    store: Store, records: pd.DataFrame, parties: pd.DataFrame, settings: Settings,
    previous: Previous | None, kept: Remembered | None, as_of: pd.Timestamp, *,
    rebuild: bool = False,
) -> Links:  # fmt: skip
    """The night's links: from the memory that is kept, or from nothing where that is due.

    Where everything is linked although a memory was there, the report says how far the two differ.
    """
    days, secret = settings.matching.rebuild_days, store.secret
    if previous is None or kept is None or not days:
        return link(records, parties, settings, previous, remember=days > 0, secret=secret)
    before = replace(previous, memory=kept.frames)
    if not rebuild and as_of - kept.as_of < pd.Timedelta(days=days):
        return link(records, parties, settings, before, remember=True, secret=secret)
    links = link(records, parties, settings, previous, remember=True, secret=secret)
    changed = link_changes(records, parties, settings, before, secret)
    if changed is not None:
        links.report.update(drift_between(changed, links))
    return links


def build_history(records: pd.DataFrame, links: Links, settings: Settings) -> History:
    """The scorer's view: each record's facts with its incident, and the cases."""
    least = settings.matching.cases.least_incidents
    return History.of(
        records, facts_of(records, settings), links, least_incidents=least,
        late_days=settings.scoring.late_days,
    )  # fmt: skip


def grade(
    history: History,
    model: Model,
    before: pd.DataFrame,
    settings: Settings,
    as_of: pd.Timestamp,
    owed: Collection[str] = (),
) -> pd.DataFrame:
    """Score every case and give it its tier, beside the warnings of the night before.

    Args:
        history, model, settings, as_of: as :func:`warning.scoring.probability.score` takes them.
        before: the warnings of the night before.
        owed: cases with a letter that is not settled: it climbs however long nothing happened.

    Returns:
        The contract's ``warnings`` with tier_since, log_odds and contributions.
    """
    # Of a case that has grown old, the tier must still step down.
    tiered = before.loc[before["tier"] != "none", "case_id"].astype("str")
    still = sorted({*tiered, *owed})
    scores = score(history, model, settings, as_of, also=still)
    facts = case_facts(history, settings, as_of, also=still)
    warnings = assign_tiers(scores, facts, before, settings.tiers, as_of)
    return warnings.merge(scores[["case_id", "log_odds", "contributions"]], on="case_id")


def champion() -> Path | None:
    """The model that ``warning train`` left; None where there is only the packaged one."""
    return CHAMPION if CHAMPION.exists() else None


def stored_links(store: Store) -> Links:
    """The links of the last night, as the store holds them; merges of all nights."""
    names = ("party_links", "place_links", "incident_links", "incidents", "cases",
             "case_incidents", "places", "mentions", "merges")  # fmt: skip
    frames: dict[str, Any] = {name: store.table(name) for name in names}
    return Links(**frames)


def _check_order(store: Store, as_of: pd.Timestamp, now: pd.Timestamp) -> pd.Timestamp:
    """The last night, that this one follows; NaT before the first."""
    if as_of > now:
        raise RefusedError(
            Problem(
                "--as-of",
                say(f"{as_of} 在将来", f"{as_of} lies in the future"),
                say(f"不晚于 {now}", f"{now} or earlier"),
                say("改用已经过去的时间", "name a time that has passed"),
            )
        )
    last = store.last_night()
    if as_of < last:
        raise RefusedError(
            Problem(
                "--as-of",
                say(f"{as_of} 早于上一次运行", f"{as_of} is before the last night"),
                say(f"晚于 {last}", f"later than {last}"),
                say("补算过去请用新的存储", "to compute the past, use a new store"),
            )
        )
    return last
