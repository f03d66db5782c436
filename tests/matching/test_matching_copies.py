"""A channel that sends its records again under other ids carries nobody over a refused link."""

import pandas as pd

from tests.remembering.conftest import NO_VERDICTS, SETTINGS, previous_of
from warning.matching.copies import with_copies
from warning.matching.link import link
from warning.reading import from_frames
from warning.records import PARTY, RECORD


def sent(*ids: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records by their ids: the letter tells what one says, and its day."""
    records = pd.DataFrame(
        [{"record_id": one, "channel": "110", "reported_at": f"2025-10-0{ord(one[0]) - 64} 10:00",
          "category": "邻里纠纷", "narrative": f"双方因院墙争吵{one[0]}", "county_code": "620702",
          "address": "大满镇朝元村2社5号"} for one in ids]
    )  # fmt: skip
    parties = records[RECORD].assign(
        party_no="1", role="报警人", name="郭铁柱", phone="13911110001"
    )
    tables = from_frames(records, parties, SETTINGS.channels)
    return tables.records, tables.parties.drop(columns="row")


def verdict(kind: str, left: str, right: str, said: str) -> pd.DataFrame:
    """One verdict as the store has it."""
    at = pd.Timestamp("2025-11-01")
    return pd.DataFrame([{"kind": kind, "left": left, "right": right, "verdict": said,
                          "user": "李", "at": at}])  # fmt: skip


def test_a_copy_goes_where_its_original_is() -> None:
    """Night by night and all at once the copy of who was parted is parted, too."""
    told = verdict("person", "110|A1|1", "110|B1|1", "different")
    rebuilt = link(*sent("A1", "B1"), SETTINGS, remember=True)
    links = link(*sent("A1", "A2", "B1", "B2"), SETTINGS, previous_of(rebuilt, told))
    who = links.party_links.set_index(PARTY)["entity_id"].droplevel(["channel", "party_no"])
    assert who["A2"] == who["A1"] != who["B1"] == who["B2"]


def test_only_copies_are_parted_and_what_was_said_of_them_holds() -> None:
    """Neither what is said otherwise nor a pair that has a verdict of its own."""
    told = pd.concat([
        verdict("incident", "110|A1", "110|B1", "different"),
        verdict("incident", "110|A2", "110|B1", "same"),
        verdict("incident", "110|C1", "110|C2", "different"),
    ])  # fmt: skip
    records, parties = sent("A1", "A2", "B1", "B2", "C1", "C2", "C3", "D1")
    links = link(records, parties, SETTINGS)
    found = with_copies(previous_of(links, told), records, parties)
    assert found is not None
    pairs = found.verdicts[["left", "right", "verdict"]].to_numpy().tolist()
    assert pairs[3:] == [["110|A1", "110|B2", "different"], ["110|A2", "110|B2", "different"]]
    nothing = previous_of(links, NO_VERDICTS)
    assert with_copies(nothing, records, parties) is nothing
