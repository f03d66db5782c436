"""Which incidents are one matter, told as small stories."""

import tracemalloc

import pandas as pd
import pytest

from warning.matching.cases import asking_of, with_times
from warning.matching.matters import BRAWL, matters_of, opposed
from warning.settings.matching_incidents import CasesSettings

SETTINGS = CasesSettings()
FEUD = [(name, "王:claimant 李:respondent", "家", "0201") for name in ("i1", "i2")]


def matters(*stories: tuple[str, str, str, str], turned: bool = False) -> pd.DataFrame:
    """The matters of (incident, parties, place or nothing, category), a day apart, by incident.

    A party with ``:aside`` stands aside; a slash stands between reports of one incident.
    """
    incidents = pd.DataFrame(stories, columns=["incident_id", "parties", "place", "category"])
    days = pd.to_timedelta(range(len(incidents)), unit="D")
    incidents["reported_at"] = pd.Timestamp("2024-01-01") + days
    rows = [
        (incident, f"{incident}.{number}", name, role, aside != "")
        for incident, parties in zip(incidents["incident_id"], incidents["parties"], strict=True)
        for number, report in enumerate(parties.split("/"))
        for name, role, aside in (f"{party}::".split(":")[:3] for party in report.split())
    ]
    columns = ["incident_id", "record_id", "entity_id", "role_code", "aside"]
    who = pd.DataFrame(rows, columns=columns)
    links = who[["record_id", "incident_id"]].drop_duplicates().assign(channel="110")
    asking = asking_of(links, who.drop(columns="incident_id").assign(channel="110"))
    who = who.drop(columns="record_id").drop_duplicates(["incident_id", "entity_id", "role_code"])
    who["entity_type"] = [
        "organisation" if len(name) > 1 else "person" for name in who["entity_id"]
    ]
    where = incidents.loc[incidents["place"] != "", ["incident_id", "place"]]
    where = where.rename(columns={"place": "place_id"}).assign(probability=1.0)
    who = with_times(who.assign(probability=1.0))
    step = -1 if turned else 1
    found = matters_of(
        incidents[::step].reset_index(drop=True),
        who[::step],
        asking[::step],
        where[::step],
        SETTINGS,
    )
    return found.set_index("incident_id")


@pytest.mark.parametrize(
    ("parties", "place", "category", "joins"),
    [
        pytest.param("李:respondent 王:claimant", "", "05", 1.0, id="the same two, whatever else"),
        pytest.param("赵:reporter 李:respondent", "家", "0202", 0.89, id="a neighbour calls"),
        pytest.param("赵:claimant 李:respondent", "家", "0202", 0.89, id="another complains"),
        pytest.param("王:claimant", "家", "0201", 0.96, id="one party at the place"),
        pytest.param("王:claimant", "店", "0201", 0.93, id="one person elsewhere"),
        pytest.param("王:claimant", "", "0201", 0.93, id="one person, no place"),
        pytest.param("王:claimant", "家", "0501", None, id="another kind"),
        pytest.param("赵:claimant 李:respondent", "店", "0202", None, id="others elsewhere"),
        pytest.param("王:claimant 赵:respondent", "家", "0201", None, id="another respondent"),
        pytest.param("赵:claimant", "家", "0201", None, id="a stranger at the place"),
        pytest.param("赵:claimant 物业:respondent", "家", "0201", None, id="an organisation"),
    ],
)
def test_an_incident_joins_a_feud_or_not(
    parties: str, place: str, category: str, joins: float | None
) -> None:
    """And by how much, where it does."""
    found = matters(*FEUD, ("i3", parties, place, category))
    assert found["case_id"].nunique() == (2 if joins is None else 1)
    if joins is not None:
        assert found.loc["i3", "probability"] == pytest.approx(joins)
        assert set(found["subject"]) == {"李+王"}


def test_who_complains_elsewhere_too_is_somebody() -> None:
    """赵 stands in two incidents: his quarrel with 李 is his own, not 王's."""
    found = matters(
        *FEUD,
        ("i3", "赵:claimant 李:respondent", "家", "0201"),
        ("i4", "赵:claimant 周:respondent", "店", "0501"),
    )
    assert found["case_id"].nunique() == 3


def test_a_key_of_two_matters_tells_nothing() -> None:
    """王 quarrels with 李 and with 赵 about the same kind: 王 alone could be either."""
    other = [(f"i{n}", "王:claimant 赵:respondent", "家", "0201") for n in (3, 4)]
    found = matters(*FEUD, *other, ("i5", "王:claimant", "家", "0201"), ("i6", "王:claimant", "", "0201"))  # fmt: skip
    assert found["case_id"].nunique() == 4


def test_an_operator_on_every_ticket_joins_nothing() -> None:
    """He stands in one matter by mistake: his other tickets are not that matter."""
    tickets = [(f"t{n}", "王:reporter", "", "0201") for n in range(SETTINGS.busy)]
    assert matters(*FEUD, *tickets)["case_id"].nunique() == 1 + len(tickets)
    assert matters(*FEUD, *tickets[:9])["case_id"].nunique() == 1


def test_a_child_and_a_scene_take_no_part_from_who_calls() -> None:
    """罗 and 龚 quarrel, whoever of the child and the school is named beside: one matter."""
    stories = [("罗:reporter 龚:respondent" + more, "", "03") for more in (
        " 雨:party:aside", " 小学:respondent:aside", " 雨:party:aside", "")]  # fmt: skip
    named = [(f"i{number}", *story) for number, story in enumerate(stories)]
    assert matters(*named)["case_id"].nunique() == 1
    # With another the child is in another quarrel, and so is the father with the school itself.
    others = [("j1", "罗:reporter 马:respondent 雨:party:aside", "", "03"),
              ("j2", "罗:reporter 小学:respondent", "", "12")]  # fmt: skip
    assert matters(*named, *others)["case_id"].nunique() == 3


def test_who_calls_about_two_others_is_no_party() -> None:
    """A neighbour of two who quarrel, or of their children."""
    for children in ("", ":aside"):
        parties = f"赵:reporter 甲:party{children} 乙:party{children}"
        found = matters(("i1", parties, "", "03"), ("i2", parties, "", "03"))
        assert set(found["subject"]) == {"乙+甲"}


def test_where_both_sides_report_the_same_two_are_one_matter() -> None:
    """By 110 or by tickets, wherever; also where a neighbour called about both."""
    called = "王:reporter 李:respondent / 李:reporter 王:respondent"
    claimed = called.replace("reporter", "claimant")
    stories = [(called, "店", "0201"), (claimed, "", "05"), ("王:reporter 李:respondent", "家", "03"),
               ("赵:reporter 王:respondent 李:respondent / 王:claimant 李:respondent", "", "07")]  # fmt: skip
    feud = [(f"i{number}", *story) for number, story in enumerate(stories)]
    found = matters(*feud)
    assert found["case_id"].nunique() == 1
    assert set(found["subject"]) == {"李+王"}
    # 周 is the wife of 李: 王 called about both, 李 about 王. Her own call about 李 is no part of it.
    couple = ("j1", "周:respondent " + called, "家", "02")
    found = matters(*feud, couple, ("j2", "周:reporter 李:respondent", "", "01"))
    assert found["case_id"].nunique() == 2
    assert found.loc["j2", "case_id"] not in set(found["case_id"].drop("j2"))


@pytest.mark.parametrize("parties", [
    pytest.param("王:reporter / 赵:reporter 王:respondent 李:respondent", id="one calls"),
    pytest.param("王:reporter / 赵:claimant 王:respondent 李:respondent", id="a ticket"),
    pytest.param("王:reporter / 李:reporter / 赵:reporter 王:respondent 李:respondent", id="both"),
    pytest.param("王:reporter 赵:respondent / 李:reporter 赵:respondent"
                 " / 赵:reporter 王:respondent 李:respondent", id="each about the third"),
])  # fmt: skip
def test_two_of_whom_a_third_complains_are_no_pair_though_they_call(parties: str) -> None:
    """王 and 李 owe 赵, of whom they name nobody or him; they are at odds with each other at home."""
    quarrels = [(name, "李:reporter 王:respondent", "", "0101") for name in ("v", "w")]
    found = matters(("i1", parties, "店", "05"), *quarrels)
    assert found["case_id"].nunique() == 2
    assert found.loc["v", "case_id"] == found.loc["w", "case_id"]
    assert set(found.loc[["v", "w"], "subject"]) == {"李+王"}


def test_complaints_about_an_organisation_stay_those_of_their_people() -> None:
    """Ten customers who each come once are ten matters."""
    names = "甲乙丙丁戊己庚辛壬癸"
    stories = [(f"i{who}", f"{who}:claimant 物业:respondent", "小区", "04") for who in names]
    assert matters(*stories)["case_id"].nunique() == 10


def test_the_order_of_rows_is_irrelevant() -> None:
    """Ids, subjects and probabilities are those of the same rows turned round."""
    stories = [
        *FEUD,
        ("i3", "赵:reporter 李:respondent", "家", "0202"),
        ("i4", "王:claimant", "", "0201"),
        ("i5", "王:claimant 周:respondent", "家", "0201"),
    ]
    there = matters(*stories)
    pd.testing.assert_frame_equal(there, matters(*stories, turned=True).loc[there.index])


@pytest.mark.parametrize("side", [1, 0])
def test_a_crowd_takes_no_pairs_of_its_people(side: int) -> None:
    """Who complains together opposes nobody, nor does anybody where no side is told of so many."""
    names = [f"p{number}" for number in range(2000)]
    crowd = pd.DataFrame({"incident_id": "i1", "entity_id": names, "entity_type": "person",
                          "side": side, "probability": 1.0, "times": 1})  # fmt: skip
    other = crowd.iloc[:1].assign(entity_id="q", side=2, times=2)
    tracemalloc.start()
    nobody = pd.DataFrame(columns=["incident_id", "entity_id", "entity_id_other"], dtype=str)
    pairs = opposed(pd.concat([crowd, other]), nobody)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()
    assert set(pairs["subject"]) == {f"{name}+q" for name in names}
    few = opposed(crowd.iloc[:BRAWL], nobody)
    assert len(few) == (0 if side else BRAWL * (BRAWL - 1) // 2)
