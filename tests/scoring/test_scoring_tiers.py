"""From probability and severity to a tier."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from simulated import history_of

from warning.scoring.preview import compare, tier_counts
from warning.scoring.tier_reasons import RANK
from warning.scoring.tiers import assign_tiers, case_facts
from warning.settings import packaged_config
from warning.settings.base import read_yaml
from warning.settings.scoring import ScoringSettings
from warning.settings.tiers import TiersSettings

AS_OF = pd.Timestamp("2025-01-01")


def settings_with(**changes: object) -> TiersSettings:
    content = {
        "levels": {
            "red": [{"probability": 0.6}, {"probability": 0.45, "severity": 3}],
            "orange": [{"probability": 0.4}],
            "yellow": [{"probability": 0.2}],
            "blue": [{"probability": 0.1}],
        },
        "floors": [],
        "ceilings": [],
        **changes,
    }
    return TiersSettings.model_validate(content)


def scores_of(*rows: tuple[float, int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": [f"c-{number}" for number in range(len(rows))],
            "probability": [row[0] for row in rows],
            "severity": [row[1] for row in rows],
        }
    )


def facts_like(scores: pd.DataFrame, **columns: object) -> pd.DataFrame:
    base = {"kind": "matter", "county_code": "620723", "category": "02",
            "incidents_30": 0, "incidents_90": 1, "incidents_365": 1, "days_since_last": 5.0,
            "violent_incidents_365": 0,
            "weapon": False, "domestic_violence": False, "warned": False}  # fmt: skip
    return scores[["case_id"]].assign(**{**base, **columns})


def tier_of(
    probability: float,
    severity: int = 0,
    settings: TiersSettings | None = None,
    previous: pd.DataFrame | None = None,
    **facts: object,
) -> pd.Series:
    scores = scores_of((probability, severity))
    given = settings or settings_with()
    return assign_tiers(scores, facts_like(scores, **facts), previous, given, AS_OF).iloc[0]


def yesterday(tier: str, nights: int = 30) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": ["c-0"],
            "as_of": [AS_OF - pd.Timedelta(days=1)],
            "tier": [tier],
            "tier_since": [AS_OF - pd.Timedelta(days=nights)],
        }
    )


@pytest.mark.parametrize(
    ("probability", "severity", "tier"),
    [
        (0.60, 0, "red"),
        (0.59, 0, "orange"),
        (0.45, 3, "red"),
        (0.44, 3, "orange"),
        (0.45, 2, "orange"),
        (0.20, 4, "yellow"),
        (0.10, 0, "blue"),
        (0.0999, 0, "none"),
    ],
)
def test_thresholds_by_severity(probability: float, severity: int, tier: str) -> None:
    """A line is reached at its value; severity opens lines of its own."""
    assert tier_of(probability, severity)["tier"] == tier


def test_packaged_floors_and_ceilings() -> None:
    """The packaged rules: DV with a weapon, three in a year, and the ceiling of a person."""
    settings, problems = read_yaml(packaged_config() / "tiers.yaml", TiersSettings)
    assert not problems
    assert settings is not None
    armed = tier_of(0.01, 0, settings, domestic_violence=True, weapon=True)
    assert armed["tier"] == "orange"
    assert "家庭暴力且涉及凶器" in armed["reasons"]
    assert tier_of(0.01, 0, settings, incidents_365=3)["tier"] == "blue"
    assert tier_of(0.01, 0, settings, incidents_365=2)["tier"] == "none"
    person = tier_of(0.9, 0, settings, kind="person")
    assert person["tier"] == "yellow"
    assert "最高黄色" in person["reasons"]
    again = tier_of(0.01, 0, settings, violent_incidents_365=2)
    assert again["tier"] == "yellow"
    assert "家庭暴力反复发生而未出具告诫书" in again["reasons"]
    warned = tier_of(0.01, 0, settings, violent_incidents_365=2, warned=True)
    assert warned["tier"] == "none"
    once = {"domestic_violence": True, "violent_incidents_365": 1, "incidents_365": 2}
    assert tier_of(0.01, 0, settings, **once)["tier"] == "none"


def test_violent_incidents_are_those_reported_within_a_year() -> None:
    """Not another quarrel of the case, what only a patrol found, nor one of more than a year ago."""
    history = history_of(
        np.zeros(5, int),
        AS_OF - pd.to_timedelta([2.0, 40.0, 60.0, 300.0, 380.0], unit="D"),
        domestic_violence=[True, False, True, True, True],
        is_discovered=[False, False, True, False, False],
    )
    facts = case_facts(history, ScoringSettings(), AS_OF)
    assert facts["violent_incidents_365"].tolist() == [2]


def test_what_only_a_patrol_found_meets_no_rule() -> None:
    """Neither its weapon nor that it is settled counts; a 告诫书 counts wherever it is told."""
    history = history_of(
        np.zeros(2, int),
        AS_OF - pd.to_timedelta([2.0, 40.0], unit="D"),
        is_discovered=[True, False],
        **{name: [True, False] for name in ("weapon", "domestic_violence", "warned", "settled")},
        threat=[False, True],
    )
    facts = case_facts(history, ScoringSettings(), AS_OF).iloc[0]
    flags = ["weapon", "domestic_violence", "warned", "threat", "unsettled"]
    assert facts[flags].tolist() == [False, False, True, True, True]


def test_a_rule_on_any_incidents_of_a_case_with_violence_stays_valid() -> None:
    """As the packaged one was once written: it means what it meant."""
    when = {"domestic_violence": True, "warned": False, "incidents_365": 2}
    rule = {"name": "own", "text": "自定", "when": when, "at_least": "yellow"}
    facts = {"domestic_violence": True, "incidents_365": 2, "violent_incidents_365": 1}
    assert tier_of(0.01, 0, settings_with(floors=[rule]), **facts)["tier"] == "yellow"


def test_reasons_give_the_numbers() -> None:
    """The text has the probability, the line that was reached and the counts."""
    reasons = tier_of(0.43, 2)["reasons"]
    for part in ("43.0%", "橙色线 40%", "一年内 1 次", "5 天前"):
        assert part in reasons


@pytest.mark.parametrize(
    ("kind", "told"),
    [("person", "一年内 2 次事件，最近一次在 41 天前（另有投诉、信访等 1 次、巡查自行发现 1 次，不计）"),
     ("matter", "一年内 3 次事件，最近一次在 6 天前（另有巡查自行发现 1 次，不计）")],
)  # fmt: skip
def test_reasons_say_which_incidents_are_not_counted(kind: str, told: str) -> None:
    """Those of the records shown that the count lacks; days go by the calendar, not by 24 hours."""
    history = history_of(
        np.zeros(5, int),
        AS_OF - pd.to_timedelta([2.0, 5.1, 40.1, 300.0, 380.0], unit="D"),
        kind=kind,
        is_discovered=[True, False, False, False, False],
        is_complaint=[False, True, False, False, True],
    )
    facts = case_facts(history, ScoringSettings(), AS_OF)
    scores = scores_of((0.43, 2)).assign(case_id=facts["case_id"])
    graded = assign_tiers(scores, facts, None, settings_with(), AS_OF)
    assert told in graded["reasons"].iloc[0].split("；")


def test_reasons_of_a_case_without_an_incident_left_tell_no_day() -> None:
    """A person whose incidents are all complaints by now has no last incident."""
    moments = AS_OF - pd.to_timedelta([5.0], unit="D")
    history = history_of(np.zeros(1, int), moments, kind="person", is_complaint=True)
    facts = case_facts(history, ScoringSettings(), AS_OF, also=["c-000000"])
    scores = scores_of((0.43, 2)).assign(case_id=facts["case_id"])
    graded = assign_tiers(scores, facts, None, settings_with(), AS_OF)
    told = graded["reasons"].iloc[0].split("；")
    assert "一年内 0 次事件（另有投诉、信访等 1 次，不计）" in told


@pytest.mark.parametrize(
    ("probability", "told"),
    [(0.39995, "39.995%，达到黄色线 20.5%"), (0.4, "40.0%，达到橙色线 40%"),
     (0.2046, "20.46%，达到蓝色线 10%"), (0.205, "20.5%，达到黄色线 20.5%"),
     (0.20549, "20.5%，达到黄色线 20.5%")],
)  # fmt: skip
def test_a_probability_stands_on_the_side_of_a_line_on_which_it_is(
    probability: float, told: str
) -> None:
    """The line as it is configured, and as many digits as tell it from one that was not reached."""
    levels = settings_with().model_dump()["levels"] | {"yellow": [{"probability": 0.205}]}
    assert told in tier_of(probability, settings=settings_with(levels=levels))["reasons"]


def test_up_at_once_down_one_step_a_night() -> None:
    """From none to red in one night; from red towards none one tier a night."""
    assert tier_of(0.9, previous=yesterday("none"))["tier"] == "red"
    down = tier_of(0.01, previous=yesterday("red"))
    assert (down["tier"], down["previous_tier"]) == ("orange", "red")
    assert "逐级下调" in down["reasons"]


def test_the_words_of_a_tier_are_chinese_whatever_language_the_command_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are stored, and stand in official letters."""
    told = []
    for language in ("zh", "en"):
        monkeypatch.setenv("WARNING_LANG", language)
        down = tier_of(0.01, previous=yesterday("red"), complaints_365=1, finds_365=1)
        told.append(down["reasons"])
    assert told[0] == told[1]
    assert not any(sign.isascii() and sign.isalpha() for sign in told[1])


@pytest.mark.parametrize(("probability", "tier"), [(0.49, "red"), (0.47, "orange")])
def test_exit_margin(probability: float, tier: str) -> None:
    """Red (0.6) is left only below 0.48."""
    assert tier_of(probability, previous=yesterday("red"))["tier"] == tier


@pytest.mark.parametrize(("nights", "tier"), [(1, "red"), (6, "red"), (7, "orange")])
def test_minimum_stay(nights: int, tier: str) -> None:
    """A tier entered less than seven nights ago is kept."""
    assert tier_of(0.01, previous=yesterday("red", nights))["tier"] == tier


def test_tier_since_is_kept_while_the_tier_stays() -> None:
    """The night of entering passes on; a new tier starts tonight."""
    assert tier_of(0.9, previous=yesterday("red", 5))["tier_since"] == AS_OF - pd.Timedelta(days=5)
    assert tier_of(0.9, previous=yesterday("blue", 5))["tier_since"] == AS_OF


def test_the_same_night_again_gives_the_same() -> None:
    """Warnings of tonight itself are no previous night."""
    before = yesterday("red", 30)
    tonight = pd.DataFrame([tier_of(0.01, previous=before)])[
        ["case_id", "as_of", "tier", "tier_since"]
    ]
    again = tier_of(0.01, previous=pd.concat([before, tonight]))
    assert (again["tier"], again["previous_tier"]) == ("orange", "red")


def test_later_nights_are_no_previous_ones() -> None:
    """A night that others overtook is graded as if there were none; it is refused when kept."""
    later = yesterday("red").assign(as_of=AS_OF + pd.Timedelta(days=1))
    found = tier_of(0.9, previous=later)
    assert (found["tier"], found["previous_tier"], found["tier_since"]) == ("red", "none", AS_OF)


def test_capacity_by_county() -> None:
    """Beyond two reds a county's least probable go to orange; the other county is untouched."""
    scores = scores_of((0.9, 0), (0.8, 0), (0.7, 0), (0.65, 0))
    facts = facts_like(scores, county_code=["A", "A", "A", "B"])
    found = assign_tiers(scores, facts, None, settings_with(capacity={"red": 2}), AS_OF)
    assert found["tier"].tolist() == ["red", "red", "orange", "red"]
    assert "容量" in found["reasons"].iloc[2]


def test_a_case_without_facts_meets_no_rule() -> None:
    """Unknown is unknown: thresholds alone decide."""
    scores = scores_of((0.45, 0))
    empty = facts_like(scores).head(0)
    found = assign_tiers(scores, empty, None, settings_with(), AS_OF)
    assert found["tier"].tolist() == ["orange"]


def test_higher_thresholds_never_add() -> None:
    """Raising any line leaves every case in its tier or below."""
    random = np.random.default_rng(4)
    scores = scores_of(*zip(random.random(500), random.integers(0, 5, 500).tolist(), strict=True))
    facts = facts_like(scores)
    base = assign_tiers(scores, facts, None, settings_with(), AS_OF)["tier"].map(RANK)
    for tier, line in (("red", 0.8), ("orange", 0.45), ("yellow", 0.3), ("blue", 0.19)):
        levels = settings_with().model_dump()["levels"]
        levels[tier] = [{"probability": line}]
        raised = assign_tiers(scores, facts, None, settings_with(levels=levels), AS_OF)
        assert (raised["tier"].map(RANK) <= base).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": {"orange": []}}, "orange"),
        (
            {"levels": {t: [{"probability": p}] for t, p in
                        (("red", 0.3), ("orange", 0.4), ("yellow", 0.2), ("blue", 0.1))}},
            "低于",
        ),
        ({"exit_margin": 1.2}, "exit_margin"),
        ({"exit_margin": 0}, "exit_margin"),
        ({"minimum_stay_nights": -1}, "minimum_stay_nights"),
        ({"capacity": {"purple": 3}}, "purple"),
        ({"surprise": 1}, "surprise"),
        ({"floors": [{"name": "x", "text": "x", "when": {}, "at_least": "red"}]}, "条件"),
        (
            {"floors": [{"name": "x", "text": "x", "when": {"moon": True}, "at_least": "red"}]},
            "moon",
        ),
        (
            {"floors": [{"name": "x", "text": "x", "when": {"weapon": True}, "at_least": "red"}]
             * 2},
            "重名",
        ),
    ],
)  # fmt: skip
def test_faulty_settings_are_refused(changes: dict[str, object], message: str) -> None:
    """Order, range, unknown names, empty and repeated rules: each is named."""
    with pytest.raises(ValidationError) as caught:
        settings_with(**changes)
    assert message in str(caught.value)


def test_preview_lists_the_moved_cases() -> None:
    """Under lower lines the moved case stands with both tiers; the unmoved does not."""
    scores = scores_of((0.55, 0), (0.05, 0))
    facts = facts_like(scores)
    levels = settings_with().model_dump()["levels"] | {"red": [{"probability": 0.5}]}
    today = assign_tiers(scores, facts, None, settings_with(), AS_OF)
    other = assign_tiers(scores, facts, None, settings_with(levels=levels), AS_OF)
    moved = compare(today, other)
    assert moved[["case_id", "tier", "other_tier", "step"]].values.tolist() == [
        ["c-0", "orange", "red", 1]
    ]
    assert tier_counts(today, other).set_index("tier").loc["red"].tolist() == [0, 1]


def test_packaged_scoring_settings_read() -> None:
    """The packaged scoring.yaml says the same as the defaults in code."""
    from warning.settings.scoring import ScoringSettings

    found, problems = read_yaml(packaged_config() / "scoring.yaml", ScoringSettings)
    assert not problems
    assert found == ScoringSettings()
