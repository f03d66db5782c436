"""Incidents of a night: new records among those reported within the window of them."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from warning.matching.identity import carry_over
from warning.matching.incidents import incident_clusters, incident_frame
from warning.matching.links import Previous
from warning.matching.remembering.memory import Bools, last_ids
from warning.records import RECORD
from warning.settings.matching import MatchingSettings
from warning.tabular import among_names

Pairs = set[tuple[int, int]]


class Reincident(NamedTuple):
    """What of the incidents is other than remembered.

    Attributes:
        links: channel, record_id, incident_id, probability of all records looked at again.
        incidents: rows of ``Links.incidents`` for those.
        gone: ids of remembered incidents that those records stood in.
        merges: from_id, into_id.
    """

    links: pd.DataFrame
    incidents: pd.DataFrame
    gone: set[str]
    merges: pd.DataFrame


def records_around(
    base: pd.DataFrame, links: pd.DataFrame, moments: pd.Series, named: set[str], hours: float
) -> Bools:
    """Which remembered records could tell of one event with those reported at ``moments``.

    Args:
        base: channel, record_id, reported_at, sorted by key; one row a remembered record.
        links: incident_links of the same rows.
        moments: of new and withdrawn records.
        named: record ids that new records name.
        hours: of the window.

    Returns:
        A flag a row of ``base``: within the window of a moment, named, or in one incident with such.
    """
    span = np.timedelta64(int(hours * 3600), "s")
    sorted_moments = np.sort(moments.to_numpy("datetime64[us]"))
    own = base["reported_at"].to_numpy("datetime64[us]")
    near = np.searchsorted(sorted_moments, own - span, "left") < np.searchsorted(
        sorted_moments, own + span, "right"
    )
    near |= among_names(base["record_id"], named)
    return among_names(links["incident_id"], links.loc[near, "incident_id"])


def relink_incidents(
    records: pd.DataFrame,
    entities: pd.DataFrame,
    place_links: pd.DataFrame,
    places: pd.DataFrame,
    known: pd.DataFrame,
    reopened: set[str],
    settings: MatchingSettings,
    previous: Previous,
    verdicts: tuple[Pairs, Pairs],
) -> Reincident:
    """Which of these records tell of one event.

    Args:
        records: canonical with codes, sorted by key, RangeIndex: new ones and those around them,
            whole incidents.
        entities: row, entity, entity_type, role_code, times.
        place_links, places: of these records, and all places above theirs.
        known: incident_links of the rebuild (channel, record_id, incident_id).
        reopened: remembered incidents to look at again whatever new records say.
        settings: of matching.
        previous: of the night before.
        verdicts: pairs of positions that analysts decided, same and different.
    """
    cluster, probability, _, _ = incident_clusters(
        records, entities, place_links, places, settings, *verdicts
    )
    before = last_ids(records[RECORD], known, "incident_id")
    label = pd.Series(cluster)
    open_rows = before.isna() | before.isin(list(reopened))
    # Only what a new record stands in, or an incident that lost one, is other than remembered.
    while True:
        clusters = label.isin(set(label[open_rows]))
        wider = clusters | before.isin(set(before[clusters & before.notna()]))
        if (wider == open_rows).all():
            break
        open_rows = wider
    at = np.flatnonzero(open_rows)
    part = records.iloc[at].reset_index(drop=True)
    old = last_ids(part[RECORD], previous.incident_links, "incident_id")
    own = before.iloc[at].reset_index(drop=True)
    # An incident of the rebuild that is not opened keeps its id, whoever stood in it since.
    closed = among_names(old, known["incident_id"]) & ~old.isin(set(own.dropna()))
    old = old.mask(closed, None)
    old = old.where(old.notna(), own)
    ids, merges = carry_over(
        "i", cluster[at], part[RECORD], part["reported_at"], old, previous.corrected(part)
    )
    links = part[RECORD].assign(incident_id=ids.to_numpy(), probability=probability[at])
    gone = set(own.dropna()) | reopened
    return Reincident(links, incident_frame(part, ids, place_links, places), gone, merges)
