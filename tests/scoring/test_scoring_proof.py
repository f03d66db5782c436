"""Fairness, handled cases apart, tiers beside rules, champion and challenger, the page."""

import dataclasses
import json
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from simulated import hawkes_history, history_of

from warning.matching.links import Links
from warning.matching.standardise.identifiers import check_digit
from warning.previewing import _worth
from warning.report.backtest_page import BacktestPage, backtest_page, conclusions
from warning.scoring.backtest import Backtest, backtest, fires, measured_on
from warning.scoring.card import card_content, card_markdown
from warning.scoring.challenge import challenge
from warning.scoring.evaluation import wilson
from warning.scoring.fairness import (
    case_groups,
    fairness,
    handled_apart,
    located,
    low_reporting,
    name_groups,
    town_kinds,
)
from warning.scoring.history import History
from warning.scoring.model import AdditiveModel, load_model
from warning.scoring.proof import graded, rules_table, tier_table
from warning.scoring.tiers import facts_at
from warning.scoring.training import FITTERS, Sample, train
from warning.scoring.values import Reading
from warning.scoring.windows import Window
from warning.settings import load_settings
from warning.settings.scoring import ScoringSettings

SETTINGS = ScoringSettings()
AS_OF = pd.Timestamp("2024-12-30")


@pytest.fixture(scope="module")
def history() -> History:
    return hawkes_history(cases=1500, seed=5)


@pytest.fixture(scope="module")
def found(history: History) -> Backtest:
    return backtest(history, SETTINGS, AS_OF, dates=4)


def groups_of(found: Backtest) -> pd.DataFrame:
    ids = found.windows[0].timeline.case_ids
    frame = pd.DataFrame({"case_id": pd.Series(ids, dtype="str")})
    return frame.assign(county=["A" if n % 3 else "B" for n in range(len(frame))], sex="女")


def test_wilson_of_worked_examples() -> None:
    """5 of 10 lies within .237 and .763; nothing of nothing is unknown."""
    low, high = wilson(np.array([0.5, 0.0]), np.array([10, 0]))
    assert low[0] == pytest.approx(0.2366, abs=1e-4)
    assert high[0] == pytest.approx(0.7634, abs=1e-4)
    assert np.isnan(low[1])


def test_groups_add_up(found: Backtest) -> None:
    """Each dimension holds every row once; recall, that of any tier, lies in its interval."""
    tiers = graded(found, load_settings().tiers)
    table = fairness(found, groups_of(found), tiers)
    rows = sum(len(window.cohort) for window in found.windows)
    assert table.groupby("dimension")["cases"].sum().tolist() == [rows, rows]
    some = table[table["events"] > 0]
    assert (some["recall_low"] <= some["recall"]).all()
    assert (some["recall"] <= some["recall_high"]).all()
    warned = rules_table(found, tiers).set_index("name").loc["any_tier", "recall"]
    (recall,) = table.loc[table["dimension"] == "sex", "recall"]
    assert recall == warned


def test_a_model_that_is_wrong_for_a_group_is_marked(found: Backtest) -> None:
    """Forecasts tripled for one county: not calibrated there, as before in the other."""
    groups = groups_of(found)
    in_b = set(groups.loc[groups["county"] == "B", "case_id"])
    parts = []
    for window, own in zip(found.windows, found.probabilities["default"], strict=True):
        ids = window.timeline.case_ids[window.cohort]
        parts.append(np.where([case in in_b for case in ids], np.minimum(own * 3, 0.99), own))
    wrong = dataclasses.replace(found, probabilities={**found.probabilities, "default": parts})
    table = fairness(wrong, groups, graded(wrong, load_settings().tiers))
    county = table[table["dimension"] == "county"].set_index("group")
    assert not county.loc["B", "calibrated"]


@pytest.mark.parametrize(
    ("name", "group"),
    [("才让·卓玛", "minority"), ("才让卓玛", "minority"), ("张伟", "other"), ("欧阳建国", "other"),
     ("张某", ""), ("李女士", ""), (None, "")],
)  # fmt: skip
def test_name_groups(name: str | None, group: str) -> None:
    """With or without the dot, compound surnames, masked names, none at all."""
    assert name_groups(pd.Series([name], dtype="str")).tolist() == [group]


def test_handled_cases_stand_apart(found: Backtest) -> None:
    """Rows of cases with a letter shortly before the date are counted by themselves."""
    window = found.windows[0]
    chosen = window.timeline.case_ids[window.cohort][:10]
    handled = pd.DataFrame({"case_id": chosen, "at": window.moment - pd.Timedelta(days=3)})
    table = handled_apart(found, handled).set_index("group")
    assert table.loc["handled", "cases"] >= 10
    assert table["cases"].sum() == sum(len(w.cohort) for w in found.windows)


def test_towns_that_report_little_are_named() -> None:
    """A town with one report beside towns with twenty is unknown; later reports do not count."""
    towns = ["甲镇"] * 20 + ["乙镇"] * 20 + ["丙镇"]
    records = pd.DataFrame({"town": towns, "county_code": "620723"})
    records["reported_at"] = AS_OF - pd.Timedelta(days=9)
    late = records.tail(1).assign(reported_at=AS_OF + pd.Timedelta(days=1))
    found = low_reporting(pd.concat([records, *[late] * 30]), AS_OF)
    assert found[["town", "reports"]].values.tolist() == [["丙镇", 1]]


def test_a_town_of_which_nothing_comes_is_named() -> None:
    """高台县's other towns, and one whose two records tell no county; nothing where names differ."""
    towns = ["宣化镇"] * 20 + ["巷道乡"] * 20 + ["甘浚镇"] * 2
    records = pd.DataFrame({"town": towns, "county_code": ["620724"] * 40 + [None] * 2})
    records["reported_at"] = AS_OF - pd.Timedelta(days=9)
    found = low_reporting(records, AS_OF, ["620724", "620702"]).set_index("town")
    assert found.loc["甘浚镇", ["county_code", "reports", "median"]].tolist() == ["620702", 2, 20]
    assert found.loc[["骆驼城镇", "沙井镇"], "reports"].tolist() == [0, 0]
    assert found.index.intersection(["宣化镇", "巷道镇", "巷道乡"]).empty
    assert low_reporting(records, AS_OF)["county_code"].tolist() == [""]
    villages = records.assign(town=records["town"].replace("宣化镇", "东沟村"))
    assert set(low_reporting(villages, AS_OF, ["620724"])["town"]) == {"甘浚镇"}


def test_a_report_without_county_and_town_has_those_of_its_incident_and_place() -> None:
    """The town is the place above the door; what a record tells itself stays."""
    records = pd.DataFrame(
        {"channel": "110", "record_id": ["1", "2"], "reported_at": AS_OF,
         "county_code": [None, "620724"], "town": [None, "宣化镇"]}
    )  # fmt: skip
    keys = records[["channel", "record_id"]]
    links = SimpleNamespace(
        incidents=pd.DataFrame({"incident_id": ["i"], "county_code": ["620702"]}),
        incident_links=keys.assign(incident_id="i"),
        place_links=keys.assign(place_id="door"),
        places=pd.DataFrame(
            {"place_id": ["door", "village", "town"], "parent_id": ["village", "town", None],
             "grain": ["room", "village", "town"], "text": ["甘浚镇下沟村1号", "甘浚镇下沟村", "甘浚镇"]}
        ),
    )  # fmt: skip
    found = located(records, cast(Links, links))
    assert found["county_code"].tolist() == ["620702", "620724"]
    assert found["town"].tolist() == ["甘浚镇", "宣化镇"]
    links.places = links.places.head(0)
    alone = located(records.assign(town=None), cast(Links, links))
    assert low_reporting(alone, AS_OF, ["620702"]).empty


def test_a_towns_kind_is_told_by_its_ending() -> None:
    """蒋村街道 is urban; a name without ending is looked up; of no town the village's is read."""
    towns = ["蒋村街道", "蒋村", "甘浚镇", "白银蒙古族乡", "西乡街道办事处", None, None]
    records = pd.DataFrame({"record_id": list("1234567"), "channel": "110", "town": towns})
    records = records.assign(county_code="330106", reported_at=AS_OF)
    places = {"place_id": ["P6", "V6", "P7"], "parent_id": ["V6", None, None],
              "grain": ["room", "village", "poi"], "text": ["周村1号", "周村社区", "镇江饭店"]}  # fmt: skip
    links = SimpleNamespace(
        incident_links=records[["record_id", "channel"]].assign(incident_id="I"),
        place_links=records[["record_id", "channel"]].assign(place_id=[*[None] * 5, "P6", "P7"]),
        incidents=pd.DataFrame({"incident_id": ["I"], "county_code": ["330106"]}),
        places=pd.DataFrame(places),
    )
    told = ["urban", "urban", "town", "rural", "urban", "urban", ""]
    assert town_kinds(records, cast(Links, links)).tolist() == told


def test_the_complainants_sex_is_that_of_a_valid_number_else_the_one_written() -> None:
    """As the linker reads it; a channel without a column of sex was unknown as a whole."""
    records = pd.DataFrame({"record_id": list("1234"), "channel": "110", "reported_at": AS_OF})
    number = "33010619800101002"
    parties = records[["record_id", "channel"]].assign(
        party_no="1", role_code="reporter", name=["张伟", "张伟", "李女士", None],
        gender=[None, "男性", None, None],
        id_number=[number + check_digit(number), number + "?", None, None],
    ).astype("str")  # fmt: skip
    links = SimpleNamespace(
        incident_links=records[["record_id", "channel"]].assign(incident_id=records["record_id"]),
        place_links=pd.DataFrame(columns=["record_id", "channel", "place_id"], dtype="str"),
        incidents=pd.DataFrame({"incident_id": records["record_id"], "county_code": "330106"}),
        places=pd.DataFrame(columns=["place_id", "parent_id", "grain", "text"], dtype="str"),
        case_incidents=pd.DataFrame({"case_id": list("1234"), "incident_id": list("1234")}),
        cases=pd.DataFrame({"case_id": list("1234"), "county_code": "330106"}),
    )
    groups = case_groups(records, parties, cast(Links, links))
    assert groups["sex"].tolist() == ["女", "男", "女", ""]


def test_tiers_beside_rules(found: Backtest) -> None:
    """Higher tiers recur more; the model beats the rule at the rule's own number of alerts."""
    rows = graded(found, load_settings().tiers)
    table = tier_table(rows).set_index("tier")
    assert table["cases"].sum() == len(rows)
    assert table["recall"].sum() == pytest.approx(1)
    assert table.loc["blue", "precision"] > table.loc["none", "precision"]
    rules = rules_table(found, rows).set_index("name")
    for rule in ("rule_3_in_90", "rule_3_in_365"):
        assert rules.loc[f"default_at_{rule}", "alerts"] == rules.loc[rule, "alerts"]
    assert rules["lead_days"].dropna().between(0, SETTINGS.horizon_days).all()


#: Days before the date (after it: below 0) of each case's incidents.
COUNTED_BY_HAND = {
    0: [10, 40, 80, -12],  # three in 90 days; recurs on the 12th day
    1: [10, 40, 100, -5],  # two, and a third in the year; recurs on the 5th day
    2: [10, 40, 80],  # of three one that only a patrol found
    3: [10, 40, 60, 80],  # four
    4: [10, 40, 90],  # the third lies 90 days back, which is outside
    5: [10, 40, 80],  # a person's, of which one is a complaint
    6: [10, 40],  # two, of which one is told of twice
}


@pytest.fixture(scope="module")
def by_hand() -> Window:
    """Seven cases on one date, each incident the case's with a probability of .95."""
    rows = [(case, days) for case, all_days in COUNTED_BY_HAND.items() for days in all_days]
    moments = AS_OF - pd.to_timedelta([days for _, days in rows], unit="D")
    made = history_of(np.array([case for case, _ in rows]), pd.Series(moments))
    records = made.records.assign(
        is_discovered=[row == (2, 80) for row in rows],
        severity=[3 * (row == (2, 80)) for row in rows],
        is_complaint=[row == (5, 80) for row in rows],
    )
    again = records.tail(1).assign(record_id="again", channel="12345")
    return Window.at(
        History(
            pd.concat([records, again], ignore_index=True),
            made.case_incidents.assign(probability=0.95),
            made.cases.assign(kind=["person" if n == 5 else "matter" for n in range(7)]),
        ),
        AS_OF,
        SETTINGS,
    )


def test_the_rules_count_whole_incidents_as_the_tiers_do(by_hand: Window) -> None:
    """Three incidents are three, however sure it is that each is the case's."""
    facts = facts_at(by_hand.timeline, by_hand.snapshot, by_hand.cohort)
    for days, counted, warned in (
        (90, [3, 2, 2, 4, 2, 2, 2], [0, 3]),
        (365, [3, 3, 2, 4, 3, 2, 2], [0, 1, 3, 4]),
    ):
        assert facts[f"incidents_{days}"].tolist() == counted
        assert np.flatnonzero(fires(by_hand, 3, days)).tolist() == warned


def test_a_rule_forecasts_the_rates_seen_where_it_fires(by_hand: Window) -> None:
    """Of two alerts one recurred, of five others one: (1 + 1) / (2 + 2), (1 + 1) / (5 + 2)."""
    sample = Sample((by_hand,), SETTINGS, "recurrence", Reading())
    model = FITTERS["rule_3_in_90"](sample)
    chances = 1 / (1 + np.exp(-model.log_odds(sample.shown(model.features))))
    assert chances == pytest.approx([1 / 2, 2 / 7, 2 / 7, 1 / 2, 2 / 7, 2 / 7, 2 / 7])


def test_what_the_rules_are_worth_is_as_counted_by_hand(by_hand: Window) -> None:
    """Alerts, precision, recall and lead days, and the default's at as many alerts."""
    sure = np.array([0.9, 0.8, 0.1, 0.2, 0.3, 0.1, 0.1])  # the two that recur, then the fifth
    found = measured_on({}, [by_hand], {"default": [sure]}, "recurrence")
    rows = graded(found, load_settings().tiers)
    assert rows["tier"].iloc[2] == "none"  # 10% at the find's severity would be blue
    rules = rules_table(found, rows).set_index("name")
    columns = ["alerts", "precision", "recall", "lead_days"]
    assert rules.loc["rule_3_in_90", columns].tolist() == [2, 0.5, 0.5, 12]
    assert rules.loc["rule_3_in_365", columns].tolist() == [4, 0.5, 1, 8.5]
    assert rules.loc["default_at_rule_3_in_90", columns].tolist() == [2, 1, 1, 8.5]
    assert found.summary["precision_at_rule_3_in_90"].tolist() == [1]
    assert found.summary["precision_at_rule_3_in_365"].tolist() == [0.5]


def test_where_nothing_happened_there_is_nothing_to_recall() -> None:
    """Missing is missing, not 0."""
    rows = pd.DataFrame({"tier": ["red", "none"], "happened": False, "wait": float("nan")})
    assert tier_table(rows)["recall"].isna().all()
    assert _worth(rows)["recall"].isna().all()
    rows = rows.assign(happened=[False, True])
    assert tier_table(rows).set_index("tier")["recall"]["none"] == 1
    assert _worth(rows).set_index("tier")["recall"]["any"] == 0


def page_of(found: Backtest) -> BacktestPage:
    """What the page of a backtest shows."""
    rows = graded(found, load_settings().tiers)
    return BacktestPage(
        as_of=AS_OF, horizon_days=30, summary=found.summary, reliability=found.reliability,
        by_date=found.by_date, tiers=tier_table(rows), rules=rules_table(found, rows),
        fairness=fairness(found, groups_of(found), rows),
        group_names={"A": "<b>甲县</b>"}, relinked=True,
        low_reporting=pd.DataFrame(
            {"county_code": ["A"], "town": ["丙镇"], "reports": [1], "median": [20.0]}
        ),
    )  # fmt: skip


def test_the_page_says_what_its_tables_say(found: Backtest) -> None:
    """In sentences: beside the rules, beside the count, calibration; nothing from few events."""
    page = page_of(found)
    told = conclusions(page)
    summary = found.summary.set_index("model")
    gain = 100 * (
        summary.loc["default", "precision_at_rule_3_in_90"]
        - summary.loc["rule_3_in_90", "precision_at_rule_3_in_90"]
    )
    assert f"{'高' if gain >= 0 else '低'} {abs(gain):.1f} 个百分点" in told[0]
    assert "衰减计数" in told[2]
    assert f"{100 * summary.loc['default', 'ece']:.1f} 个百分点" in told[3]
    worse = summary.assign(ap=summary["ap"].where(summary.index != "default", 0.0)).reset_index()
    assert "差" in conclusions(dataclasses.replace(page, summary=worse))[2]
    silent = found.summary.assign(precision_at_rule_3_in_90=float("nan"))
    without = conclusions(dataclasses.replace(page, summary=silent))
    assert "没有预警" in without[0]
    assert without[1:] == told[1:]
    few = dataclasses.replace(page, summary=found.summary.assign(recurrences=3))
    assert len(conclusions(few)) == 1
    assert "不足以下结论" in conclusions(few)[0]


def test_the_page_is_whole_and_alone(found: Backtest) -> None:
    """One file, no request outside, every part in it; texts of data are escaped."""
    page = backtest_page(page_of(found))
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    assert "&lt;b&gt;甲县" in page
    for text in ("排序", "校准", "等级与提前量", "公平", "不明，不是安全", "丙镇", "处置"):
        assert text in page


def test_the_page_counts_silent_towns_and_lists_the_first(found: Backtest) -> None:
    """Twenty of thirty stand by name, beside the town that reports a little."""
    low = page_of(found).low_reporting
    silent = pd.DataFrame({"county_code": "", "town": [f"{n}号镇" for n in range(30)]})
    rows = pd.concat([low, silent.assign(reports=0, median=20.0)], ignore_index=True)
    page = backtest_page(dataclasses.replace(page_of(found), low_reporting=rows))
    assert "有 1 个乡镇：&lt;b&gt;甲县&lt;/b&gt;丙镇（1）。" in page
    assert "没有一条报告写明的有 30 个乡镇：0号镇、1号镇" in page
    assert "19号镇等。请核实是否漏报。" in page


def test_a_worse_model_does_not_replace(history: History) -> None:
    """Against a champion of everything, an equal wins; against noise too; noise loses."""
    champion = train(history, SETTINGS, AS_OF)
    assert isinstance(champion, AdditiveModel)
    equal = challenge(history, SETTINGS, AS_OF, champion)
    assert equal.replaces
    assert "AP" in equal.reason
    weak = challenge(history, SETTINGS, AS_OF, champion, kind="rule_3_in_90")
    assert not weak.replaces
    assert "保留旧模型" in weak.reason


def test_a_champion_for_other_windows_is_replaced(history: History) -> None:
    """What does not fit the settings cannot stay."""
    champion = dataclasses.replace(train(history, SETTINGS, AS_OF), horizon_days=90)
    assert challenge(history, SETTINGS, AS_OF, champion).replaces


@pytest.mark.parametrize(("lang", "told"), [("zh", "20.0%（10.0%–30.0%）"),
                                            ("en", "20.0% (10.0%–30.0%)")])  # fmt: skip
def test_a_card_brackets_as_its_language_does(
    lang: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interval of a group stands as on the page of a backtest."""
    monkeypatch.setenv("WARNING_LANG", lang)
    group = pd.DataFrame([{"dimension": "sex", "group": "", "cases": 50, "events": 10,
                           "recall": 0.5, "forecast": 0.2, "observed": 0.2, "low": 0.1,
                           "high": 0.3}])  # fmt: skip
    assert f"| 50% | 20.0% | {told} |" in card_markdown(load_model(), group)


def test_the_card_says_what_a_person_should_know(history: History) -> None:
    """Data, windows, figures, features with direction, limits; JSON that is JSON."""
    model = train(history, SETTINGS, AS_OF)
    text = card_markdown(model)
    for part in ("训练：", "AUC", "距上次天数", "局限", "不是特征", "恶化模型"):
        assert part in text
    content = json.loads(json.dumps(card_content(model), ensure_ascii=False))
    assert content["sha256"] == model.hash
    assert len(content["features"]) == len(model.features)
