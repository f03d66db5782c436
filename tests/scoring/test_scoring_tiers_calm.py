"""Stepping down, capacity, several faults of the file at once, the published schema."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from warning.scoring.tiers import assign_tiers
from warning.settings.base import read_yaml
from warning.settings.tiers import TiersSettings

AS_OF = pd.Timestamp("2025-01-01")
LEVELS = {
    "red": [{"probability": 0.6}],
    "orange": [{"probability": 0.4}],
    "yellow": [{"probability": 0.2}],
    "blue": [{"probability": 0.1}],
}


def settings_with(**changes: object) -> TiersSettings:
    return TiersSettings.model_validate({"levels": LEVELS, "floors": [], "ceilings": [], **changes})


def scores_of(probabilities: list[float], **columns: object) -> pd.DataFrame:
    names = [f"c-{number}" for number in range(len(probabilities))]
    frame = pd.DataFrame({"case_id": names, "probability": probabilities, "severity": 0})
    return frame.assign(**columns)


def facts_of(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[["case_id"]].assign(
        kind="matter", county_code="620723", incidents_365=1, days_since_last=5.0
    )


def yesterday(tiers: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": [f"c-{number}" for number in range(len(tiers))],
            "as_of": AS_OF - pd.Timedelta(days=1),
            "tier": tiers,
            "tier_since": AS_OF - pd.Timedelta(days=40),
        }
    )


def test_a_case_beyond_the_cohort_steps_down() -> None:
    """A red case whose last incident grew too old goes to orange, and says why; then further."""
    scores = scores_of([0.9], in_cohort=False)
    found = assign_tiers(scores, facts_of(scores), yesterday(["red"]), settings_with(), AS_OF)
    assert found["tier"].tolist() == ["orange"]
    assert "超出观察期" in found["reasons"].iloc[0]
    last = assign_tiers(scores, facts_of(scores), yesterday(["blue"]), settings_with(), AS_OF)
    assert last["tier"].tolist() == ["none"]


def test_capacity_alone_grades_by_place() -> None:
    """The most probable of a county is red, the next two orange, the rest nothing."""
    scores = scores_of([0.01, 0.3, 0.2, 0.05])
    settings = settings_with(use="capacity", capacity={"red": 1, "orange": 2})
    found = assign_tiers(scores, facts_of(scores), None, settings, AS_OF)
    assert found["tier"].tolist() == ["none", "red", "orange", "orange"]
    assert "名额" in found["reasons"].iloc[1]


def test_thresholds_alone_know_no_capacity() -> None:
    """Capacity stands in the file but is not used."""
    scores = scores_of([0.9, 0.8])
    settings = settings_with(use="thresholds", capacity={"red": 1})
    found = assign_tiers(scores, facts_of(scores), None, settings, AS_OF)
    assert found["tier"].tolist() == ["red", "red"]


def test_a_place_is_kept_within_the_margin() -> None:
    """With one red place the holder gives way only to a case more probable by the margin."""
    settings = settings_with(capacity={"red": 1}, minimum_stay_nights=0)
    for newcomer, holder in ((0.75, "red"), (0.95, "orange")):
        scores = scores_of([0.7, newcomer])
        found = assign_tiers(scores, facts_of(scores), yesterday(["red", "none"]), settings, AS_OF)
        assert found["tier"].iloc[0] == holder


@pytest.mark.parametrize(
    ("use", "behind"), [("both", ["orange", "yellow"]), ("capacity", ["orange", "none"])]
)
def test_who_stays_has_the_first_places(use: str, behind: list[str]) -> None:
    """Two that stay red and one that steps down to orange leave no red and one orange place.

    What is more probable comes behind, in whatever order the rows stand; only what goes down is
    told to go down, only who is among the most probable to be among them.
    """
    before = yesterday(["red", "red", "none", "none", "red"])
    fresh = AS_OF - pd.Timedelta(days=1)
    before["tier_since"] = before["tier_since"].where(before["case_id"] == "c-4", fresh)
    scores = scores_of([0.62, 0.97, 0.95, 0.9, 0.05])
    settings = settings_with(use=use, capacity={"red": 2, "orange": 2})
    found = assign_tiers(scores, facts_of(scores), before, settings, AS_OF)
    assert found["tier"].tolist() == ["red", "red", *behind, "orange"]
    told = found["reasons"].tolist()
    assert "红色未满 7 夜，保持" in told[0]
    assert "由红色逐级下调一级" in told[4]
    assert ["降为" in text for text in told] == [False, False, use == "both", use == "both", False]
    named = use == "capacity"
    assert ["名额" in text for text in told] == [False, named, named, False, False]
    turned = assign_tiers(scores[::-1], facts_of(scores), before, settings, AS_OF)
    assert turned[::-1].reset_index(drop=True).equals(found)


def test_rules_have_the_first_places_even_beyond_the_capacity() -> None:
    """Two cases that a floor makes orange are so with one place, and no other enters."""
    floor = {"name": "w", "text": "恶化", "when": {"worsening": 0.3}, "at_least": "orange"}
    scores = scores_of([0.05, 0.45, 0.55], worsening=[0.5, 0.5, 0.0])
    settings = settings_with(floors=[floor], capacity={"orange": 1})
    found = assign_tiers(scores, facts_of(scores), None, settings, AS_OF)
    assert found["tier"].tolist() == ["orange", "orange", "yellow"]
    assert ["降为" in text for text in found["reasons"]] == [False, False, True]


def test_a_rule_may_ask_for_the_chance_of_worsening() -> None:
    """A floor on worsening lifts a case of low probability; an unknown chance lifts none."""
    floor = {"name": "w", "text": "恶化", "when": {"worsening": 0.3}, "at_least": "orange"}
    scores = scores_of([0.05, 0.05, 0.05], worsening=[0.31, 0.29, np.nan])
    settings = settings_with(floors=[floor])
    found = assign_tiers(scores, facts_of(scores), None, settings, AS_OF)
    assert found["tier"].tolist() == ["orange", "none", "none"]


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    """Wrong order, a repeated name, an unknown key and a wrong number: four faults, four lines."""
    path = tmp_path / "tiers.yaml"
    path.write_text(
        "levels:\n"
        "  red: [{probability: 0.3}]\n"
        "  orange: [{probability: 0.4}]\n"
        "  yellow: [{probability: 0.2}]\n"
        "  blue: [{probability: 0.25}]\n"
        "floors:\n"
        "  - {name: a, text: 甲, when: {weapon: true}, at_least: red}\n"
        "  - {name: a, text: 乙, when: {threat: true}, at_least: red}\n"
        "exit_margin: 1.5\n"
        "surprise: 1\n",
        encoding="utf-8",
    )
    settings, problems = read_yaml(path, TiersSettings)
    assert settings is None
    lines = sorted(int(problem.where.rsplit(":", 1)[1]) for problem in problems)
    assert lines == [2, 4, 8, 9, 10]


def test_a_level_that_is_not_named_is_the_packaged_one() -> None:
    """As every other key; [] is no level, and is refused."""
    found = TiersSettings.model_validate({"levels": {"yellow": [{"probability": 0.18}]}})
    assert list(found.levels) == ["red", "orange", "yellow", "blue"]
    assert found.levels | {"yellow": ()} == TiersSettings().levels | {"yellow": ()}
    assert found.threshold("yellow", 4) == 0.18
    with pytest.raises(ValueError, match="red"):
        TiersSettings.model_validate({"levels": LEVELS | {"red": []}})


def test_a_level_below_the_packaged_one_under_it_is_told_where_it_stands(tmp_path: Path) -> None:
    """Only orange is named, above the packaged red: its line, in words of the file."""
    path = tmp_path / "tiers.yaml"
    path.write_text("use: both\nlevels:\n  orange: [{probability: 0.7}]\n", encoding="utf-8")
    _, (problem,) = read_yaml(path, TiersSettings)
    assert problem.where == f"{path}:3"
    assert "levels.orange" in problem.found
    assert "0.6" in problem.expected
    assert "0.7" in problem.expected


@pytest.mark.parametrize("name", ["tiers", "scoring"])
def test_the_published_schema_is_current(name: str) -> None:
    """docs/schema/*.json say what the settings accept; benchmarks/write_schema.py writes them."""
    from warning.settings import FILES

    path = Path(__file__).parents[2] / "docs" / "schema" / f"{name}.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == FILES[name].model_json_schema()
