"""The truth beside the files: the hazard, what the texts tell, and the figures made from it."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from warning.demo import quarrels
from warning.demo.city import AS_OF, City, make_city
from warning.demo.dice import Dice
from warning.demo.judged import judge
from warning.demo.narratives import HARM, WORDS, fill, hurt, template
from warning.scoring.facts import record_facts
from warning.settings import load_settings

START = pd.Timestamp("2023-01-01")


def oracle(rate: float, events: list[tuple[float, int, bool]], day: float, days: float) -> float:
    """The hazard written down as its module says it, added up in steps of a thousandth of a day."""
    known = [event for event in events if event[0] <= day]
    at = np.arange(day + 5e-4, day + days, 1e-3)
    excited = sum(
        (1 + quarrels.GRAVE * severity)
        * (quarrels.SETTLED if settled else 1.0)
        * np.exp(-(at - since) / quarrels.MEMORY)
        for since, severity, settled in known
    )
    per_day = rate * (quarrels.BASE + quarrels.JUMP * excited)
    per_day = per_day * np.where(at - known[-1][0] < quarrels.QUIET_DAYS, quarrels.QUIET, 1.0)
    return float(1 - np.exp(-per_day.sum() * 1e-3))


@pytest.mark.parametrize("days", [0.5, 30.0, 90.0])
@pytest.mark.parametrize("as_of", [10.25, 40.0, 300.0])
def test_the_hazard_is_the_process_own(as_of: float, days: float) -> None:
    """The closed form equals the sum over small steps: settled or not, just after an event or long."""
    events = [(3.0, 0, False), (9.5, 2, False), (39.5, 3, True), (400.0, 4, False)]
    truth = SimpleNamespace(
        truth_quarrels=pd.DataFrame({"matter_id": ["M0"], "rate": [1.3], "worsening": [0.2]}),
        truth_events=pd.DataFrame(
            {
                "matter_id": "M0",
                "occurred_at": [START + pd.Timedelta(days=event[0]) for event in events],
                "severity": [event[1] for event in events],
                "settled": [event[2] for event in events],
            }
        ),
    )
    found = quarrels.hazard(truth, START + pd.Timedelta(days=as_of), days)
    assert found["probability"].item() == pytest.approx(oracle(1.3, events, as_of, days), rel=1e-3)


def test_one_more_event_never_lowers_the_hazard() -> None:
    """Also one that was settled: as the product promises of its own scores."""
    events = pd.DataFrame(
        {
            "matter_id": "M0",
            "occurred_at": START + pd.to_timedelta([3.0, 30.0, 50.0], unit="D"),
            "severity": [3, 0, 0],
            "settled": [False, False, True],
        }
    )
    own = pd.DataFrame({"matter_id": ["M0"], "rate": [1.0], "worsening": [0.2]})
    as_of = START + pd.Timedelta(days=52)
    chances = [
        quarrels.hazard(
            SimpleNamespace(truth_quarrels=own, truth_events=events.head(count)), as_of
        )["probability"].item()
        for count in (1, 2, 3)
    ]
    assert chances == sorted(chances)


def test_the_hazard_is_calibrated_and_ranks() -> None:
    """As many quarrels break out again as it says, in each fifth of it."""
    city = make_city(12_000, seed=4)
    parts = []
    for day in range(365, 690, 45):
        as_of = START + pd.Timedelta(days=day)
        later = city.truth_events[
            (city.truth_events["occurred_at"] > as_of)
            & (city.truth_events["occurred_at"] <= as_of + pd.Timedelta(days=30))
        ]
        known = quarrels.hazard(city, as_of)
        parts.append(known.assign(again=known["matter_id"].isin(later["matter_id"])))
    frame = pd.concat(parts)
    grade = pd.qcut(frame["probability"], 5, labels=False)
    groups = frame.groupby(grade)[["probability", "again"]].agg(["mean", "size"])
    error = np.sqrt(groups["probability", "mean"] / groups["again", "size"])
    assert ((groups["probability", "mean"] - groups["again", "mean"]).abs() < 4 * error).all()
    assert groups["again", "mean"].is_monotonic_increasing


def test_the_hazard_table_is_the_function(city: City) -> None:
    """At its dates, of quarrels with an event in the year before; 90 days hold 30."""
    table = city.truth_hazard
    assert (table["probability"] <= table["probability_90"]).all()
    assert (table["worse"] <= table["probability"]).all()
    as_of = table["as_of"].iloc[-1]
    assert as_of + pd.Timedelta(days=28) <= AS_OF
    found = quarrels.hazard(city, as_of, 30).set_index("matter_id")["probability"]
    there = table[table["as_of"] == as_of].set_index("matter_id")["probability"]
    assert np.allclose(found.loc[there.index], there)


def test_quarrels_recur_worsen_and_settle(city: City) -> None:
    """A self-exciting process: clustered, graver with every event, quieter after a settlement."""
    events = city.truth_events.sort_values(["matter_id", "occurred_at"], kind="stable")
    number = events.groupby("matter_id").cumcount()
    assert events["severity"][number >= 3].mean() > events["severity"][number == 0].mean() + 0.2
    gaps = events.groupby("matter_id")["occurred_at"].diff().dt.total_seconds() / 86_400
    assert gaps.median() < 731 / 8
    sizes = events.groupby("matter_id").size()
    again = sizes - 1
    assert again.var() > 2 * again.mean()  # far from a Poisson process
    assert sizes.max() < 120
    settled = events.groupby("matter_id")["settled"].shift()
    first = number == 1
    assert gaps[first & settled.eq(True)].mean() > gaps[first & settled.eq(False)].mean()


def test_a_mention_is_what_stands_at_its_place(city: City, records: pd.DataFrame) -> None:
    """The characters of the span are the mention; who stands in a column is not told only there."""
    texts = records.set_index(["channel", "record_id"])["narrative"].to_dict()
    truth = city.truth_mentions
    for row in truth.itertuples():
        assert texts[row.channel, row.record_id][row.start : row.end] == row.text
    named = set(zip(city.truth_parties["record_id"], city.truth_parties["entity_id"], strict=True))
    here = [key in named for key in zip(truth["record_id"], truth["entity_id"], strict=True)]
    assert (truth["only_told"].to_numpy() == ~np.array(here)).all()
    assert set(truth["kind"]) == {"person", "organisation", "kinship"}
    assert 0.1 < truth["only_told"].mean() < 0.7
    nobody = ~records["record_id"].isin(truth["record_id"])
    assert nobody.mean() > 0.08


def test_texts_have_many_forms(records: pd.DataFrame) -> None:
    """No form makes up a large part of a channel; denials and prices are among them."""
    for channel, group in records.groupby("channel"):
        starts = group["narrative"].str[:5]
        assert starts.value_counts(normalize=True).iloc[0] < 0.3, channel
        assert starts.nunique() > 20, channel
    for words in ("未持刀", "杀价", "无人受伤", "否认"):
        assert records["narrative"].str.contains(words).any(), words


@pytest.mark.parametrize("severity", range(5))
def test_texts_say_the_severity(severity: int) -> None:
    """What the words of a grade say is read as that grade by the scoring's lexicon."""
    texts = [phrase.format(a="张三", b="李四") for phrase in HARM[severity]]
    frame = pd.DataFrame({"channel": "110", "record_id": texts, "narrative": texts})
    assert (record_facts(frame, load_settings())["severity"] == severity).all()


def test_every_kind_has_texts_and_numbers_of_the_hurt() -> None:
    """Each template fills without a gap; a denial hurts nobody."""
    dice = Dice(3)
    for kind in WORDS:
        for channel in ("110", "12345", "网格", "诉调"):
            values = {"a": "甲", "b": "乙", "c": "丙", "x": "事", "p": "地", "t": "时"}
            text, found = fill(template(kind, channel, 1, True, dice), values)
            assert "{" not in text
            assert all(text[m.start : m.end] == values[m.key] for m in found)
    assert [hurt(text) for text in ("无人受伤", "张三受伤", "没有造成人员受伤，李四头部流血")] == [
        0,
        1,
        1,
    ]


def truth_as_links(city: City) -> dict[str, pd.DataFrame]:
    """A perfect linking: the truth in the shape of links."""
    parties = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    matters = city.truth_quarrels["matter_id"]
    return {
        "party_links": parties[["channel", "record_id", "party_no", "entity_id", "entity_type"]],
        "place_links": city.truth_places,
        "incident_links": city.truth_incidents,
        "mentions": city.truth_mentions.loc[
            city.truth_mentions["only_told"], ["channel", "record_id", "start", "end", "entity_id"]
        ],
        "cases": pd.DataFrame({"case_id": matters, "kind": "matter"}),
        "case_incidents": city.truth_matters.rename(columns={"matter_id": "case_id"}),
    }


def test_a_perfect_linking_scores_one(city: City) -> None:
    """The truth judged against itself: every share is 1, the minority's difference 0."""
    quality = judge(city, **truth_as_links(city)).set_index("what")
    shares = quality.drop(columns="rows").drop(index="minority less other")
    assert np.allclose(shares.fillna(1.0), 1.0)
    assert np.allclose(quality.loc["minority less other"].drop("rows"), 0.0)
    assert {"people", "masked parties", "organisations", "places (room)", "places (poi)",
            "incidents", "matters", "mentions", "told parties"} <= set(quality.index)  # fmt: skip


SPOILT: list[tuple[str, str, Callable[[pd.DataFrame], pd.DataFrame], list[str], str]] = [
    ("everybody is one", "party_links", lambda f: f.assign(entity_id="p"), ["people"], "precision"),
    ("everybody is alone", "party_links",
     lambda f: f.assign(entity_id=[f"p{k}" for k in range(len(f))]), ["people", "masked parties"],
     "recall"),
    ("every call is an event", "incident_links",
     lambda f: f.assign(incident_id=[f"i{k}" for k in range(len(f))]), ["incidents"], "recall"),
    ("no place is known again", "place_links",
     lambda f: f.assign(place_id=[f"l{k}" for k in range(len(f))]), ["places (room)"], "recall"),
    ("no matter is known", "cases", lambda f: f.assign(kind="place"), ["matters"], "recall"),
    ("spans are off", "mentions", lambda f: f.assign(end=f["end"] + 7), ["mentions"], "precision"),
    ("half the mentions are missed", "mentions", lambda f: f.iloc[::2],
     ["mentions", "told parties"], "recall"),
]  # fmt: skip


@pytest.mark.parametrize("what, table, spoil, rows, column", SPOILT, ids=[row[0] for row in SPOILT])
def test_a_spoilt_linking_scores_less(
    city: City, what: str, table: str, spoil: Callable[[pd.DataFrame], pd.DataFrame],
    rows: list[str], column: str,
) -> None:  # fmt: skip
    """Each figure falls where its links are spoilt: none is a constant."""
    links = truth_as_links(city)
    links[table] = spoil(links[table])
    quality = judge(city, **links).set_index("what")
    assert (quality.loc[rows, column] < 0.8).all(), what
