"""A hundred clusters made to be merged wrongly, and the laws of the comparisons of people."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from warning.matching.person_comparisons import person_specification
from warning.matching.persons import link_people, linking_frame, standardise_people
from warning.matching.relations import shared_surnames
from warning.matching.standardise.identifiers import check_digit
from warning.settings.matching import MatchingSettings

Row = dict[str, Any]
GIVEN = "永春明志文玉梅强山芳军平兰海建国英华秀云"
KINDS = ("twins", "father and son", "homonyms next door", "one phone for a village")
EACH = 25


def number(day: int, order: int) -> str:
    """A made-up valid ID number of somebody born on day ``day`` of 1970."""
    born = (pd.Timestamp("1970-01-01") + pd.Timedelta(days=day)).strftime("%Y%m%d")
    body = f"000702{born}{order:03d}"
    return body + check_digit(body)


def adversary(kind: str, at: int) -> tuple[list[Row], list[str]]:
    """Rows of one adversarial group and who each is; every person is told twice or more."""
    surname = "赵钱孙周吴郑冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严"[at]
    one, other = GIVEN[at % 20], GIVEN[(at * 7 + 3) % 20]
    if one == other:
        other = "岳"
    place, phone, own = f"l-{kind}-{at}", f"139{at:04d}0001", f"138{at:04d}0002"
    place_next = f"{place}-next"
    first: Row
    second: Row
    if kind == "twins":
        first = {"name": surname + "大" + one, "id_number": number(at, 11), "place": place}
        second = {"name": surname + "小" + one, "id_number": number(at, 13), "place": place}
    elif kind == "father and son":
        first = {"name": surname + one + other, "phone": phone, "place": place,
                 "id_number": number(at, 15)}  # fmt: skip
        second = {"name": surname + one + "子", "phone": phone, "place": place}
    elif kind == "homonyms next door":
        first = {"name": surname + one + other, "phone": phone, "place": place,
                 "id_number": number(at, 17)}  # fmt: skip
        second = {"name": surname + one + other, "phone": own, "place": place_next,
                  "id_number": number(at + 4000, 19)}  # fmt: skip
    else:
        rows = [
            {"name": f"{family}{one}{other}", "phone": phone, "place": f"{place}-{family}"}
            for family in "司欧高马牛龙"
            for _ in range(2)
        ]
        return rows, [f"{kind}{at}{k // 2}" for k in range(len(rows))]
    return [first, first, second, second], [f"{kind}{at}{side}" for side in "aabb"]


def people_of(rows: list[Row]) -> Any:
    """Standardised people, one record a row."""
    frame = pd.DataFrame(
        [
            {"channel": "110", "record_id": f"r{k:04}", "party_no": "1", "role_code": "party",
             "name": row["name"], "id_number": row.get("id_number"), "phone": row.get("phone"),
             "gender": None, "organisation": None, "county_code": "620723",
             "category_code": "02", "place_id": row.get("place"), "grain": "room"}
            for k, row in enumerate(rows)
        ]
    ).astype(dict.fromkeys(("id_number", "phone", "gender", "organisation", "place_id"), "str"))  # fmt: skip
    key = ["channel", "record_id"]
    parties = frame[[*key, "party_no", "role_code", "name", "id_number", "phone", "gender",
                     "organisation"]]  # fmt: skip
    records = frame[[*key, "county_code", "category_code"]]
    places = frame.dropna(subset="place_id")[[*key, "place_id", "grain"]]
    return standardise_people(parties, records, places, MatchingSettings().hub_phone_names)


@pytest.fixture(scope="module")
def hundred() -> tuple[list[Row], list[str], list[int]]:
    """All groups in one town, and the cluster of each row."""
    made = [adversary(kind, at) for kind in KINDS for at in range(EACH)]
    rows = [row for own, _ in made for row in own]
    truth = [who for _, own in made for who in own]
    return rows, truth, link_people(people_of(rows), MatchingSettings())[0].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_adversarial_groups_merge_nobody(
    kind: str, hundred: tuple[list[Row], list[str], list[int]]
) -> None:
    """Twins, father and son, homonyms next door and a village's one phone stay who they are."""
    _, truth, found = hundred
    own = pd.DataFrame({"truth": truth, "found": found})
    own = own[own["truth"].str.startswith(kind)]
    merged = own.groupby("found")["truth"].nunique()
    assert (merged == 1).all()
    # Nor are they torn apart: each person's mentions are one.
    assert (own.groupby("truth")["found"].nunique() == 1).mean() >= 0.95


def test_a_hotlines_number_on_every_ticket_joins_nobody() -> None:
    """Forty callers noted with the hotline's own phone are forty people, whoever rings twice."""
    names = [f"{s}{g}{h}" for s in "赵钱孙周吴" for g in "永春明志" for h in "梅强"]
    rows = [{"name": name, "phone": "13812345123", "place": f"l-{name}"} for name in names * 2]
    found = link_people(people_of(rows), MatchingSettings())[0]
    assert found.tolist() == [k % len(names) for k in range(len(rows))]


def test_cannot_link_is_never_broken() -> None:
    """However alike, rows judged different and rows with two valid numbers stay apart."""
    rows = [{"name": "司马青云", "phone": "13812345123", "place": "l-1"}] * 6
    rows += [{**rows[0], "id_number": number(1, 21)}, {**rows[0], "id_number": number(9, 23)}]
    apart = {(0, 1), (2, 5), (3, 4)}
    found = link_people(people_of(rows), MatchingSettings(), (), apart)[0]
    assert found[6] != found[7]
    assert all(found[one] != found[other] for one, other in apart)


def test_linking_again_changes_nobody(hundred: tuple[list[Row], list[str], list[int]]) -> None:
    """The same rows linked once more are the same people, whatever was linked before."""
    rows, _, found = hundred
    again = link_people(people_of(rows), MatchingSettings())[0].tolist()
    assert again == found


def test_comparisons_of_people_are_symmetric_and_judge_each_pair_by_itself(
    hundred: tuple[list[Row], list[str], list[int]],
) -> None:
    """Left and right may change places, and other values beside them change no level."""
    rows = [*hundred[0][:120:3], {"name": "王某"}, {"name": "王女士"}, {"name": "王大勇"},
            {"name": "古丽·阿依"}, {"name": "古丽"}]  # fmt: skip
    frame = linking_frame(people_of(rows).frame.reset_index(drop=True))
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(frame)))
    for one in person_specification(MatchingSettings()).comparisons:
        values = frame[list(one.columns)]
        prepared = one.prepare(values) if one.prepare is not None else values
        level = one.judge(prepared, left, right)
        assert (level == one.judge(prepared, right, left)).all(), one.name
        assert level.min() >= -1 and level.max() < len(one.levels)
        half = values.iloc[len(frame) // 2 :].reset_index(drop=True)
        prepared = one.prepare(half) if one.prepare is not None else half
        inside = left >= len(frame) // 2
        a, b = left[inside] - len(frame) // 2, right[inside] - len(frame) // 2
        assert (one.judge(prepared, a, b) == level[inside]).all(), one.name


def test_where_families_live_together_a_surname_says_less() -> None:
    """The share of one surname among different names at a place is counted, and only lowers."""
    # 30 households of three of one surname each, out of ten surnames.
    place = np.repeat(np.arange(30, dtype=np.int32), 3)
    surname = np.repeat(np.arange(30, dtype=np.int32) % 10, 3)
    bits = shared_surnames(place, surname, np.arange(90, dtype=np.int32))
    assert bits.shape == (10,)
    assert bits == pytest.approx(np.full(10, np.log2(0.1 / ((90 + 0.1) / 91))), abs=1e-5)
    # Strangers at one place: nothing is taken away.
    apart = shared_surnames(place, np.arange(90, dtype=np.int32) % 10, np.arange(90))
    assert (apart >= -0.01).all()


def test_a_masked_party_at_home_is_less_sure_than_elsewhere_known() -> None:
    """王某 at the Wangs' is one of them; the part that says so is named and never for a link."""
    rows = [{"name": f"{s}{g}", "place": f"l-{s}{k}"}
            for s in "王李张刘陈" for k in range(6) for g in ("永强", "春梅", "明芳")]  # fmt: skip
    rows += [{"name": "王某", "place": "l-王0"}]
    pairs = link_people(people_of(rows), MatchingSettings())[2]
    household = pairs["household"].to_numpy()
    masked = (pairs[["left", "right"]] == len(rows) - 1).any(axis=1).to_numpy()
    assert (household[masked] < 0).any()
    assert (household <= 0).all() and (household[~masked] == 0).all()
