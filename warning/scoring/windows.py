"""As-of dates of the past with their labels: what models learn from and are proved on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd

from warning.records import RECORD
from warning.scoring.history import (
    YEAR,
    Flags,
    Floats,
    History,
    Integers,
    Snapshot,
    Target,
    Timeline,
)
from warning.scoring.model import Model
from warning.scoring.values import Reading, View, values
from warning.settings.scoring import ScoringSettings

HistoryAt = Callable[[pd.Timestamp], History]
TARGETS: tuple[Target, ...] = ("recurrence", "worsening")
#: So many dates cover a year at the usual step, the calibrating ones apart: for the season.
A_YEAR_OF_DATES = 15
#: With fewer dates than this a model is not worth much: then even short histories are taken.
FEW_DATES = 6


@dataclass(frozen=True, eq=False)
class Window:
    """One as-of date of the past: who was in the cohort, and what happened to them."""

    moment: pd.Timestamp
    timeline: Timeline
    snapshot: Snapshot
    cohort: Integers
    wait: dict[Target, Floats]  #: days until it happened, by cohort; NaN: not in the horizon
    memory_days: int

    @classmethod
    def at(
        cls,
        history: History,
        moment: pd.Timestamp,
        settings: ScoringSettings,
        history_at: HistoryAt | None = None,
    ) -> "Window":
        """Build a window; ``history_at`` gives the history as it was known at the moment.

        What then happened to them is read in ``history``, whatever their cases are called there.
        """
        known = history if history_at is None else history_at(moment)
        timeline = known.timeline
        snapshot = timeline.at(moment, settings.memory_days)
        cohort = timeline.cohort(snapshot, settings.cohort_days)
        wait = history.timeline.waits(moment, settings.horizon_days)
        if history_at is not None:
            place = _places_later(history, known)
            wait = {
                target: np.where(place >= 0, later[place], np.nan) for target, later in wait.items()
            }
        wait = {target: later[cohort] for target, later in wait.items()}
        return cls(moment, timeline, snapshot, cohort, wait, settings.memory_days)

    @property
    def recurs(self) -> Flags:
        """Aligned with ``cohort``: another incident within the horizon."""
        return self.happened("recurrence")

    @property
    def worsens(self) -> Flags:
        """Aligned with ``cohort``: a severe or graver incident within the horizon."""
        return self.happened("worsening")

    def happened(self, target: Target) -> Flags:
        """The labels of one target, aligned with ``cohort``."""
        return ~np.isnan(self.wait[target])

    @cached_property
    def own(self) -> Snapshot:
        """What was known of the cohort, coded by place in it."""
        return self.snapshot.of_cases(self.cohort)

    def view(self, reading: Reading) -> View:
        """The window as features look at it."""
        return View(self.timeline, self.cohort, self.own, self.moment, self.memory_days, reading)

    def shown(self, names: Sequence[str], reading: Reading) -> Floats:
        """The feature values of the cohort."""
        return values(self.view(reading), names)

    def shown_to(self, models: Sequence[Model]) -> list[Floats]:
        """The feature values of the cohort as each of the models reads them."""
        view = self.view(Reading())
        return [values(view.read_by(one.reading), one.features) for one in models]


def looks_back_to(settings: ScoringSettings, as_of: pd.Timestamp) -> pd.Timestamp:
    """The earliest moment that a night's scores, tiers and drift look back on."""
    windows = max(settings.recalibration.windows, settings.drift.windows)
    steps = settings.training.step_days * (windows - 1)
    memory = max(settings.memory_days, YEAR)
    return as_of - pd.Timedelta(days=settings.horizon_days + steps + memory)


WindowAt = Callable[[pd.Timestamp], Window]


def window_maker(
    history: History, settings: ScoringSettings, history_at: HistoryAt | None = None
) -> WindowAt:
    """Windows of a history by moment, each built once however often it is asked for."""

    @cache
    def at(moment: pd.Timestamp) -> Window:
        return Window.at(history, moment, settings, history_at)

    return at


def past_windows(
    history: History,
    settings: ScoringSettings,
    as_of: pd.Timestamp,
    count: int,
    window_at: WindowAt | None = None,
) -> list[Window]:
    """The last ``count`` windows with complete labels at ``as_of``, oldest first, none empty.

    Dates with less than a full memory before them are left out where a year of others remains,
    and those with less than a cohort's days where six do: counts that still grow from zero
    mislead.
    """
    if not len(history.timeline.time):
        return []
    at = window_at or window_maker(history, settings)
    begin = pd.Timestamp(history.timeline.begin, unit="us")
    last = as_of - pd.Timedelta(days=settings.horizon_days)
    step = settings.training.step_days
    moments = [last - pd.Timedelta(days=step * back) for back in range(count)]
    chosen = [m for m in moments if m > begin]
    for days, least in ((settings.memory_days, A_YEAR_OF_DATES), (settings.cohort_days, FEW_DATES)):
        grown = [m for m in moments if m >= begin + pd.Timedelta(days=days)]
        if len(grown) >= min(count, least):
            chosen = grown
            break
    windows = [at(moment) for moment in sorted(chosen)]
    return [window for window in windows if len(window.cohort)]


def _places_later(full: History, known: History) -> Integers:
    """Where the later linking has the cases of an earlier one, by case code; -1: nowhere.

    A case is the later one of the same id. Where none has it (it was merged, or is called
    otherwise), it is the later case of its kind that holds most of its records, of equal ones the
    first by id.
    """
    ids, later_ids = known.timeline.case_ids, pd.Index(full.timeline.case_ids)
    place = later_ids.get_indexer(pd.Index(ids))
    if len(gone := ids[place < 0]):
        theirs = _records_of_cases(known)
        theirs = theirs[theirs["case_id"].isin(gone)]
        both = theirs.merge(_records_of_cases(full), on=[*RECORD, "kind"], suffixes=("", "_later"))
        held = both.groupby(["case_id", "case_id_later"]).size().rename("held").reset_index()
        order = ["case_id", "held", "case_id_later"]
        held = held.sort_values(order, ascending=[True, False, True]).drop_duplicates("case_id")
        found = held.set_index("case_id")["case_id_later"].reindex(gone)
        place[place < 0] = later_ids.get_indexer(pd.Index(found))
    return np.asarray(place, np.int64)


def _records_of_cases(history: History) -> pd.DataFrame:
    """channel, record_id, case_id, kind: which records tell of the incidents of a case."""
    members = history.case_incidents[["case_id", "incident_id"]].drop_duplicates()
    members = members.merge(history.cases[["case_id", "kind"]].drop_duplicates("case_id"))
    rows: pd.DataFrame = history.records[[*RECORD, "incident_id"]].merge(members, on="incident_id")
    return rows[[*RECORD, "case_id", "kind"]]
