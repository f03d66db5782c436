"""The history that scoring learns from and looks at, and what of it was known at a moment."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.links import Links
from warning.records import RECORD
from warning.scoring.columns import microseconds, moments, texts, truths, whole_numbers
from warning.scoring.complaints import apart_for_persons
from warning.scoring.facts import FLAGS
from warning.scoring.told_late import says_late
from warning.settings.channels import NO_DISPUTE, UNKNOWN_CATEGORY
from warning.tabular import places_among

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MICROSECONDS_A_DAY = 86_400_000_000
KINDS = ("matter", "person", "place", "organisation")
YEAR = 365
EVER, NEVER = np.iinfo(np.int64).min, np.iinfo(np.int64).max
#: Channels beyond so many share one bit.
MOST_CHANNELS = 61

Target = Literal["recurrence", "worsening"]


@dataclass(frozen=True)
class History:
    """Linked records with their facts.

    Attributes:
        records: channel, record_id, reported_at, incident_id and the facts of
            :func:`warning.scoring.facts.record_facts`; where there are: category_code,
            county_code, party_count, told_at (when its last version was reported: it counts as
            settled only from then on, though an earlier one may have said so, which errs towards
            open), occurred_at; other columns are ignored.
        case_incidents: case_id, incident_id, probability (missing: 1).
        cases: case_id, kind, county_code, category, is_hub.
        since: scoring looks back no further: an incident first reported before is left out of the
            timeline. None: at everything.
        least_incidents: a case of a person, place or organisation stands from so many incidents
            on, and before is in no cohort: that it would ever stand was not known then.
        late_days: an incident of which every known record says (occurred_at) that it happened more
            than so many days before it was reported is known from its report on and as old as it
            says itself: no recurrence, and not the last.

    Raises:
        ValueError: a frame lacks a column.
    """

    records: pd.DataFrame
    case_incidents: pd.DataFrame
    cases: pd.DataFrame
    since: pd.Timestamp | None = None
    least_incidents: int = 1
    late_days: int = 90

    def __post_init__(self) -> None:
        for name, frame, needed in (
            ("records", self.records, ("reported_at", "incident_id", "severity", *FLAGS)),
            ("case_incidents", self.case_incidents, ("case_id", "incident_id")),
            ("cases", self.cases, ("case_id", "kind")),
        ):
            missing = [column for column in needed if column not in frame]
            if missing:
                raise ValueError(f"history.{name} lacks {missing}")

    @classmethod
    def of(
        cls, records: pd.DataFrame, facts: pd.DataFrame, links: Links,
        since: pd.Timestamp | None = None, least_incidents: int = 1, late_days: int = 90,
    ) -> "History":  # fmt: skip
        """Join canonical records, their facts (whose codes count) and the links of the same moment."""
        columns = [*RECORD, "reported_at", "told_at", "occurred_at", "category_code", "county_code"]
        own = [c for c in columns if (c in records and c not in facts) or c in RECORD]
        joined = records[own].merge(facts, on=RECORD, how="inner")
        joined = joined.merge(
            links.incident_links[[*RECORD, "incident_id"]], on=RECORD, how="inner"
        )
        named = links.party_links.groupby(RECORD, sort=False)["entity_id"].nunique()
        joined = joined.join(named.rename("party_count"), on=RECORD)
        return cls(joined, links.case_incidents, links.cases, since, least_incidents, late_days)

    @cached_property
    def timeline(self) -> "Timeline":
        """The same as arrays of integer codes, built once."""
        return Timeline.of(self)


@dataclass(frozen=True)
class Snapshot:
    """What was known at a moment: one entry a (case, incident) pair, arrays of equal length.

    They stand by case, the newest incident of each first.
    Reports later than the moment are in no array. Person-kind cases see an incident as its reports
    without complaints tell it; ``complaints`` alone counts those that nothing else tells, one
    entry a case.
    """

    moment: int  #: microseconds
    case: Integers  #: code of the case
    first: Integers  #: microseconds of the incident's first report; told late: when it happened
    age: Floats  #: days between that and the moment, ≥ 0
    weight: Floats  #: probability that the incident belongs to the case
    severity: Integers
    flags: dict[str, Flags]  #: weapon, injury, …, as any known record of the incident says
    discovered: Flags  #: every known record of it was a patrol's or inspector's own find
    category: Integers  #: index into the timeline's categories, of the first record that tells one; -1 missing
    channels: Integers  #: one bit a channel that reported it
    parties: Integers  #: most parties that one known record names
    complaints: Integers  #: by case code: incidents of the last 365 days that are left out

    def incidents(self, days: int, size: int) -> Integers:
        """Per case code: the distinct incidents of the last ``days`` that people reported."""
        counted = ~self.discovered & (self.age < days)
        return np.bincount(self.case[counted], minlength=size)

    def worst(self, size: int) -> Integers:
        """Per case code: the highest severity of a year's incidents that people reported, or 0."""
        column = np.zeros(size, np.int64)
        counted = ~self.discovered & (self.age < YEAR)
        np.maximum.at(column, self.case[counted], self.severity[counted])
        return column

    def of_cases(self, cases: Integers) -> "Snapshot":
        """The entries of these cases (codes, ascending), coded by their place among them."""
        place = np.searchsorted(cases, self.case)
        own = np.flatnonzero(np.append(cases, -1)[place] == self.case)
        return Snapshot(
            moment=self.moment,
            case=place[own],
            first=self.first[own],
            age=self.age[own],
            weight=self.weight[own],
            severity=self.severity[own],
            flags={name: flag[own] for name, flag in self.flags.items()},
            discovered=self.discovered[own],
            category=self.category[own],
            channels=self.channels[own],
            parties=self.parties[own],
            complaints=self.complaints[cases],
        )


@dataclass(frozen=True)
class Timeline:
    """A history as sorted arrays: records by time, pairs by case, a case's newest first."""

    case_ids: npt.NDArray[Any]  #: sorted
    kind: Integers  #: index into KINDS, by case code
    county: npt.NDArray[Any]
    category: npt.NDArray[Any]
    hub: Flags
    stands: Integers  #: microseconds from which on there is such a case, by case code
    pair_case: Integers
    pair_incident: Integers
    pair_weight: Floats
    pair_counts: (
        Flags  #: false: a person's with an incident complained of, for the complaints alone
    )
    first: Integers  #: microseconds of the first report, ascending, by incident code
    time: Integers  #: microseconds, ascending, by record
    told: Integers  #: microseconds when what the record says was reported
    happened: Integers  #: microseconds; its report, where it does not say late that it was before
    incident: Integers
    severity: Integers
    flags: dict[str, Flags]
    record_category: Integers
    channel: Integers
    parties: Integers
    categories: tuple[str, ...]  #: sorted codes
    begin: int  #: microseconds of the first report of all, those left out among them

    @classmethod
    def of(cls, history: History) -> "Timeline":
        """Code the frames. Records without incident and pairs without case are left out."""
        cases = history.cases.drop_duplicates("case_id").sort_values("case_id")
        records = history.records[history.records["incident_id"].notna()]
        records = records[records["reported_at"].notna()]
        records, pairs = apart_for_persons(records, history.case_incidents, cases)
        time = moments(records["reported_at"])
        begin = int(time.min(initial=NEVER))
        incident, incidents = pd.factorize(records["incident_id"], sort=True)
        first = np.full(len(incidents), NEVER)
        np.minimum.at(first, incident, time)
        by_first = np.argsort(first, kind="stable")
        if history.since is not None:
            by_first = by_first[first[by_first] >= microseconds(history.since)]
        place = np.full(len(incidents), -1)
        place[by_first] = np.arange(len(by_first))
        named, reported = incidents, first
        incident, incidents, first = place[incident], incidents[by_first], first[by_first]
        looked_at = incident >= 0
        records, time, incident = records[looked_at], time[looked_at], incident[looked_at]
        order = np.argsort(time, kind="stable")
        told = moments(records["told_at"]) if "told_at" in records else time
        late, happened = says_late(records, history.late_days).to_numpy(), time.copy()
        if late.any():
            happened[late] = moments(records.loc[late, "occurred_at"])
        case_code = places_among(pairs["case_id"], cases["case_id"])
        incident_code = places_among(pairs["incident_id"], pd.Series(named))
        kind = pd.Index(KINDS).get_indexer(pd.Index(cases["kind"])).astype(np.int64)
        linked = slice(len(history.case_incidents))
        stands = _stands(
            kind, case_code[linked], incident_code[linked], reported, history.least_incidents
        )
        incident_code = np.append(place, -1)[incident_code]
        weight = np.ones(len(pairs))
        if "probability" in pairs:
            given = pd.to_numeric(pairs["probability"]).astype("float64")
            weight = np.asarray(given.fillna(1.0).clip(0, 1), np.float64)
        incident = incident[order]
        # A fixed order, so that sums of floats do not depend on the order of the rows.
        known = np.flatnonzero((case_code >= 0) & (incident_code >= 0))
        again = pd.Series(case_code[known] * len(incidents) + incident_code[known]).duplicated()
        known = known[~again.to_numpy()]
        inside, own = incident_code[known], case_code[known]
        keep = known[np.lexsort((inside, -first[inside], own))]
        code, categories = pd.factorize(texts(records, "category_code", None), sort=True)
        channel = pd.factorize(texts(records, "channel"), sort=True)[0]
        return cls(
            case_ids=cases["case_id"].to_numpy(object),
            kind=kind,
            county=texts(cases, "county_code"),
            category=texts(cases, "category"),
            hub=truths(cases["is_hub"]) if "is_hub" in cases else np.zeros(len(cases), bool),
            stands=stands,
            pair_case=case_code[keep].astype(np.int64),
            pair_incident=incident_code[keep].astype(np.int64),
            pair_weight=weight[keep],
            pair_counts=pairs["counts"].to_numpy(bool)[keep],
            first=first,
            time=time[order],
            told=told[order],
            happened=happened[order],
            incident=incident.astype(np.int64),
            severity=records["severity"].fillna(0).to_numpy(np.int64)[order],
            flags={name: truths(records[name])[order] for name in FLAGS},
            record_category=code[order].astype(np.int64),
            channel=channel[order].astype(np.int64),
            parties=whole_numbers(records, "party_count")[order],
            categories=tuple(map(str, categories)),
            begin=begin,
        )

    @cached_property
    def tells(self) -> Flags:
        """By category, whether it tells a kind of quarrel: not 其他 (99), not 非纠纷 (00)."""
        return np.array(
            [code not in (UNKNOWN_CATEGORY, NO_DISPUTE) for code in self.categories], bool
        )

    def at(self, moment: pd.Timestamp, memory_days: int | None = None) -> Snapshot:
        """What was known at ``moment`` (inclusive), of the last ``memory_days`` (none: all)."""
        cut = microseconds(moment)
        begin = EVER if memory_days is None else cut - memory_days * MICROSECONDS_A_DAY
        # Every record of an incident first reported within the memory lies within it, too.
        known = slice(*np.searchsorted(self.time, [begin, cut], side="right").tolist())
        oldest, end = np.searchsorted(self.first, [begin, cut], side="right").tolist()
        incident = self.incident[known] - oldest
        records = np.arange(known.start, known.stop)[incident >= 0]
        incident, count = incident[incident >= 0], end - oldest

        def any_of(flag: Flags) -> Flags:
            result = np.zeros(count, bool)
            result[incident[flag]] = True
            return result

        category = np.full(count, -1)
        told = self.record_category[records]
        category[incident[::-1]] = told[::-1]
        named = np.flatnonzero(np.append(self.tells, False)[told])[::-1]  # -1, missing: the last
        category[incident[named]] = told[named]
        severity = np.zeros(count, np.int64)
        np.maximum.at(severity, incident, self.severity[records])
        parties = np.zeros(count, np.int64)
        np.maximum.at(parties, incident, self.parties[records])
        channels = np.zeros(count, np.int64)
        np.bitwise_or.at(channels, incident, 1 << np.minimum(self.channel[records], MOST_CHANNELS))
        flags = {name: flag[records] for name, flag in self.flags.items()}
        flags["settled"] &= self.told[records] <= cut
        only_complaints = ~any_of(~flags["is_complaint"])
        only_discovered = ~any_of(~flags["is_discovered"])
        happened = np.full(count, EVER)
        np.maximum.at(happened, incident, self.happened[records])
        happened = np.minimum(happened, self.first[oldest:end])

        pairs = np.flatnonzero((self.pair_incident >= oldest) & (self.pair_incident < end))
        pairs = self._newest_first(pairs, happened, oldest, begin)
        counts = self.pair_counts[pairs]
        left_out, pairs = pairs[~counts], pairs[counts]
        left_out = left_out[only_complaints[self.pair_incident[left_out] - oldest]]
        of_the_year = (
            happened[self.pair_incident[left_out] - oldest] > cut - YEAR * MICROSECONDS_A_DAY
        )
        complained = self.pair_case[left_out[of_the_year]]
        chosen = self.pair_incident[pairs] - oldest
        first = happened[chosen]
        return Snapshot(
            moment=cut,
            case=self.pair_case[pairs],
            first=first,
            age=(cut - first) / MICROSECONDS_A_DAY,
            weight=self.pair_weight[pairs],
            severity=severity[chosen],
            flags={name: any_of(flag)[chosen] for name, flag in flags.items()},
            discovered=only_discovered[chosen],
            category=category[chosen],
            channels=channels[chosen],
            parties=parties[chosen],
            complaints=np.bincount(complained, minlength=len(self.case_ids)),
        )

    def _newest_first(
        self, pairs: Integers, happened: Integers, oldest: int, begin: int
    ) -> Integers:
        """The pairs of incidents that happened after ``begin``, by case, each one's newest first.

        They stand so by first report; only cases of which something was told late are sorted anew.

        Args:
            pairs: positions, as they stand.
            happened: microseconds by incident code from ``oldest`` on.
            oldest: the first incident's code.
            begin: microseconds.
        """
        own = self.pair_incident[pairs]
        at = happened[own - oldest]
        late = at != self.first[own]
        if not late.any():
            return pairs
        case = self.pair_case[pairs]
        with_late = np.zeros(len(self.case_ids), bool)
        with_late[case[late]] = True
        theirs = np.flatnonzero(with_late[case])
        order = np.arange(len(pairs))
        order[theirs] = theirs[np.lexsort((own[theirs], -at[theirs], case[theirs]))]
        return pairs[order[at[order] > begin]]

    def cohort(self, snapshot: Snapshot, days: int) -> Integers:
        """Codes of the cases that stood, with an incident in the last ``days``, ascending."""
        recent = np.zeros(len(self.case_ids), bool)
        recent[snapshot.case[snapshot.age < days]] = True
        return np.flatnonzero(recent & (self.stands <= snapshot.moment))

    def with_cases(self, cohort: Integers, case_ids: Collection[str]) -> Integers:
        """The cohort and those of the cases that are known, ascending."""
        known = pd.Index(self.case_ids).get_indexer(pd.Index(list(case_ids), dtype="object"))
        return np.union1d(cohort, known[known >= 0]).astype(np.int64)

    def labels(
        self, moment: pd.Timestamp, horizon_days: int, target: Target = "recurrence"
    ) -> Flags:
        """For every case code: is another distinct incident first reported within the horizon.

        The window is ``moment < first report <= moment + horizon``. A later report of an
        incident known before is no recurrence, nor is one that only patrols reported, nor one told
        late that happened before the window. For ``worsening`` the new incident must be severe
        (3 and above) or graver than any of the case in the year before the moment.
        """
        return ~np.isnan(self.wait(moment, horizon_days, target))

    def wait(
        self, moment: pd.Timestamp, horizon_days: int, target: Target = "recurrence"
    ) -> Floats:
        """For every case code: days from the moment to what :meth:`labels` asks for, else NaN."""
        return self.waits(moment, horizon_days)[target]

    def waits(self, moment: pd.Timestamp, horizon_days: int) -> dict[Target, Floats]:
        """:meth:`wait` for every target."""
        later = self.at(moment + pd.Timedelta(days=horizon_days), horizon_days)
        new = ~later.discovered
        before = self.at(moment, YEAR)
        worst = np.zeros(len(self.case_ids), np.int64)
        np.maximum.at(worst, before.case, before.severity)
        graver = (later.severity >= 3) | (later.severity > worst[later.case])

        def first_of(counted: Flags) -> Floats:
            days = np.full(len(self.case_ids), np.inf)
            np.minimum.at(days, later.case[counted], horizon_days - later.age[counted])
            return np.where(np.isinf(days), np.nan, days)

        return {"recurrence": first_of(new), "worsening": first_of(new & graver)}


def _stands(
    kind: Integers, case: Integers, incident: Integers, reported: Integers, least: int
) -> Integers:
    """When each case came to its ``least``-th incident (never: NEVER); a matter stands always.

    ``kind`` is by case code, ``reported`` by incident code; ``case`` and ``incident`` are the
    codes of pairs, -1 unknown.
    """
    series = (kind != KINDS.index("matter")) & (least > 1)
    stands = np.where(series, NEVER, EVER)
    chosen = np.flatnonzero((case >= 0) & (incident >= 0))
    chosen = chosen[series[case[chosen]]]
    count = max(len(reported), 1)
    pairs = np.unique(case[chosen] * count + incident[chosen])
    own, moment = pairs // count, reported[pairs % count]
    moment = moment[np.lexsort((moment, own))]
    place = np.arange(len(own)) - np.searchsorted(own, own)
    stands[own[place == least - 1]] = moment[place == least - 1]
    return stands
