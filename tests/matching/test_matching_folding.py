"""Who is told very often is one person, however large the blocks that he fills."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import warning
from tests.matching.test_matching_persons import (
    FULL,
    ID_TWO,
    OTHERS,
    Row,
    linked,
    parties_and_records,
)
from warning.matching.explain import case_links
from warning.matching.linker.folding import MANY
from warning.matching.linker.linkage import link_rows
from warning.matching.linker.verdicts import learned_weights
from warning.matching.links import Previous
from warning.matching.person_comparisons import person_specification
from warning.matching.persons import link_persons, linking_frame, standardise_people
from warning.matching.relations import PersonRelations, opposite_sides
from warning.reading import from_frames
from warning.records import RECORD
from warning.settings import load_settings
from warning.settings.matching import MatchingSettings

CAP = MatchingSettings().block_cap
BARE = {key: value for key, value in FULL.items() if key != "id_number"}
KINDS = ("01", "02", "03", "0101")


def often(row: Row, times: int = CAP + 10, places: int = 1, **more: Any) -> list[Row]:
    """One person, told so many times, about quarrels of four kinds at so many places."""
    return [
        {**row, "place": f"l-{k % places}", "category": KINDS[k // places % 4], **more}
        for k in range(times)
    ]


def people(rows: list[Row], **decisions: Any) -> int:
    """How many people these rows are."""
    return len(set(linked(rows, **decisions)[0]))


@pytest.mark.parametrize(
    ("row", "places"), [(FULL, CAP + 10), (BARE, 1)], ids=["everywhere", "at home"]
)
def test_whoever_is_told_more_often_than_a_block_holds_is_one(row: Row, places: int) -> None:
    """Not a pair of his is compared in a block, and still he is one."""
    assert people(often(row, places=places)) == 1


#: How a hotline writes down a caller: a surname with a title and a phone.
LADY: Row = {"name": "罗女士", "phone": "13900000007", "gender": "女"}


@pytest.mark.parametrize(("times", "places"), [(MANY + 5, 1), (CAP + 10, 1), (CAP + 10, CAP + 10)])
def test_a_caller_with_a_title_and_a_phone_is_one_however_often_she_calls(
    times: int, places: int
) -> None:
    """No report gives her whole name, and her calls make up most of the table."""
    others: list[Row] = [{"name": f"钱{a}{b}"} for a in "永春明志文" for b in "梅强山芳"]
    found, _ = linked(often(LADY, times, places) + others)
    assert len(set(found)) == 1 + len(others)


@pytest.mark.parametrize("named", [True, False])
def test_a_phone_alone_is_certain_where_somebody_is_named_with_it(named: bool) -> None:
    """Nobody knows whose calls those of a line are that no report names."""
    owner: list[Row] = [{**LADY, "name": "罗秀英"}] if named else []
    rows = [*often({"phone": LADY["phone"]}, 2), *owner]
    parties, records, places = parties_and_records(rows)
    standard = standardise_people(parties, records, places, 6)
    frame = linking_frame(standard.frame.reset_index(drop=True))
    assert frame["certain"][:2].notna().tolist() == [named, named]
    assert frame["certain"][0] == frame["certain"][1] or not named


@pytest.mark.parametrize(
    ("more", "certain"),
    [
        ([], True),
        ([{**LADY, "name": "罗秀英"}, {**LADY, "name": "罗秀瑛"}], True),
        ([{"name": "罗建国", "gender": "男", "phone": LADY["phone"]}] * 2, True),
        ([{**LADY, "name": "罗秀英"}, {**LADY, "name": "罗玉兰"}], False),
        ([{**LADY, "name": f"{surname}女士"} for surname in "王李张"], False),
    ],
    ids=["alone", "a slip", "a man of the house", "two women", "a desk"],
)
def test_a_surname_with_a_phone_is_certain_where_it_is_nobody_elses(
    more: list[Row], certain: bool
) -> None:
    """Two women of one surname, or the line of a desk, leave it to the evidence."""
    parties, records, places = parties_and_records([*often(LADY, 2), *more])
    standard = standardise_people(parties, records, places, 6)
    frame = linking_frame(standard.frame.reset_index(drop=True))
    assert frame["certain"][:2].notna().tolist() == [certain, certain]
    assert frame["certain"][0] == frame["certain"][1] or not certain


def test_a_new_phone_and_a_report_without_a_number_do_not_part_him() -> None:
    """The number holds them together; who has name and phone alone has the number of both."""
    rows = often(FULL) + often({**FULL, "phone": "13700000009"}) + often(BARE)
    assert people(rows) == 1


def test_others_are_found_to_be_him_as_if_he_were_told_seldom() -> None:
    """A slip in the name, a name at his home, and a surname that faces his neighbour."""
    near = [
        {**FULL, "name": FULL["name"][:-1] + "囯"},
        {"name": FULL["name"], "place": "l-0", "category": "02"},
        {"name": FULL["name"][0] + "某", "role": "respondent", "record": "m", "place": "l-0"},
        {"name": "钱梅强", "phone": "13500000003", "role": "claimant", "record": "m", "place": "l-0"},
    ]  # fmt: skip
    facing = [
        row
        for k in range(CAP + 10)
        for row in (
            {**FULL, "role": "respondent", "record": f"f{k}", "place": "l-0"},
            {"name": "钱梅强", "phone": "13500000003", "role": "claimant", "record": f"f{k}",
             "place": "l-0"},
        )
    ]  # fmt: skip
    seldom, _ = linked(near + facing[:6])
    found, _ = linked(near + facing)
    assert found[:4] == seldom[:4]
    assert len(set(found)) == 2


def test_nobody_else_becomes_him() -> None:
    """A number that was copied to another name, and a namesake with a number, stay whom they are."""
    copied = often({"name": "孙永梅", "id_number": FULL["id_number"], "phone": "13600000004"})
    namesake = often({"name": FULL["name"], "id_number": ID_TWO, "phone": "13600000005"})
    found, _ = linked(often(FULL) + copied + namesake)
    few, _ = linked(often(FULL, 3) + often(copied[0], 3) + often(namesake[0], 3))
    assert len(set(found)) == len(set(few))
    assert found[0] != found[-1]


def test_a_phone_and_name_beside_two_numbers_are_nobodys_for_certain() -> None:
    """Two valid numbers with one name and one phone are two people; who has none is one of them."""
    two = often(FULL) + often({**FULL, "id_number": ID_TWO})
    others: list[Row] = [{"name": f"钱{a}{b}"} for a in "永春明志文建国" for b in "梅强山芳兰军红"]
    assert people(two + often(BARE, 3) + others) == 2 + len(others)


def test_a_number_that_was_copied_keeps_two_people_apart_however_few_others_there_are() -> None:
    """Most true pairs of the table are of the two: that names differ is not what such pairs show."""
    copied = {"name": "李红梅", "id_number": FULL["id_number"], "phone": "13600000004"}
    others: list[Row] = [
        {"name": f"钱{a}{b}", "phone": f"135000000{a_place}{b_place}"}
        for a_place, a in enumerate("永春明志文建国成立")
        for b_place, b in enumerate("梅强山芳兰军红花月")
    ]
    found, _ = linked(often(FULL, 30, 5) + often(copied, 30, 5) + others)
    assert len(set(found[:30])) == len(set(found[30:60])) == 1
    assert found[0] != found[30]


def test_whoever_is_caller_and_party_of_every_report_is_two_at_most() -> None:
    """Each report names him twice; as caller he is one, and as party."""
    rows = [
        {**row, "record": f"b-{place}", "role": role}
        for place, row in enumerate(often(FULL, CAP // 2, 5))
        for role in ("caller", "respondent")
    ]
    found, _ = linked(rows)
    assert len(set(found)) == 2
    assert len(set(found[::2])) == 1


def test_verdicts_on_rows_that_say_the_same_hold() -> None:
    """One is the same as somebody else, the other is not: they are no longer one for certain."""
    rows = [*often(FULL, 60), {"name": FULL["name"][0] + "某", "phone": "13900000001"}]
    found, _ = linked(rows, same=[(0, 60)], different=[(1, 60)])
    assert found[0] == found[60]
    assert found[1] != found[60]


@pytest.mark.parametrize(
    ("row", "times", "others"), [(FULL, MANY, 20), (BARE, MANY, 0), (BARE, CAP + 10, 20)]
)
def test_who_makes_up_most_of_a_small_table_is_one(row: Row, times: int, others: int) -> None:
    """What two of his rows look like is not taken for what two people look like."""
    more = [{"name": f"钱{a}{b}"} for a in "永春明志文" for b in "梅强山芳"][:others]
    parties, records, places = parties_and_records([*often(row, times), *more])
    standard = standardise_people(parties, records, places, 6)
    found = link_persons(standard, MatchingSettings())
    assert len(set(found.cluster[:times])) == 1
    assert len(set(found.cluster)) == 1 + others


def test_a_verdict_parts_two_of_very_many() -> None:
    """The two are apart, the others stay together."""
    rows = often(FULL)
    found, _ = linked(rows, different=[(3, 7)])
    assert found[3] != found[7]
    assert len(set(found) - {found[3], found[7]}) <= 1
    assert max(found.count(one) for one in set(found)) >= len(rows) - 2


def test_whoever_stands_on_both_sides_of_a_report_is_two_there() -> None:
    """A clerk copied him to the other side: nobody knows which one he is."""
    both = [{**FULL, "record": "b", "role": role} for role in ("claimant", "respondent")]
    found, _ = linked(often(FULL) + both)
    assert found[-1] != found[-2]
    assert len(set(found[:-2])) == 1


def test_every_one_of_very_many_has_a_link_whose_parts_sum_to_its_weight() -> None:
    """A row that stands for others is linked to each of them, in the open."""
    rows = often(FULL, places=3)
    parties, records, places = parties_and_records(rows)
    found = link_persons(standardise_people(parties, records, places, 6), MatchingSettings())
    pairs = found.pairs
    parts = [
        name for name in pairs if name not in ("left", "right", "weight", "probability", "is_link")
    ]
    assert np.abs(pairs[parts].sum(axis=1) - pairs["weight"]).max() < 1e-3
    assert set(pairs["left"]) | set(pairs["right"]) == set(range(len(rows)))
    assert (pairs["left"] < pairs["right"]).all()
    assert not pairs.duplicated(["left", "right"]).any()
    assert found.blocking["lost_pairs"].sum() == 0


def test_the_order_of_very_many_rows_does_not_matter() -> None:
    """Shuffled rows give the same people."""
    rows = (
        often(FULL, places=7) + often(BARE, 30, places=2) + [{"name": FULL["name"], "place": "l-1"}]
    )
    order = np.random.default_rng(1).permutation(len(rows))
    straight, _ = linked(rows)
    shuffled, _ = linked([rows[k] for k in order])
    assert len(set(zip(np.array(straight)[order].tolist(), shuffled, strict=True))) == len(
        set(straight)
    )


def test_a_case_without_the_row_that_stands_for_the_others_shows_their_links() -> None:
    """Each row of the case has a pair inside it, weighed as the pairs of the night are."""
    times, settings = MANY + 5, load_settings()
    keys = {"record_id": [f"r{k:02}" for k in range(times)], "channel": "110"}
    told = pd.date_range("2024-01-01", periods=times, freq="9D")
    records = pd.DataFrame({**keys, "reported_at": told, "category": "邻里纠纷"})
    parties = pd.DataFrame({**keys, "party_no": "1", **FULL, "role": "当事人"})
    parties.loc[9, "id_number"] = None
    links = warning.link(records, parties, settings)
    verdicts = pd.DataFrame(columns=["kind", "left", "right", "verdict", "user", "at"])
    previous = Previous(links.party_links, links.place_links, links.incident_links, links.cases,
                        links.case_incidents, verdicts)  # fmt: skip
    known = from_frames(records, parties, settings.channels)

    def shown(*rows: int) -> pd.DataFrame:
        mine = known.records.loc[list(rows), RECORD]
        return case_links(known.records, known.parties, previous, mine, settings)

    found = shown(3, 5, 9, 20)
    assert set(found["left"]) | set(found["right"]) == {f"110|r{k:02}|1" for k in (3, 5, 9, 20)}
    assert not found.duplicated(["left", "right"]).any()
    assert (found["left"] < found["right"]).all()
    usual = shown(0, 3).iloc[0]
    again = found[found["right"] == "110|r05|1"].iloc[0]
    assert (again["bits"], again["reasons"]) == (usual["bits"], usual["reasons"])


def test_verdicts_move_weights_of_the_same_rows_that_stand_for_others() -> None:
    """Without a verdict to learn from, the weights are those of the table that is linked."""
    rows = often(FULL, 30) + often({**FULL, "role": "respondent"}, 30)
    facing = [{"name": "钱梅强", "role": "claimant", "record": f"r{k:03}"} for k in range(35, 50)]
    parties, records, places = parties_and_records([*rows, *facing, *OTHERS[:50]])
    settings = MatchingSettings()
    people = standardise_people(parties, records, places, settings.hub_phone_names)
    frame = linking_frame(people.frame.reset_index(drop=True))
    relations = PersonRelations(
        frame, settings.person.relations, settings.relation_rounds, settings.block_cap
    )
    apart = opposite_sides(frame["record"].to_numpy(np.int64), frame["side"].to_numpy(np.int64))
    specification = person_specification(settings)
    learned = learned_weights(frame, specification, (), 1.0, apart, relations)
    alone = link_rows(frame, specification, None, (), apart, relations).weights
    assert learned.prior_bits == alone.prior_bits
    for name, own in learned.m.items():
        assert own == pytest.approx(alone.m[name])
        assert learned.u[name] == pytest.approx(alone.u[name])
