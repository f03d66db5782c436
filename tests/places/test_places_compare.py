"""Two addresses compared: graded levels, and the laws they keep."""

import pandas as pd
import pytest

from warning.matching.standardise import addresses


def levels(left: str, right: str) -> dict[str, float]:
    frame = addresses.compare_addresses(pd.Series([left]), pd.Series([right]))
    return frame.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("left", "right", "part", "level"),
    [
        ("锦绣花园3号楼2单元501室", "锦绣花园3-2-501", "room", 1.0),
        ("锦绣花园3号楼2单元501室", "锦绣花园3-2-502", "room", -1.0),
        ("锦绣花园3号楼", "锦绣花园", "building", 0.25),
        ("锦绣花园", "锦绣花园", "building", 0.0),
        ("中山路11号", "中山路11-2号", "road_number", 0.5),
        ("锦绣花园3号楼", "锦绣小区3号楼", "name", -1.0),
        ("甘州区人民医院", "甘州区人民医院门诊部", "section", 0.25),
        ("临泽县新华镇", "高台县南华镇", "county", -1.0),
    ],
)
def test_level(left: str, right: str, part: str, level: float) -> None:
    """Each part's level says equal, close, one-sided, absent or in conflict."""
    assert levels(left, right)[part] == level


BETTER = [
    # A domain reader may add rows: the first pair must be at least as alike as the second.
    (("南街锦绣花园3-2-501", "锦绣花园三号楼二单元501室"), ("锦绣花园3-2-501", "锦绣花园3-2-502")),
    (("临泽县大寨村六社", "临泽县大寨村6组"), ("临泽县大寨村六社", "临泽县小寨村六社")),
    (("市医院", "张掖市人民医院"), ("市医院", "高台县人民医院")),
]


@pytest.mark.parametrize(("better", "worse"), BETTER)
def test_better_beats_worse(better: tuple[str, str], worse: tuple[str, str]) -> None:
    """The likeness ranks pairs as a reader would."""
    assert levels(*better)["likeness"] >= levels(*worse)["likeness"]


def test_sides_are_equal() -> None:
    """The levels are the same when left and right change places, in any index."""
    left = pd.Series(["锦绣花园3-2-501", None, "600 E Market St"], index=[4, 2, 9], dtype="str")
    right = pd.Series(["锦绣花园A区3号楼", "临泽县", ""], index=[4, 2, 9], dtype="str")
    there = addresses.compare_addresses(left, right)
    pd.testing.assert_frame_equal(there, addresses.compare_addresses(right, left))
    assert list(there.index) == [4, 2, 9]


def test_evidence_changes_sides() -> None:
    """With evidence, what is said of the left is said of the right when the sides change."""
    left = pd.Series(["南街锦绣花园3-2-501", "斜土路455弄东泰花园"])
    right = pd.Series(["锦绣花园3号楼", "打浦路299弄东泰花苑"])
    there = addresses.compare_addresses(left, right, evidence=True)
    back = addresses.compare_addresses(right, left, evidence=True)
    for name in ("core_2_left", "name_within_left", "building_within_left", "grain_left"):
        pd.testing.assert_series_equal(
            there[name], back[name.replace("left", "right")], check_names=False
        )
    assert there["core_2_left"].between(0, 1).all()


def test_lengths_must_agree() -> None:
    """Series of different lengths are refused."""
    with pytest.raises(ValueError, match="same length"):
        addresses.compare_addresses(pd.Series(["a"]), pd.Series(["a", "b"]))
