"""The lexicon of places: the analyst's own copy is the one that is read."""

from pathlib import Path

import pandas as pd
import pytest

from warning.errors import SettingsError
from warning.matching.place_rows import name_no_place
from warning.matching.standardise import addresses
from warning.settings import load_settings
from warning.settings.matching_places import PlaceWords

OWN = """
nicknames: {老广场: 中心广场}
renames:
  - {county_code: "620724", old: 老城镇, new: 城关镇}
  - {level: village, old: 红旗大队, new: 红旗村}
hub_words: [集市]
no_place: [打电话来的]
"""


def own_words(folder: Path) -> PlaceWords:
    (folder / "lexicons").mkdir()
    (folder / "lexicons" / "places.yaml").write_text(OWN, encoding="utf-8")
    return load_settings(folder).matching.places.words


def test_own_copy_is_read(tmp_path: Path) -> None:
    """places.yaml beside the analyst's settings replaces the packaged one, and changes the hash."""
    words = own_words(tmp_path)
    assert words.hub_words == ("集市",)
    texts = pd.Series(["打电话来的", "同上", None], dtype="str")
    assert name_no_place(texts, words).tolist() == [True, False, False]
    older = PlaceWords(hub_words=("集市",))  # a copy from before the list
    assert name_no_place(texts, older).tolist() == [False, True, False]
    assert load_settings(tmp_path).hash != load_settings().hash


def test_old_names_and_nicknames(tmp_path: Path) -> None:
    """An old town name becomes today's in its county only; nicknames stand for full names."""
    words = own_words(tmp_path)
    texts = pd.Series(["高台县老城镇", "临泽县老城镇", "临泽县老广场"], dtype="str")
    got = addresses.parse(texts, words=words)
    assert got["town"].tolist() == ["城关镇", "老城镇", ""]
    assert got["poi"].tolist() == ["", "", "中心广场"]
    assert got["done"].tolist() == ["renamed:town", "", "nickname"]


def test_fault_names_file_and_line(tmp_path: Path) -> None:
    """A misspelt key of the lexicon is refused with its file and line."""
    (tmp_path / "lexicons").mkdir()
    (tmp_path / "lexicons" / "places.yaml").write_text("nicknams: {}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"places\.yaml:1"):
        load_settings(tmp_path)
