"""Kin of a night: who is meant where a speaker's reports, or who stands in them, are others now."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.kin import kin_entities, named_kin, speakers_of
from warning.matching.mentions import kin_party
from warning.records import PARTY, RECORD
from warning.tabular import among_names

ASKED = [*RECORD, "start", "text"]


class Rekin(NamedTuple):
    """What of the kin is other than remembered.

    Attributes:
        acting: party links of all parties, the remembered kin with their entities of this night.
        moved: channel, record_id, before, entity_id: the kin that are others now are among it.
        fresh: entities and probabilities of the new mentions of kin, in their order.
    """

    acting: pd.DataFrame
    moved: pd.DataFrame
    fresh: tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]


def relink_kin(
    new: pd.DataFrame,
    remembered: pd.DataFrame,
    records: pd.DataFrame,
    acting: pd.DataFrame,
    moved: pd.DataFrame,
    facts: pd.DataFrame,
) -> Rekin:
    """Ask again whom mentions of kin mean, of every speaker in whose reports somebody is another.

    Args:
        new: the new mentions: channel, record_id, start, text, kind, party_no.
        remembered: those of the rebuild that are still there, with entity_id.
        records: channel, record_id, narrative of this night.
        acting: party links of all parties with role_code, the remembered kin among them.
        moved: channel, record_id, before, entity_id of rows whose entity is new or another.
        facts: channel, record_id, party_no, sex, born of people.
    """
    fresh, old = (table.loc[table["kind"] == "kinship", ASKED] for table in (new, remembered))
    asked = pd.concat([fresh, old], ignore_index=True)
    asked["party_no"] = kin_party(asked["start"])
    asked["new"] = np.arange(len(asked)) < len(fresh)
    touched = pd.concat([moved["before"], moved["entity_id"]]).unique()
    near = acting.loc[among_names(acting["entity_id"], touched), "record_id"]
    speakers = speakers_of(acting[among_names(acting["record_id"], near)])["speaker"].unique()
    theirs = acting.loc[among_names(acting["entity_id"], speakers), "record_id"]
    part = acting[among_names(acting["record_id"], theirs)].reset_index()
    own = part.merge(asked[[*PARTY, "start"]], on=PARTY, how="left")["start"].notna().to_numpy()
    named = part[~own]
    asked = asked.merge(speakers_of(named), on=RECORD, how="left")
    asked = asked[asked["new"] | among_names(asked["speaker"], speakers)].drop(columns="speaker")
    known = remembered[among_names(remembered["record_id"], theirs)]
    known = pd.concat([known, new.merge(named[[*PARTY, "entity_id"]], on=PARTY)])
    texts = named_kin(known, records[among_names(records["record_id"], theirs)])
    texts = texts[among_names(texts["entity_id"], named["entity_id"])]  # not who became another
    entity, sure = kin_entities(asked, named, facts, texts)
    is_new = asked["new"].to_numpy(bool)
    redone = asked[~is_new].assign(now=entity[~is_new], sure=sure[~is_new])
    rows = part[own].merge(redone[[*PARTY, "now", "sure"]], on=PARTY).set_index("index")
    rows = rows[rows["now"] != rows["entity_id"]]
    changed = acting.copy()
    changed.loc[rows.index, "entity_id"] = rows["now"].astype("str")
    changed.loc[rows.index, "probability"] = rows["sure"]
    others = rows[RECORD].assign(before=rows["entity_id"], entity_id=rows["now"])
    return Rekin(changed, pd.concat([moved, others]), (entity[is_new], sure[is_new]))
