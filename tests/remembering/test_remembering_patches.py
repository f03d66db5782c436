"""Patches: what a night from memory leaves is the whole night, by the memory's frames."""

from dataclasses import replace

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.remembering.conftest import Remembering
from tests.remembering.test_remembering_nights import frames, same
from warning.matching.links import Links
from warning.patches import Patch, all_keys, with_keys
from warning.records import RECORD
from warning.store.packing import pack, unpack

word = st.sampled_from(["a", "b", "中"])
rows = st.dictionaries(st.tuples(word, word, word), st.integers(0, 2), max_size=20)
keys = st.lists(st.tuples(word, word), max_size=6)


def frame_of(given_rows: dict[tuple[str, str, str], int]) -> pd.DataFrame:
    """Rows by key and number, as a store sorts them."""
    ordered = [(*key, value) for key, value in sorted(given_rows.items())]
    frame = pd.DataFrame(ordered, columns=[*RECORD, "party_no", "value"])
    return frame.astype({**dict.fromkeys([*RECORD, "party_no"], "str"), "value": "int64"})


def keys_of(wanted: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(wanted, columns=RECORD, dtype="str")


@given(rows, rows, keys, keys)
@settings(deadline=None)
def test_a_patch_leads_from_any_frame_to_any_other(
    before: dict[tuple[str, str, str], int],
    after: dict[tuple[str, str, str], int],
    more: list[tuple[str, str]],
    asked: list[tuple[str, str]],
) -> None:
    """The keys that differ are enough, further ones do no harm; rows are found without the whole."""
    base, frame = frame_of(before), frame_of(after)
    other = [key[:2] for key, value in {*before.items()} ^ {*after.items()} for _ in [value]]
    patch = Patch.to(frame, keys_of([*other, *more]))
    pd.testing.assert_frame_equal(patch.on(base), frame)
    found = patch.rows_of(base, keys_of(asked)).sort_values(
        [*RECORD, "party_no"], ignore_index=True
    )
    pd.testing.assert_frame_equal(found, with_keys(frame, keys_of(asked)))
    pd.testing.assert_frame_equal(unpack(pack(patch), Patch).on(base), frame)


def test_keys_of_several_patches_are_each_there_once() -> None:
    """By the columns of the first: a party's key tells its record."""
    party = pd.DataFrame({"channel": ["a", "a"], "record_id": ["1", "2"], "party_no": ["1", "1"]})
    found = all_keys(party[RECORD].iloc[:1], party)
    assert found.to_numpy().tolist() == [["a", "1"], ["a", "2"]]


def test_a_night_is_kept_by_what_the_memory_does_not_hold(remembering: Remembering) -> None:
    """Packed it is a small part of the whole, and with the memory it is the whole again."""
    night = remembering.night(remembering.records)
    brief = pack(night.without_memory())
    for name, patch in night.patches.items():
        assert 0 < len(patch.rows) < len(getattr(night, name)) / 4, name
    assert len(brief) < len(pack(replace(night, patches={}))) / 2
    back = unpack(brief, Links).on_memory(remembering.links.memory)
    assert back is not None
    same(back, night)
    assert back.report == night.report
    assert set(night.patches) == set(frames(night))
    assert unpack(brief, Links).on_memory({}) is None
    everything = remembering.links.without_memory().on_memory({})
    assert everything is not None
    same(everything, remembering.links)
