"""Organisations of a night: a known name is who it was; a new one has all names linked again."""

import numpy as np
import pandas as pd

from warning.matching.decided import decided
from warning.matching.identity import carry_over
from warning.matching.links import Previous
from warning.matching.organisations import link_organisations
from warning.matching.remembering.memory import Bools, last_ids
from warning.matching.remembering.people import Relinked
from warning.matching.standardise.organisations import organisations
from warning.records import PARTY
from warning.settings.matching import MatchingSettings

NAME = ["organisation", "county_code"]


def relink_organisations(
    fresh: pd.DataFrame, known: pd.DataFrame, alive: Bools, settings: MatchingSettings,
    previous: Previous,
) -> Relinked:  # fmt: skip
    """Link the organisations of new rows.

    Args:
        fresh: channel, record_id, party_no, organisation (as written), county_code, moment.
        known: the same of the rebuild, with entity_id and probability.
        alive: by row of ``known``, whether its record still stands as it was.
        settings: of matching.
        previous: of the night before, with the analysts' verdicts.
    """
    table = known.drop_duplicates(NAME)
    met = fresh.merge(table[[*NAME, "entity_id", "probability"]], on=NAME, how="left")
    columns = [*PARTY, "entity_id", "probability"]
    nothing = pd.DataFrame({"from_id": [], "into_id": []}, dtype="str")
    was = last_ids(fresh[PARTY], previous.party_links, "entity_id", "o").reset_index(drop=True)
    if met["entity_id"].notna().all() and (was.isna() | (was == met["entity_id"])).all():
        return Relinked(met[columns], nothing)
    old = known[alive]
    rows = pd.concat([old, fresh], ignore_index=True)
    found = link_organisations(
        organisations(rows["organisation"]), rows["county_code"], settings,
        decided(previous, "organisation", rows[PARTY], "same"),
        decided(previous, "organisation", rows[PARTY], "different"),
    )  # fmt: skip
    before = pd.concat([last_ids(old[PARTY], previous.party_links, "entity_id", "o"), was])
    before = before.reset_index(drop=True)
    rebuilt = old["entity_id"].to_numpy(dtype=object)
    before.iloc[: len(old)] = np.where(before[: len(old)].notna(), before[: len(old)], rebuilt)
    corrected = previous.corrected(rows)
    ids, merges = carry_over("o", found.label, rows[PARTY], rows["moment"], before, corrected)
    rows = rows.assign(entity_id=ids.to_numpy(), probability=found.probability)
    # Whose company is that of the rebuild is not told again.
    moved = np.ones(len(rows), bool)
    moved[: len(old)] = rows["entity_id"].iloc[: len(old)].to_numpy() != rebuilt
    return Relinked(rows.loc[moved, columns].reset_index(drop=True), merges)
