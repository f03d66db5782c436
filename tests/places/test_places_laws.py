"""Laws of the address parser: any text, its own standard form, spans, order."""

import time

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warning.matching.standardise import addresses

GRAINS = {"room", "building", "compound", "group", "village", "poi", "town", "none"}
#: Characters of addresses, so that odd combinations are met often.
ALPHABET = (
    "甘肃省张掖市州区临泽县新华镇大寨村六社组39号锦绣花园楼栋单元室层路街道巷弄第一二三十百廿〇两"
    "0123456789０１２ABab-－—_#＃ ,，()（）|·对面附近口医院人民中国东西南北与和〡㎡①½\u200b\n"
)
TEXTS = st.one_of(st.text(max_size=60), st.text(alphabet=ALPHABET, max_size=40))
NAMES = st.sampled_from(["锦绣花园", "丹霞小区", "粮食局家属院", "盛世名都", "康宁佳苑"])
NUMBERS = st.integers(1, 99)
SCRIPTS = ("0123456789", "０１２３４５６７８９", "〇一二三四五六七八九")


def series(*texts: str) -> "pd.Series[str]":
    return pd.Series(list(texts), dtype="str")


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text: str) -> None:
    """Any text gives parts that are texts, a known grain, and the same again for itself."""
    row = addresses.parse(series(text)).iloc[0]
    assert row["grain"] in GRAINS
    assert all(isinstance(value, str) for value in row)
    assert row.equals(addresses.parse(series("市医院", text)).iloc[1])


@given(TEXTS)
@example("0㎡一")
@settings(max_examples=300, deadline=None)
def test_spans_lie_inside_the_text(text: str) -> None:
    """Spans go from left to right, never overlap, are never empty and never leave the text."""
    found = addresses.spans(series(text))
    at = 0
    for _, _, start, end in found.itertuples(index=False):
        assert at <= start < end <= len(text)
        at = end


@given(NAMES, NUMBERS, NUMBERS, st.integers(101, 2999), st.sampled_from(SCRIPTS))
@settings(max_examples=100, deadline=None)
def test_rooms_are_one_in_every_script_and_stable(
    name: str, building: int, unit: int, room: int, script: str
) -> None:
    """Numerals of any script give one room, and its standard form stands for itself."""
    written = "".join(script[int(digit)] for digit in str(building))
    context = pd.DataFrame({"county_code": ["620702"] * 3})
    texts = series(
        f"南街街道{name}{building}-{unit}-{room}",
        f"甘州区南街街道{name}{written}号楼{unit}单元{room}室",
        f"南街街道{name}{building}号楼{unit}单元{room}室",
    )
    standard = addresses.parse(texts, context)["standard"]
    assert standard.nunique() == 1
    again = addresses.parse(standard, context)["standard"]
    assert again.tolist() == standard.tolist()


@given(st.sampled_from(["大寨村", "向阳村", "李家堡村"]), NUMBERS, NUMBERS)
@settings(max_examples=50, deadline=None)
def test_villages_are_stable(village: str, group: int, house: int) -> None:
    """The standard form of a house in a village stands for itself."""
    context = pd.DataFrame({"county_code": ["620723"]})
    once = addresses.parse(series(f"临泽县新华乡{village}第{group}社{house}号"), context)
    twice = addresses.parse(once["standard"], context)
    assert once["standard"].tolist() == [f"新华镇{village}{group}组{house}号"]
    assert twice["standard"].tolist() == once["standard"].tolist()


@given(st.lists(TEXTS, max_size=8), st.randoms())
@settings(max_examples=50, deadline=None)
def test_order_of_rows_is_irrelevant(texts: list[str], random: object) -> None:
    """Each text is read by itself: shuffled rows give shuffled results."""
    frame = addresses.parse(pd.Series(texts, dtype="str"))
    order = list(range(len(texts)))
    random.shuffle(order)
    shuffled = addresses.parse(pd.Series(texts, dtype="str").iloc[order])
    pd.testing.assert_frame_equal(shuffled.sort_index(), frame)


def test_ten_megabytes_are_no_trouble() -> None:
    """An address of ten megabytes is cut, said to be cut, and takes no time to speak of."""
    unit = "锦绣花园3号楼2单元501室"
    start = time.process_time()
    got = addresses.parse(series(unit * 700_000, "村" * 3_000_000, "3-" * 5_000_000))
    assert time.process_time() - start < 5
    assert got["done"].str.contains("cut").all()
