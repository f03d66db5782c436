"""Which parties are one person: what a reader can say of two rows, and what never joins."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from warning.matching.person_comparisons import (
    judge_ages,
    judge_names,
    prepared_ages,
    prepared_names,
)
from warning.matching.persons import link_people, link_persons, standardise_people
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.names import names
from warning.settings.matching import MatchingSettings
from warning.settings.matching_persons import LEVELS

ID_ONE = "00070219700101001X"
ID_TWO = "000702197001010036"
FULL = {"name": "欧阳建国", "id_number": ID_ONE, "phone": "13800000001"}
#: People who make a name's frequency, and with it its rarity, that of a town.
OTHERS = [
    {"name": f"{a}{b}{c}"}
    for a in "赵钱孙周吴郑冯陈褚卫蒋沈" for b in "永春明志文玉" for c in "梅强山芳军平兰海"
]  # fmt: skip

RELATIONS = MatchingSettings().person.relations

Row = dict[str, Any]


def parties_and_records(rows: list[Row]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """One record a row unless the row says which; the place is the row's ``place``."""
    columns = ["name", "id_number", "phone", "gender", "organisation"]
    made = [
        {
            "channel": "110", "record_id": row.get("record", f"r{k:03}"), "party_no": f"{k}",
            "role_code": row.get("role", "party"), **{c: row.get(c) for c in columns},
            "county_code": row.get("county", "620723"),
            "category_code": row.get("category", "02"),
            "place_id": row.get("place"), "grain": "room",
        }
        for k, row in enumerate(rows)
    ]  # fmt: skip
    frame = pd.DataFrame(made)
    frame = frame.astype(dict.fromkeys((*columns, "place_id"), "str"))
    once = frame.drop_duplicates(["channel", "record_id"])
    key = ["channel", "record_id"]
    parties = frame[[*key, "party_no", "role_code", *columns]]
    records = once[[*key, "county_code", "category_code"]].reset_index(drop=True)
    places = once.dropna(subset="place_id")[[*key, "place_id", "grain"]]
    return parties, records, places


def linked(rows: list[Row], **decisions: Any) -> tuple[list[int], pd.DataFrame]:
    """The cluster of each of ``rows``, among the other people, and the pairs compared."""
    parties, records, places = parties_and_records([*rows, *OTHERS])
    settings = MatchingSettings()
    people = standardise_people(parties, records, places, settings.hub_phone_names)
    cluster, probability, pairs, _ = link_people(people, settings, **decisions)
    assert len(cluster) == len(rows) + len(OTHERS)
    assert ((probability > 0) & (probability <= 1)).all()
    return cluster[: len(rows)].tolist(), pairs


def one(left: Row, right: Row) -> bool:
    found, _ = linked([left, right])
    return found[0] == found[1]


def test_the_numbers_of_these_tests_are_valid() -> None:
    """Both ID numbers pass their check, so that what follows is about evidence."""
    status = identifiers(pd.Series([ID_ONE, ID_TWO], dtype="str"))["status"]
    assert status.tolist() == ["valid", "valid"]


@pytest.mark.parametrize(
    ("what", "left", "right", "expected"),
    [
        ("same number, same name", FULL, {"name": "欧阳建国", "id_number": ID_ONE}, True),
        ("same number, sound-alike name", FULL, {"name": "欧阳建果", "id_number": ID_ONE}, True),
        ("same name, same phone", FULL, {"name": "欧阳建国", "phone": "13800000001"}, True),
        ("number with one wrong digit", FULL,
         {"name": "欧阳建国", "id_number": ID_ONE[:-2] + "2" + ID_ONE[-1]}, True),
        ("household's phone, other name", FULL,
         {"name": "王秀英", "phone": "13800000001", "place": "l-1"}, False),
        ("twins: same phone, two valid numbers", FULL,
         {"name": "欧阳建军", "id_number": ID_TWO, "phone": "13800000001"}, False),
        ("same name, two valid numbers", FULL, {"name": "欧阳建国", "id_number": ID_TWO}, False),
        ("same common name alone", {"name": "赵永梅"}, {"name": "赵永梅"}, False),
        ("a mask alone", FULL, {"name": "欧阳某某"}, False),
        ("same name in another county", {"name": "欧阳建国"},
         {"name": "欧阳建国", "county": "620702"}, False),
        ("a phone and nothing else, twice", {"phone": "13800000001"},
         {"phone": "13800000001"}, False),
    ],
)  # fmt: skip
def test_two_rows(what: str, left: Row, right: Row, expected: bool) -> None:
    """What joins two rows and what does not, either way round."""
    assert one(left, right) is expected, what
    assert one(right, left) is expected, what


@pytest.mark.parametrize(("name", "is_one"), [("马国东", True), ("陈秀英", False)])
def test_a_number_is_worth_as_much_in_a_store_of_few_reports(name: str, is_one: bool) -> None:
    """Who is told twice teaches nothing of two people; a number copied to another does."""
    rows = [{"name": "马国栋", "id_number": ID_ONE}, {"name": "秦胜利"}, {"name": "贺志刚"},
            {"name": name, "id_number": ID_ONE, "county": "620702", "category": "c2"}]  # fmt: skip
    parties, records, places = parties_and_records(rows)
    settings = MatchingSettings()
    people = standardise_people(parties, records, places, settings.hub_phone_names)
    found = link_persons(people, settings)
    assert (found.cluster[0] == found.cluster[3]) == is_one
    assert (found.weights.u["id"][0] < 1e-5) == is_one


def test_a_masked_respondent_is_known_by_who_faces_him_where_and_over_what() -> None:
    """王某 joins 王大勇 where the same claimant, place and kind of quarrel meet them."""
    rows = [
        {**FULL, "record": "a", "role": "claimant", "place": "l-1"},
        {"name": "王大勇", "record": "a", "role": "respondent", "place": "l-1"},
        {**FULL, "record": "b", "role": "claimant", "place": "l-1"},
        {"name": "王某", "record": "b", "role": "respondent", "place": "l-1"},
    ]
    found, pairs = linked(rows)
    assert found[0] == found[2]
    assert found[1] == found[3]
    pair = pairs[(pairs["left"] == 1) & (pairs["right"] == 3)].iloc[0]
    assert pair["counterpart"] > 0


def test_the_counterpart_that_is_shown_is_that_of_the_people_who_were_found() -> None:
    """The caller is known by the number, whom he complains of by him: then both face one person."""
    rows = [{"name": name, "record": f"r{k}", "role": role, **more}
            for k in range(2) for name, role, more in
            (("欧阳建国", "claimant", {"id_number": ID_ONE}), ("司马某", "respondent", {}))]  # fmt: skip
    parties, records, places = parties_and_records([*rows, *OTHERS])
    settings = MatchingSettings().model_copy(update={"relation_rounds": 1})
    people = standardise_people(parties, records, places, settings.hub_phone_names)
    found = link_persons(people, settings)
    assert found.cluster[1] == found.cluster[3]
    pair = found.pairs.set_index(["left", "right"]).loc[(0, 2)]
    assert pair["counterpart"] > RELATIONS.counterpart_alike


def test_nobody_is_whom_he_faces() -> None:
    """In a quarrel within a family 王某 fits both sides; whom he faces he is not."""
    known = {"name": "王大勇", "id_number": ID_ONE, "phone": "13800000001", "place": "l-1"}
    rows = [
        {**known, "record": "a", "role": "claimant"},
        {"name": "王秀英", "record": "a", "role": "respondent", "place": "l-1"},
        {**known, "record": "b", "role": "claimant"},
        {"name": "王某", "record": "b", "role": "respondent", "place": "l-1"},
    ]
    found, pairs = linked(rows)
    assert found[0] == found[2] != found[3]
    counterpart = pairs.set_index(["left", "right"])["counterpart"]
    assert counterpart[0, 3] == RELATIONS.counterpart_himself
    assert counterpart[1, 3] > 0


def test_kin_without_a_name_are_who_they_are_to_the_speaker() -> None:
    """The husbands of two women of one place are two, whatever word tells them; each is one man."""
    told = [
        ("A", "欧阳玉兰", "其丈夫"),
        ("B", "欧阳玉兰", "老公"),
        ("C", "司马金凤", "丈夫"),
        ("D", "司马金凤", "男子"),
    ]
    rows = [
        {"record": record, "role": role, "name": name, "place": "home"}
        for record, wife, husband in told
        for role, name in (("claimant", wife), ("respondent", husband))
    ]
    parties, records, places = parties_and_records([*rows, *OTHERS])
    people = standardise_people(parties, records, places, MatchingSettings().hub_phone_names)
    cluster = link_people(people, MatchingSettings())[0].tolist()
    assert cluster[1] == cluster[3] != cluster[5]
    assert people.frame.query("record_id == 'D'")["name"].tolist() == ["司马金凤"]


def test_who_reports_several_of_a_surname_does_not_make_them_one() -> None:
    """A village's head tells of 连有福, 连有才 and 连某: that he calls says little of who is who."""
    caller = {"name": "康大山", "phone": "13800000001", "role": "reporter"}
    rows = []
    for record, told in enumerate(["连有福", "连有才", "连某", "连有福"]):
        place = {"record": str(record), "place": f"l-{record}"}
        rows += [{**caller, **place}, {"name": told, "role": "respondent", **place}]
    found, pairs = linked(rows)
    counterpart = pairs.set_index(["left", "right"])["counterpart"]
    assert len({*found[::2]}) == 1
    assert counterpart[1, 3] == 0
    assert counterpart[1, 5] == counterpart[3, 5] == RELATIONS.counterpart_alike
    assert counterpart[1, 7] > RELATIONS.counterpart_alike
    assert found[1] == found[7] != found[3]


def test_names_one_character_apart_are_a_slip_where_it_sounds_near_looks_alike_or_is_missing() -> (
    None
):
    """Brothers share the character of their generation."""
    written = names(
        pd.Series(["连有福", "连有才", "王小玲", "王小林", "王玲", "王小珍"], dtype="str")
    )
    values = prepared_names(written.assign(surname=written["head"]))
    left, right = (np.array(side, np.int32) for side in ([0, 2, 2, 2], [1, 3, 4, 5]))
    found = [LEVELS["name"][level] for level in judge_names(values, left, right)]
    assert found == ["different", "one character", "one character", "one character"]
    assert (judge_names(values, right, left) == judge_names(values, left, right)).all()


def test_a_given_name_alone_fits_the_whole_name_that_begins_to_sound_like_it() -> None:
    """阿依古丽 is how 阿衣古丽·吾买尔 is called every day, however it is spelled."""
    told = ["阿依古丽", "阿衣古丽·吾买尔", "阿依古丽·吾买尔", "阿依古丽夏木", "李平", "黎萍古丽"]
    values = names(pd.Series(told, dtype="str"))
    values = prepared_names(values.assign(surname=values["head"]))
    left, right = (np.array(side, np.int32) for side in ([0, 0, 1, 4], [1, 2, 3, 5]))
    found = [LEVELS["name"][level] for level in judge_names(values, left, right)]
    assert found == ["mask fits", "mask fits", "different", "different"]
    assert (judge_names(values, right, left) == judge_names(values, left, right)).all()


def test_a_crowd_that_comes_again_is_known_by_whom_both_name() -> None:
    """Of thirty who petition together twenty come again, others before them in the list."""
    names = [
        f"{family}{given}"
        for family in "王李张刘陈杨黄朱"
        for given in ("建国", "春梅", "大勇", "小红", "海")
    ]

    def crowd(record: str, own: list[str]) -> list[Row]:
        return [{"name": name, "record": record} for name in own]

    found, pairs = linked([*crowd("a", names[:30]), *crowd("b", names[10:])])
    assert found[10:30] == found[30:50]
    assert len(set(found)) == 40
    # Not all of them were looked at, so that nothing speaks against anybody.
    assert (pairs.loc[pairs["right"] < 60, "counterpart"] != RELATIONS.counterpart_other).all()


def test_a_masked_respondent_elsewhere_stays_alone() -> None:
    """The same mask that faces somebody else somewhere else is nobody known."""
    rows = [
        {**FULL, "record": "a", "role": "claimant", "place": "l-1"},
        {"name": "王大勇", "record": "a", "role": "respondent", "place": "l-1"},
        {"name": "司马青云", "record": "b", "role": "claimant", "place": "l-2"},
        {"name": "王某", "record": "b", "role": "respondent", "place": "l-2"},
    ]
    found, _ = linked(rows)
    assert len(set(found)) == 4


def test_opposite_sides_of_one_record_are_two_people() -> None:
    """Even the same name and phone do not make one person of both sides."""
    rows = [
        {"name": "欧阳建国", "phone": "13800000001", "record": "a", "role": "claimant"},
        {"name": "欧阳建国", "phone": "13800000001", "record": "a", "role": "respondent"},
    ]
    found, _ = linked(rows)
    assert found[0] != found[1]


def test_a_phone_on_very_many_names_is_no_evidence() -> None:
    """A hotline's number on every ticket brings nobody together."""
    rows = [{"name": f"司马{x}云", "phone": "13800000009"} for x in "一二三四五六七八九"]
    found, pairs = linked(rows)
    assert len(set(found)) == len(rows)
    assert (pairs["phone"] == 0).all() if len(pairs) else True


def test_parts_sum_to_the_weight() -> None:
    """A pair's weight is its prior and its comparisons' bits; its probability follows."""
    _, pairs = linked([FULL, {"name": "欧阳建国", "phone": "13800000001"}])
    parts = pairs.drop(columns=["left", "right", "weight", "probability", "is_link"]).sum(axis=1)
    np.testing.assert_allclose(parts, pairs["weight"], atol=1e-3)
    np.testing.assert_allclose(pairs["probability"], 1 / (1 + np.exp2(-pairs["weight"])), atol=1e-5)


def test_a_verdict_that_two_are_different_holds() -> None:
    """What an analyst kept apart stays apart, whatever the evidence."""
    rows = [FULL, {**FULL}, {**FULL}]
    assert len(set(linked(rows)[0])) == 1
    found, _ = linked(rows, different={(0, 1)})
    assert found[0] != found[1]


def test_a_verdict_that_two_are_the_same_holds_where_no_rule_brings_them_together() -> None:
    """What an analyst joined is joined, though nothing in the two rows is alike."""
    found, _ = linked([{"name": "司马青云"}, {"name": "诸葛春"}], same={(0, 1)})
    assert found[0] == found[1]


def test_a_verdict_that_two_numbers_are_one_persons_holds() -> None:
    """Two ID numbers part two people until somebody says that one of them is mistyped."""
    again = {**FULL, "id_number": ID_TWO}
    rows = [FULL, again, {**FULL}, {**again}]
    assert linked(rows)[0][0] != linked(rows)[0][1]
    assert len(set(linked(rows, same={(0, 1)})[0])) == 1
    others = [*rows, {"name": "诸葛春", "id_number": ID_TWO}, {"name": "司马青云"}]
    found, _ = linked(others, same={(4, 5)})
    assert found[0] != found[1]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    """Shuffled rows give the same people."""
    rows = [
        FULL, {"name": "欧阳建国", "phone": "13800000001"}, {"name": "欧阳建军", "id_number": ID_TWO},
        {"name": "王大勇", "place": "l-1"}, {"name": "王大永", "place": "l-1"}, {"name": "老王"},
    ]  # fmt: skip
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    straight, _ = linked(rows)
    shuffled, _ = linked([rows[k] for k in order])
    for a, b in combinations(range(len(rows)), 2):
        same = shuffled[order.index(a)] == shuffled[order.index(b)]
        assert same == (straight[a] == straight[b])


def test_no_party_is_no_person() -> None:
    """Tables without any person row give empty results."""
    parties, records, places = parties_and_records([{"organisation": "某某有限公司"}])
    people = standardise_people(parties, records, places, 6)
    cluster, probability, pairs, lost = link_people(people, MatchingSettings())
    assert (len(cluster), len(probability), len(pairs), lost) == (0, 0, 0, {})


def test_a_told_age_is_compared_with_a_birth() -> None:
    """The year by the number, else by the age on the day of the report; two numbers say nothing more."""
    rows = [{"name": "王某", "id_number": ID_ONE}, {"name": "王某"}, {"name": "王某"},
            {"name": "王某"}, {"name": "王某"}, {"name": "王某", "id_number": ID_TWO}]  # fmt: skip
    parties, records, places = parties_and_records(rows)
    parties["age"] = pd.Series([None, 54, 52, 30, 300, None], dtype="Int64")
    records["reported_at"] = pd.Timestamp("2024-06-01")
    born = standardise_people(parties, records, places, 6).frame["born"]
    told = [None if pd.isna(year) else year for year in born]
    assert told == ["1970", "1970~", "1972~", "1994~", None, "1970"]
    values = prepared_ages(pd.DataFrame({"born": born.dropna()}))
    left, right = (np.array(side, np.int32) for side in ([0, 0, 0, 1, 0], [1, 2, 3, 2, 4]))
    names = [*LEVELS["age"], "nothing"]
    found = [names[level] for level in judge_ages(values, left, right)]
    assert found == ["same year", "near", "different", "near", "nothing"]
    assert (judge_ages(values, right, left) == judge_ages(values, left, right)).all()


def test_a_configuration_of_an_older_version_lacks_a_comparison() -> None:
    """It means the packaged one; an unknown comparison or half of one is refused."""
    packaged = MatchingSettings().model_dump()["person"]["levels"]
    older = {name: own for name, own in packaged.items() if name != "age"}
    assert MatchingSettings(person={"levels": older}) == MatchingSettings()
    for wrong in ({"shoe": packaged["sex"]}, {"age": {"near": packaged["age"]["near"]}}):
        with pytest.raises(ValueError, match=r"shoe|levels of age: same year"):
            MatchingSettings(person={"levels": older | wrong})
