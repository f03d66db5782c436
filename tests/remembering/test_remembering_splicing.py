"""New rows put into sorted ones: as if everything had been sorted again."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from warning.records import RECORD
from warning.tabular import BLOCK, among_keys, places_in, spliced

#: With a tab: it sorts before any printable sign that could part two columns.
words = st.text(st.sampled_from("\tA!a中\U0001f600"), min_size=1, max_size=3)
keys = st.lists(st.tuples(words, words), unique=True, max_size=40)


def frame_of(rows: list[tuple[str, str]], side: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=RECORD, dtype="str")
    return frame.assign(side=pd.Series(side, frame.index, dtype="str"))


@given(keys, st.data())
@settings(deadline=None)
def test_rows_stand_where_sorting_puts_them(
    rows: list[tuple[str, str]], data: st.DataObject
) -> None:
    """Some rows are gone, others come, some in the place of what is gone."""
    cut = data.draw(st.integers(0, len(rows)))
    base = frame_of(sorted(rows[:cut]), "old")
    gone = data.draw(st.lists(st.booleans(), min_size=cut, max_size=cut))
    lost = pd.Series(gone, dtype=bool).to_numpy()
    again = data.draw(st.sampled_from([base.iloc[:0], base[lost]]))
    new = pd.concat([frame_of(rows[cut:], "new"), again.assign(side="new")]).sort_values(RECORD)
    expected = pd.concat([base[~lost], new]).sort_values(RECORD, ignore_index=True)
    found = spliced(base, lost, new.reset_index(drop=True), RECORD)
    pd.testing.assert_frame_equal(found, expected.astype(found.dtypes.to_dict()))
    assert among_keys(base, new, RECORD).tolist() == [
        key in set(zip(new["channel"], new["record_id"], strict=True))
        for key in zip(base["channel"], base["record_id"], strict=True)
    ]


def test_many_blocks_are_looked_through() -> None:
    """Before the first, at every border of a block, behind the last."""
    count = 3 * BLOCK + 7
    base = frame_of([("a", f"{2 * number:06}") for number in range(count)], "old")
    new = frame_of([("a", f"{odd:06}") for odd in range(1, 2 * count, 6)], "new")
    new = pd.concat([frame_of([("A", "9")], "new"), new, frame_of([("b", "0")], "new")])
    found = spliced(base, None, new, RECORD)
    everything = pd.concat([base, new])
    pd.testing.assert_frame_equal(found, everything.sort_values(RECORD, ignore_index=True))


def test_rows_of_equal_values_are_the_same_row() -> None:
    """A missing value is no empty one, and columns do not run into each other."""
    rows = pd.DataFrame({"a": ["x", "xy", None, ""], "b": ["yz", "z", "1", "1"]}, dtype="str")
    assert places_in(rows, rows).tolist() == [0, 1, 2, 3]
    assert places_in(rows.iloc[[3, 0]], rows.iloc[:3]).tolist() == [-1, 0]
