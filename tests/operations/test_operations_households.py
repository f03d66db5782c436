"""A person's rights where a phone is a household's, and where most rows give no number."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete

from tests.copying import like
from tests.operations.test_operations_people import a_night_that_stops, kept_aside
from tests.postgresql import Server
from tests.store.test_store_load import AT
from tests.store.test_store_sealing import OTHER
from warning.cli import run
from warning.commands.found import print_found
from warning.errors import RefusedError, UsageError
from warning.keeping.finding import Person, find
from warning.keeping.objecting import object_to, withdraw_objection
from warning.keeping.own_copy import own_copy
from warning.keeping.rights import correct, erase, keys_left
from warning.keeping.versions import of_children
from warning.nightly import run_nightly
from warning.reading import from_frames
from warning.records import CanonicalTables
from warning.settings import load_settings
from warning.store import Store
from warning.store.operation_tables import party_keys
from warning.store.sealing import CORRECTED

ID, HOME = "11010519491231002X", "13800138000"
MOTHER, SON = "欧阳志远", "司徒建国"
NOW = pd.Timestamp("2025-02-01 09:00")
Row = dict[str, str | None]


def loaded(
    rows: dict[str, tuple[str, list[Row]]], first: str = "2024-12-01 10:00"
) -> CanonicalTables:
    """Reports by id: the narrative, and the parties; reported a day apart."""
    days = pd.date_range(first, periods=len(rows)).astype(str)
    records = pd.DataFrame(
        {"record_id": list(rows), "channel": "110", "reported_at": days,
         "narrative": [narrative for narrative, _ in rows.values()],
         "address": "滨海市东城区幸福路1号"}
    )  # fmt: skip
    parties = pd.DataFrame(
        [{"record_id": record, "party_no": str(number), **row}
         for record, (_, people) in rows.items() for number, row in enumerate(people, 1)]
    )  # fmt: skip
    clock = pd.Timestamp("2025-01-01")
    return from_frames(records, parties, load_settings().channels, clock=clock)


def household() -> CanonicalTables:
    """A mother with an ID number and a son on one phone; she is told without numbers, too."""
    other: Row = {"name": "皇甫静宜", "phone": "13911112222"}
    mother: Row = {"name": MOTHER, "phone": HOME}
    return loaded({
        "A1": ("与邻居皇甫静宜争吵", [{**mother, "id_number": ID}, other]),
        "A2": (f"{MOTHER}与邻居皇甫静宜争吵", [mother, other]),
        "A3": ("与邻居皇甫静宜争吵", [{"name": MOTHER}, other]),
        "A4": (f"报警人称邻居{MOTHER}与其争吵", [other]),
        "B1": ("手机丢失", [{"name": SON, "phone": HOME}]),
        "B2": ("来电人称有人吵闹", [{"phone": HOME}]),
    })  # fmt: skip


@pytest.fixture(scope="module")
def told(postgresql: Server) -> str:
    """A PostgreSQL store with the household and a night; tests copy it.

    Whose rows are whose is the same code on either database: test_operations_people runs what is
    done with them on both.
    """
    url = postgresql.database()
    with Store.open(url) as opened:
        opened.load(household(), "a", AT)
        run_nightly(opened, None, "2025-01-01")
    return url


@pytest.fixture
def url(told: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a copy of that store."""
    return like(told, tmp_path, request)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A copy of that store, open."""
    with Store.open(url) as opened:
        yield opened


def records_of(person: Person) -> set[str]:
    """The ids of the records with the person's rows."""
    return set(person.parties["record_id"])


def names_in(store: Store, name: str = "parties") -> str:
    """A whole table as text."""
    return store.table(name).to_csv()


def known_names(store: Store, as_of: pd.Timestamp = NOW) -> dict[str, object]:
    """The name of each record's first party, as a night sees it."""
    parties = store.known(as_of)[1]
    first = parties[parties["party_no"] == "1"]
    return dict(zip(first["record_id"], first["name"], strict=True))


def test_a_shared_phone_is_nobody_s_own(store: Store) -> None:
    """Who shares it is told apart; nothing is done for one of them, and no name is told."""
    person = find(store, phone=HOME)
    assert [(one.name, one.records, one.numbered) for one in person.people] == [
        (MOTHER, 2, True), (None, 1, False), (SON, 1, False)
    ]  # fmt: skip
    with pytest.raises(RefusedError, match="3") as refused:
        correct(store, person, {"name": "李四"})
    assert "欧某某" in str(refused.value)
    for name in (MOTHER, SON):
        assert name not in str(refused.value)
    before = store.table("parties"), store.table("restrictions")
    for act in (
        lambda: own_copy(store, person),
        lambda: object_to(store, person, "张警官", "本人申请", NOW),
        lambda: withdraw_objection(store, person, NOW),
        lambda: erase(store, person, "张警官", "本人申请", NOW),
    ):
        with pytest.raises(RefusedError):
            act()
    pd.testing.assert_frame_equal(store.table("parties"), before[0])
    assert len(store.table("restrictions")) == len(before[1]) == 0


def test_a_name_tells_apart_who_shares_a_phone(store: Store) -> None:
    """With the whole name, or the ID number, only rows of that name are the person's."""
    assert records_of(find(store, phone=HOME, name="欧阳 志远")) == {"A1", "A2"}
    assert records_of(find(store, phone=HOME, id_number=ID)) == {"A1", "A2"}
    son = find(store, phone=HOME, name=SON)
    assert records_of(son) == {"B1"}
    assert correct(store, son, {"name": "司徒建业"}) == 1
    assert known_names(store)["B1"] == "司徒建业"
    assert known_names(store)["A1"] == MOTHER
    assert MOTHER not in json.dumps(own_copy(store, son).content, ensure_ascii=False)
    for name in ("欧阳某", "欧阳先生", f"{MOTHER}、{SON}"):
        with pytest.raises(UsageError):
            find(store, phone=HOME, name=name)


def test_two_id_numbers_are_two_people(store: Store) -> None:
    """The same name on the same phone with another ID number: only an ID number decides."""
    other: Row = {"name": MOTHER, "phone": HOME, "id_number": "110105194912310046"}
    store.load(loaded({"A9": ("争吵", [other])}), "b", AT)
    with pytest.raises(RefusedError):
        own_copy(store, find(store, phone=HOME, name=MOTHER))
    assert records_of(find(store, id_number=ID, phone=HOME)) == {"A1", "A2"}
    assert "A9" not in set(find(store, id_number=ID).further["record_id"])


def later() -> CanonicalTables:
    """Later reports by mother, son and somebody unnamed, all on the phone of the house."""
    return loaded({
        "C1": (f"{MOTHER}又来电", [{"name": MOTHER, "phone": f"+86 {HOME}"}]),
        "C2": (f"{SON}来电", [{"name": SON, "phone": HOME}]),
        "C3": ("来电", [{"phone": HOME}]),
    })  # fmt: skip


def test_an_erasure_by_phone_and_name_spares_the_household(store: Store) -> None:
    """The son's rows stay, now and in later loads; the mother does not come back."""
    erase(store, find(store, phone=HOME, name=MOTHER), "张警官", "本人申请", NOW)
    assert known_names(store)["B1"] == SON
    assert store.load(later(), "b", AT).stored == 3
    names = known_names(store)
    assert names["C2"] == SON
    assert pd.isna(names["C1"])
    assert MOTHER not in str(store.rows("records", "record_id", ["C1"])["narrative"].iloc[0])
    assert store.rows("parties", "record_id", ["C3"])["phone"].iloc[0] == HOME
    assert records_of(find(store, phone=HOME)) == {"B1", "B2", "C2", "C3"}


def test_an_objection_by_phone_and_name_spares_the_household(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nights see the son and not the mother, in later loads and under a new key, too."""
    with Store.open(url) as store:
        a_night_that_stops(store)
        assert min(kept_aside(store)) > 0
        object_to(store, find(store, phone=HOME, name=MOTHER), "张警官", "本人申请", NOW)
        assert kept_aside(store) == (0, 0)
        store.load(later(), "b", AT)
    monkeypatch.setenv("WARNING_KEY", f"{OTHER} {os.environ['WARNING_KEY']}")
    with Store.open(url) as store:
        store.rotate()
        names = known_names(store)
        assert {name for name in names if pd.isna(names[name])} == {"A1", "A2", "B2", "C1", "C3"}
        assert names["B1"] == names["C2"] == SON
        assert withdraw_objection(store, find(store, phone=HOME, name=MOTHER), NOW) == 2
        names = known_names(store)
        assert names["A1"] == names["A2"] == names["C1"] == MOTHER


def test_what_may_be_theirs_is_listed_with_why(store: Store) -> None:
    """Rows by link and by phone, and who a narrative tells of; nobody who names another."""
    person = find(store, id_number=ID)
    assert records_of(person) == {"A1"}
    listed = person.further.set_index("record_id")
    assert listed["why"].to_dict() == {
        "A2": "linked+phone", "A3": "linked", "B2": "phone", "A4": "told"
    }  # fmt: skip
    assert listed["party_no"]["A4"].startswith("~")
    assert listed["probability"][["A2", "A3"]].between(0.5, 1).all()
    assert records_of(find(store, id_number=ID, linked=0.98)) == {"A1", "A2"}
    chosen = find(store, id_number=ID, confirmed=["110|A3|1"])
    assert records_of(chosen) == {"A1", "A3"}
    assert "110|A3|1" not in keys_left(chosen)
    assert {row["record_id"] for row in own_copy(store, chosen).content["records"]} == {"A1", "A3"}
    for key in ("110|B1|1", "110|A1|1", "A3"):
        with pytest.raises(UsageError, match="not among"):
            find(store, id_number=ID, confirmed=[key])


def test_an_erasure_says_what_it_leaves(store: Store) -> None:
    """Unconfirmed rows stay and are told; a search by name leads to them again."""
    done = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    left = {"110|A2|1", "110|A3|1", "110|B2|1"}
    assert (done.parties, set(done.left)) == (1, left)
    narratives = store.table("records").set_index("record_id")["narrative"]
    assert MOTHER in narratives["A2"]  # a row there that may be somebody else's has the name
    assert narratives["A4"] == "报警人称邻居（已删除）与其争吵"
    assert find(store, id_number=ID).further.empty
    again = find(store, id_number=ID, name=MOTHER)
    assert again.parties.empty
    assert set(keys_left(again)) == {"110|A2|1", "110|A2|~0", "110|A3|1"}
    rest = find(store, id_number=ID, name=MOTHER, confirmed=keys_left(again))
    assert erase(store, rest, "张警官", "本人申请", NOW).parties == 2
    assert MOTHER not in names_in(store)


def test_an_erasure_of_confirmed_rows_leaves_no_name(store: Store) -> None:
    """No row, narrative or mention names her any more, whether she was a party or told."""
    person = find(store, id_number=ID, linked=0.9, confirmed=["110|B2|1"])
    done = erase(store, person, "张警官", "本人申请", NOW)
    assert (done.parties, done.narratives, done.left) == (4, 2, [])
    for name in ("records", "parties", "mentions"):
        assert MOTHER not in names_in(store, name)
    assert HOME not in names_in(store).replace(f"{SON},,{HOME}", "")
    assert known_names(store)["B1"] == SON
    assert "皇甫静宜" in names_in(store, "records")


def test_erased_rows_delivered_again_stay_erased(store: Store) -> None:
    """In a changed record, under another number; the neighbour beside her and others' rows stay."""
    person = find(store, id_number=ID, linked=0.9, confirmed=["110|B2|1"])
    erase(store, person, "张警官", "本人申请", NOW)
    other = {"name": "皇甫静宜", "phone": "13911112222"}
    changed = {
        "A3": (f"{MOTHER}与邻居皇甫静宜争吵，已调解", [other, {"name": MOTHER}]),
        "B2": ("来电人称有人吵闹，已劝离", [{"phone": HOME}]),
        "C1": ("争吵", [{"name": MOTHER}]),
    }
    again = loaded(changed, "2024-12-20 10:00")
    assert store.load(again, "again", AT).stored == 3
    parties = store.known(NOW)[1].set_index(["record_id", "party_no"])["name"]
    assert parties["A3", "1"] == "皇甫静宜"
    assert pd.isna(parties["A3", "2"])
    assert parties["C1", "1"] == MOTHER  # a new record of somebody with that name
    narratives = store.table("records").query("record_id == 'A3'")["narrative"]
    assert not narratives.str.contains(MOTHER).any()
    assert HOME not in names_in(store).replace(f"{SON},,{HOME}", "")


def test_an_objection_holds_for_confirmed_rows(store: Store) -> None:
    """Rows without a number are withheld once confirmed, stay found, and are freed together."""
    chosen = find(store, id_number=ID, linked=0.9)
    object_to(store, chosen, "张警官", "本人申请", NOW)
    names = known_names(store)
    assert {name for name in names if pd.isna(names[name])} == {"A1", "A2", "A3", "B2"}
    run_nightly(store, None, "2025-02-02")
    assert records_of(find(store, id_number=ID)) == {"A1", "A2", "A3"}
    assert withdraw_objection(store, find(store, id_number=ID), pd.Timestamp("2025-02-03")) == 1
    assert known_names(store, pd.Timestamp("2025-02-04"))["A3"] == MOTHER


def test_one_person_s_phone_needs_no_name(store: Store) -> None:
    """A phone that nothing says two people use is enough, before and while they object."""
    neighbour = {"phone": "13911112222"}
    assert records_of(find(store, **neighbour)) == {"A1", "A2", "A3", "A4"}
    object_to(store, find(store, **neighbour), "张警官", "本人申请", NOW)
    run_nightly(store, None, "2025-02-02")
    assert len(set(find(store, **neighbour).links["entity_id"])) == 4
    assert not find(store, **neighbour).shared
    assert withdraw_objection(store, find(store, **neighbour), pd.Timestamp("2025-02-03")) == 1


def test_an_officer_finds_confirms_and_acts(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands tell who shares a phone and what may be theirs, masked, before they act."""
    monkeypatch.setenv("WARNING_STORE", url)
    why = ["--reason", "本人申请"]
    assert run(["rights", "find", "--phone", HOME, *why]) == 0
    shown = capsys.readouterr().out
    assert "司某某" in shown
    assert "--name" in shown
    assert run(["rights", "erase", "--phone", HOME, *why, "--yes"]) == 1
    assert "3" in capsys.readouterr().err
    assert run(["rights", "find", "--id-number", ID, *why, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["key"] for one in found["further"]} >= {"110|A2|1", "110|A4|~6"}
    assert MOTHER not in json.dumps(found, ensure_ascii=False)
    assert run(["rights", "find", "--id-number", ID, *why]) == 0
    told = capsys.readouterr()
    assert "110|A3|1" in told.out
    assert MOTHER not in told.out + told.err
    who = ["--id-number", ID, *why]
    assert run(["rights", "correct", *who, "--set", "address=幸福路2号"]) == 0
    assert "--linked" in capsys.readouterr().err
    confirmed = ["--linked", "0.9", "--record", "110|B2|1"]
    assert run(["rights", "erase", *who, *confirmed, "--yes", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["narratives"], done["left"]) == (2, [])


def test_a_child_beside_a_parent_is_shown_as_a_child(
    plain: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the surname, among those who share a phone, in a refusal and in what may be theirs."""
    parent, child = {"name": MOTHER, "phone": HOME}, {"name": "欧阳小雨", "phone": HOME}
    narrative = "与邻居争吵，欧阳小雨在场"
    plain.load(loaded({"A1": (narrative, [parent, {**child, "age": "9"}]),
                       "A2": ("争吵", [parent, {**child, "name": None}])}), "a", AT)  # fmt: skip
    person = find(plain, phone=HOME)
    assert {(one.shown, one.child) for one in person.people} == {
        ("欧某某", None), ("未成年人", True), (None, None)
    }  # fmt: skip
    with pytest.raises(RefusedError, match="未成年人"):
        own_copy(plain, person)
    print_found(person, [])
    assert capsys.readouterr().out.count("欧某某") == 1
    print_found(find(plain, phone="13711112222", name="欧阳小雨"), [])
    told = capsys.readouterr().out
    assert "未成年人" in told
    assert "欧" not in told
    mentions = pd.DataFrame({"channel": "110", "record_id": "A1", "party_no": ["~6", "~9"],
                             "name": ["欧阳 小雨", MOTHER]})  # fmt: skip
    with plain.reading() as connection:
        assert of_children(connection, mentions).tolist() == [True, False]


def test_a_child_is_one_by_the_name_too_and_by_the_age_told_last(plain: Store) -> None:
    """Whom another record tells to be under 18; not who has a grown namesake, nor a wrong age."""
    child, grown, namesake = ({"name": name} for name in ("欧阳小雨", MOTHER, SON))
    again = [{**child, "age": "9"}, {**grown, "phone": HOME, "age": "39"}]
    plain.load(loaded({"A1": ("争吵", [again[0], {**again[1], "age": "9"}]),
                       "B1": ("争吵", [{**child, "phone": "13911113333"}]),
                       "C1": ("争吵", [{**namesake, "age": "9"}, {**namesake, "age": "40"}]),
                       "C2": ("争吵", [{**namesake, "phone": "13522223333"}])}), "a", AT)  # fmt: skip
    plain.load(loaded({"A1": ("争吵", again)}), "b", AT)
    people = [find(plain, phone=phone).people for phone in ("13911113333", HOME, "13522223333")]
    assert [one.shown for (one,) in people] == ["未成年人", "欧某某", "司某某"]
    further = find(plain, phone="13911113333", name=MOTHER).further
    assert further["child"].tolist() == [False]


def test_a_child_whom_only_the_narrative_tells_is_shown_as_one(plain: Store) -> None:
    """As on pages: by what stands beside the name; not whom the row tells to be of age."""
    told = f"{MOTHER}称8岁女儿欧阳小雨被打，17岁学徒{SON}在场，其子（12岁）皇甫小石也在"
    child, grown = {"name": "欧阳小雨", "phone": HOME}, {"name": SON, "age": "40"}
    plain.load(loaded({"A1": (told, [{"name": MOTHER}, child, grown]),
                       "B1": ("争吵", [{**child, "phone": "13911113333"}])}), "a", AT)  # fmt: skip
    people = [find(plain, phone=phone).people for phone in (HOME, "13911113333")]
    assert [one.shown for (one,) in people] == ["未成年人"] * 2
    mentions = pd.DataFrame({"channel": "110", "record_id": "A1",
                             "party_no": ["1", "~6", "3", "~30"],
                             "name": [MOTHER, "欧阳小雨", SON, "皇甫小石"]})  # fmt: skip
    with plain.reading() as connection:
        assert of_children(connection, mentions).tolist() == [False, True, False, True]


OTHER_ID, NEW = "110105194912310046", "13655556666"


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Store]:
    """A store with nothing in it."""
    with Store.open(f"sqlite:///{tmp_path / 'plain.db'}") as opened:
        yield opened


def say_again(store: Store, narrative: str, person: Row, *others: Row) -> None:
    """The source sends A1 anew, with these people."""
    store.load(loaded({"A1": (narrative, [person, *others])}), narrative, AT)


def erased(store: Store, **who: str) -> None:
    """Erase whoever has these numbers, or the name."""
    erase(store, find(store, **who), "张警官", "本人申请", NOW)


@pytest.mark.parametrize("rotated", [False, True])
def test_a_corrected_person_is_erased_from_every_version(
    plain: Store, monkeypatch: pytest.MonkeyPatch, *, rotated: bool
) -> None:
    """By the new number or the old phone they are one; no load brings them back by any number."""
    mother: Row = {"name": MOTHER, "phone": HOME, "id_number": ID, "address": "幸福路1号"}
    say_again(plain, "争吵", mother)
    changes = {"phone": NEW, "id_number": OTHER_ID, "name": "欧阳志媛"}
    correct(plain, find(plain, phone=HOME), changes)
    if rotated:
        monkeypatch.setenv("WARNING_KEY", f"{OTHER} {os.environ['WARNING_KEY']}")
        plain.rotate()
    for who in ({"id_number": OTHER_ID}, {"phone": NEW}, {"phone": HOME},
                {"phone": NEW, "name": "欧阳志媛"}):  # fmt: skip
        person = find(plain, **who)
        assert list(person.parties["version"]) == [1, 2]
        assert [(one.name, one.numbered) for one in person.people] == [("欧阳志媛", True)]
        assert person.further.empty
    assert len(own_copy(plain, person).content["parties"]) == 2
    erased(plain, phone=NEW)
    for record, number in (("B1", ID), ("B2", OTHER_ID)):
        again: Row = {**mother, "id_number": number}
        plain.load(loaded({record: ("来电", [again])}), record, AT)
    left = plain.table("parties")
    assert len(left) == 4
    assert left[["name", "id_number", "phone", "address"]].isna().all(axis=None)


def test_what_was_corrected_and_is_sent_again_is_erased(plain: Store) -> None:
    """Under the same number in the record; whoever has that number later is somebody else."""
    mother: Row = {"name": "欧阳", "phone": HOME}
    say_again(plain, "争吵", mother)
    correct(plain, find(plain, phone=HOME), {"phone": NEW, "name": MOTHER})
    say_again(plain, "又争吵", mother)
    say_again(plain, "与人争吵", {"name": SON, "phone": "13911112222"})
    assert not find(plain, phone=HOME).shared
    correct(plain, find(plain, phone="13911112222"), {"gender": "男"})
    person = find(plain, phone=NEW)
    assert [one.name for one in person.people] == [MOTHER]
    assert list(person.parties["version"]) == [1, 2, 3]
    erased(plain, phone=NEW)
    assert plain.table("parties").set_index("version")["name"].dropna().to_dict() == {
        4: SON, 5: SON
    }  # fmt: skip
    assert list(find(plain, phone="13911112222").parties["version"]) == [4, 5]


def test_a_name_corrected_everywhere_is_one_person_s(plain: Store) -> None:
    """Three records, one of them sent again as it was: by the phone alone they are one."""
    mother: Row = {"name": "欧阳智远", "phone": HOME}
    plain.load(loaded({name: ("争吵", [mother]) for name in ("A1", "A2", "A3")}), "a", AT)
    assert correct(plain, find(plain, phone=HOME), {"name": MOTHER}) == 3
    say_again(plain, "又争吵", mother)
    for who in ({"phone": HOME}, {"phone": HOME, "name": MOTHER}):
        person = find(plain, **who)
        assert [(one.name, one.records) for one in person.people] == [(MOTHER, 3)]
        assert len(person.parties) == 7
    erased(plain, phone=HOME)
    assert "欧阳" not in names_in(plain)


def test_what_a_correction_took_away_is_no_longer_certain(plain: Store) -> None:
    """A row that named the son, or gave his number, by mistake is not his; it is listed."""
    wrong: Row = {"name": SON, "phone": HOME, "id_number": ID}
    say_again(plain, "争吵", wrong)
    correct(plain, find(plain, id_number=ID), {"name": MOTHER, "id_number": OTHER_ID})
    assert keys_left(find(plain, id_number=ID)) == ["110|A1|1"]
    plain.load(loaded({"B1": ("来电", [wrong])}), "b", AT)
    for who in ({"id_number": ID}, {"phone": HOME, "name": SON}, {"phone": HOME, "id_number": ID}):
        son = find(plain, **who)
        assert records_of(son) == {"B1"}
        assert keys_left(son) == ["110|A1|1"]
        confirmed = find(plain, **who, confirmed=["110|A1|1"])
        assert list(confirmed.parties["version"]) == [1, 2, 1]
    erased(plain, id_number=ID)
    assert MOTHER in names_in(plain)


def test_a_number_that_stood_with_two_people_is_one_s_once_corrected(plain: Store) -> None:
    """The mother's row gave the son's number beside his own: each is erased without the other."""
    son: Row = {"name": SON, "id_number": ID}
    say_again(plain, "争吵", {"name": MOTHER, "phone": HOME, "id_number": ID}, son)
    correct(plain, find(plain, phone=HOME), {"id_number": OTHER_ID})
    say_again(plain, "争吵", {"name": SON, "phone": NEW}, {"name": "皇甫静宜"})
    for who, own in (({"id_number": ID}, "2"), ({"id_number": OTHER_ID}, "1"),
                     ({"phone": HOME}, "1")):  # fmt: skip
        person = find(plain, **who)
        assert person.parties[["party_no", "version"]].to_numpy().tolist() == [[own, 1], [own, 2]]
        assert not person.shared
    erased(plain, phone=HOME)
    assert plain.table("parties").set_index("version")["name"].dropna().to_dict() == {
        1: SON, 2: SON, 3: "皇甫静宜"
    }  # fmt: skip
    assert MOTHER not in names_in(plain)


def test_versions_without_a_note_are_joined_by_name_or_number(plain: Store) -> None:
    """What an older version of this program corrected left none."""
    say_again(plain, "争吵", {"name": MOTHER, "phone": HOME})
    correct(plain, find(plain, phone=HOME), {"phone": NEW})
    with plain.writing() as connection:
        connection.execute(delete(party_keys).where(party_keys.c.kind == CORRECTED))
    assert list(find(plain, phone=NEW).parties["version"]) == [1, 2]


@pytest.mark.parametrize("asked", [{"phone": HOME}, {"phone": HOME, "name": MOTHER}])
def test_an_objection_holds_by_what_a_correction_brings(
    plain: Store, asked: dict[str, str]
) -> None:
    """Rows that a source sends with the new ID number or phone alone are withheld, too."""
    say_again(plain, "争吵", {"name": MOTHER, "phone": HOME})
    object_to(plain, find(plain, **asked), "张警官", "本人申请", NOW)
    correct(plain, find(plain, **asked), {"id_number": OTHER_ID, "phone": NEW})
    later = {"B1": [{"name": MOTHER, "id_number": OTHER_ID}], "B2": [{"name": MOTHER, "phone": NEW}],
             "B3": [{"name": "皇甫静宜", "phone": "13911112222"}]}  # fmt: skip
    plain.load(loaded({record: ("又争吵", people) for record, people in later.items()}), "z", AT)
    told = known_names(plain)
    assert told.pop("B3") == "皇甫静宜"
    assert set(told) == {"A1", "B1", "B2"}
    assert all(pd.isna(name) for name in told.values())
    assert known_names(plain, NOW - pd.Timedelta("1min"))["B1"] == MOTHER
    withdraw_objection(plain, find(plain, id_number=OTHER_ID, name=MOTHER), NOW)
    assert known_names(plain)["B1"] == MOTHER


def test_an_objection_does_not_follow_a_correction_to_somebody_else(plain: Store) -> None:
    """A new phone that others have withholds the person by phone and name, and not the others."""
    say_again(plain, "争吵", {"name": MOTHER, "phone": HOME})
    plain.load(loaded({"B1": ("手机丢失", [{"name": SON, "phone": NEW}])}), "z", AT)
    object_to(plain, find(plain, phone=HOME), "张警官", "本人申请", NOW)
    correct(plain, find(plain, phone=HOME), {"phone": NEW})
    later = {"B2": [{"name": MOTHER, "phone": NEW}], "B3": [{"name": SON, "phone": NEW}]}
    plain.load(loaded({record: ("又争吵", people) for record, people in later.items()}), "y", AT)
    told = known_names(plain)
    assert (told["B1"], told["B3"]) == (SON, SON)
    assert pd.isna(told["A1"])
    assert pd.isna(told["B2"])


def test_an_objection_ends_whole_after_a_correction(
    plain: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the new phone or the old one all that stood ends; where nothing stood, it says so."""
    say_again(plain, "争吵", {"name": MOTHER, "phone": HOME, "id_number": ID})
    for phone, numbers in ((HOME, 3), (NEW, 2)):
        object_to(plain, find(plain, phone=HOME), "张警官", "本人申请", NOW)
        correct(plain, find(plain, phone=HOME), {"phone": NEW})
        assert pd.isna(known_names(plain)["A1"])
        assert withdraw_objection(plain, find(plain, phone=phone), NOW) == numbers
        assert known_names(plain)["A1"] == MOTHER
    withdraw = ["rights", "object", "--withdraw", "--reason", "本人申请", "--store", plain.url]
    for phone in (NEW, "13700000000"):
        assert run([*withdraw, "--phone", phone]) == 1
        told = capsys.readouterr()
        assert "no objection" in told.err
        assert told.out == ""


CLERK, COPIED = "张建国", "李大成"


def named(*names: str | None) -> tuple[str, list[Row]]:
    """A report whose parties, so named, all give the one ID number."""
    return "争吵", [{"name": name, "id_number": ID} for name in names]


@pytest.mark.parametrize(
    ("reports", "people"),
    [
        ([named(CLERK, COPIED)], [CLERK, COPIED]),
        ([named(CLERK, "张建军")], [CLERK, "张建军"]),
        ([named(CLERK, "李某")], [CLERK, "李某"]),
        ([named(CLERK, None)], [CLERK, None]),
        ([named(CLERK), named(COPIED)], [CLERK, COPIED]),
        ([named(CLERK), named(CLERK, COPIED), named(COPIED), named(None)], [None, CLERK, COPIED]),
        ([named(CLERK, CLERK)], [CLERK]),
        ([named("王伟"), named("汪伟")], ["王伟", "汪伟"]),
        ([named("王伟明"), named("伟明")], ["王伟明", "伟明"]),
        ([named("王伟明"), named("伟明"), named("伟明")], ["王伟明", "伟明"]),
        ([named("王伟明"), named("王伟")], ["王伟明"]),
        ([named(CLERK), named("张建军"), named("張建國"), named("张某"), named(None)], [CLERK]),
    ],
)
def test_an_id_number_that_was_copied_is_nobody_s_own(
    tmp_path: Path, reports: list[tuple[str, list[Row]]], people: list[str | None]
) -> None:
    """Two parties of one record, and names that nothing links, are people; spellings are none."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(loaded({f"D{number}": one for number, one in enumerate(reports)}), "a", AT)
        person = find(store, id_number=ID)
        assert sorted(one.name or "" for one in person.people) == sorted(
            name or "" for name in people
        )
        if len(people) > 1:
            with pytest.raises(RefusedError, match="use this number"):
                own_copy(store, person)


def test_a_name_chooses_who_gives_a_copied_id_number(tmp_path: Path) -> None:
    """Copy, objection and erasure are that one's alone, in later loads, too."""
    rows: list[Row] = [{"name": CLERK, "id_number": ID, "phone": "13811112222"},
                       {"name": COPIED, "id_number": ID, "phone": "13933334444"}]  # fmt: skip
    both = loaded(
        {"D1": (f"{CLERK}与{COPIED}争吵", rows), "D2": named("张建囯"), "D3": named(None)}
    )
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(both, "a", AT)
        run_nightly(store, None, "2025-01-01")
        person = find(store, id_number=ID, name=CLERK)
        assert person.parties[["record_id", "party_no"]].to_numpy().tolist() == [
            ["D1", "1"], ["D2", "1"]
        ]  # fmt: skip
        assert keys_left(person) == ["110|D1|2", "110|D3|1"]
        assert set(person.told["name"]) <= {CLERK, "张建囯"}
        assert "13933334444" not in json.dumps(own_copy(store, person).content)
        assert find(store, id_number=ID, name="王五").shared
        object_to(store, person, "张警官", "本人申请", NOW)
        assert set(store.known(NOW)[1]["name"].dropna()) == {COPIED}
        again = find(store, id_number=ID, name=CLERK)
        assert len(again.restrictions) == len(again.hashes) > 0
        assert withdraw_objection(store, again, NOW) > 0
        erase(store, again, "张警官", "本人申请", NOW)
        assert set(store.table("parties")["name"].dropna()) == {COPIED}
        assert set(store.table("records")["narrative"]) >= {f"（已删除）与{COPIED}争吵"}
        store.load(loaded({"D4": ("又", rows[::-1])}), "b", AT)
        new = store.table("parties").query("record_id == 'D4'")
        assert new["name"].dropna().tolist() == [COPIED]
        assert new["id_number"].dropna().tolist() == [ID]
        assert not find(store, id_number=ID).shared


def test_a_night_does_not_give_a_copied_id_number_to_one_person(plain: Store) -> None:
    """It links by this very number; only an officer's word takes a linked row of another name."""
    own: Row = {"id_number": ID, "gender": "男"}
    clerk: Row = {"name": CLERK, "phone": "13811112222", **own}
    copied: Row = {"name": COPIED, "phone": "13933334444", **own}
    told = {"D0": [clerk], "D1": [clerk], "D2": [copied]}
    plain.load(loaded({record: ("争吵", people) for record, people in told.items()}), "a", AT)
    run_nightly(plain, None, "2025-01-01")
    links = plain.table("party_links").set_index("record_id")["entity_id"]
    assert links["D0"] == links["D2"]
    assert find(plain, id_number=ID).shared
    person = find(plain, id_number=ID, name=CLERK, linked=0.0)
    assert records_of(person) == {"D0", "D1"}
    assert keys_left(person) == ["110|D2|1"]
    assert person.further["probability"].isna().all()
    copy = json.dumps(own_copy(plain, person).content, ensure_ascii=False)
    assert "13933334444" not in copy
    assert COPIED not in copy
    erase(plain, person, "张警官", "本人申请", NOW)
    assert plain.table("parties")["name"].dropna().tolist() == [COPIED]


def test_a_former_name_is_one_person_s_once_an_officer_says_so(plain: Store) -> None:
    """Its rows are listed and confirmed one by one; an objection keeps in mind whose they are."""
    rows = {"D1": named("尕藏吉"), "D2": named("杨秀兰"), "D3": named("杨秀兰")}
    plain.load(loaded(rows), "a", AT)
    asked = {"id_number": ID, "name": "杨秀兰"}
    assert find(plain, id_number=ID).shared
    assert records_of(find(plain, **asked)) == {"D2", "D3"}
    assert find(plain, **asked).further[["record_id", "why"]].to_numpy().tolist() == [
        ["D1", "id_number"]
    ]
    both = find(plain, **asked, confirmed=["110|D1|1"])
    assert (records_of(both), keys_left(both)) == ({"D1", "D2", "D3"}, [])
    object_to(plain, both, "张警官", "本人申请", NOW)
    for again in ({"id_number": ID}, asked, {"id_number": ID, "name": "尕藏吉"}):
        assert records_of(find(plain, **again)) == {"D1", "D2", "D3"}
    assert withdraw_objection(plain, find(plain, id_number=ID), NOW) == 2
    assert set(known_names(plain).values()) == {"尕藏吉", "杨秀兰"}


@pytest.mark.parametrize(("asks", "seen"), [(COPIED, COPIED), (CLERK, CLERK)])
def test_an_objection_by_the_id_number_outlives_another_s_request(
    plain: Store, asks: str, seen: str
) -> None:
    """It was by the number alone before this was copied: whose it is, nobody's request ends for both."""
    plain.load(loaded({"D0": named(CLERK)}), "a", AT)
    object_to(plain, find(plain, id_number=ID), "张警官", "本人申请", NOW)
    plain.load(loaded({"D1": named(CLERK, COPIED)}, "2024-12-20 10:00"), "b", AT)
    assert plain.known(NOW)[1]["name"].isna().all()
    assert withdraw_objection(plain, find(plain, id_number=ID, name=asks), NOW) == 1
    assert set(plain.known(NOW)[1]["name"].dropna()) == {seen}
    plain.load(loaded({"D2": named(CLERK), "D3": named(COPIED)}, "2024-12-25 10:00"), "c", AT)
    assert set(plain.known(NOW)[1]["name"].dropna()) == {seen}
    other = CLERK if asks == COPIED else COPIED
    assert withdraw_objection(plain, find(plain, id_number=ID, name=other), NOW) == 1
    assert set(plain.known(NOW)[1]["name"].dropna()) == {CLERK, COPIED}


def test_what_was_confirmed_for_an_objection_outlives_another_s_request(plain: Store) -> None:
    """A row without the number stays withheld until the one ends it for whom it was confirmed."""
    rows: dict[str, tuple[str, list[Row]]] = {
        "D0": ("争吵", [{"name": CLERK, "id_number": ID, "phone": HOME}]),
        "D1": ("来电", [{"phone": HOME}]),
    }
    plain.load(loaded(rows), "a", AT)
    confirmed = find(plain, id_number=ID, confirmed=["110|D1|1"])
    object_to(plain, confirmed, "张警官", "本人申请", NOW)
    plain.load(loaded({"D2": named(COPIED)}, "2024-12-20 10:00"), "b", AT)
    assert withdraw_objection(plain, find(plain, id_number=ID, name=COPIED), NOW) == 1
    assert plain.known(NOW)[1]["name"].dropna().tolist() == [COPIED]
    assert plain.known(NOW)[1]["phone"].isna().all()
    own = find(plain, id_number=ID, name=CLERK)
    assert keys_left(own) == ["110|D1|1", "110|D2|1"]
    assert withdraw_objection(plain, own, NOW) == 1
    assert plain.known(NOW)[1]["phone"].dropna().tolist() == [HOME, HOME]


def test_an_objection_that_may_be_a_masked_person_s_is_not_ended_for_another(plain: Store) -> None:
    """Refused with the rows named; once they have their name it ends for this one alone."""
    plain.load(loaded({"D0": named("张某")}), "a", AT)
    object_to(plain, find(plain, id_number=ID), "张警官", "本人申请", NOW)
    plain.load(loaded({"D1": named("张某", COPIED)}, "2024-12-20 10:00"), "b", AT)
    with pytest.raises(RefusedError, match=r"110\|D0\|1, 110\|D1\|1"):
        withdraw_objection(plain, find(plain, id_number=ID, name=COPIED), NOW)
    assert plain.known(NOW)[1]["name"].isna().all()
    correct(plain, find(plain, id_number=ID, name=CLERK), {"name": CLERK})
    assert withdraw_objection(plain, find(plain, id_number=ID, name=COPIED), NOW) == 1
    assert set(plain.known(NOW)[1]["name"].dropna()) == {COPIED}


@pytest.mark.parametrize(
    ("reports", "name", "records"),
    [
        ([named("张某", COPIED), named("张某")], CLERK, {"D0", "D1"}),
        ([named(None, COPIED), named(None)], CLERK, {"D0", "D1"}),
        ([named("张某", COPIED), named("张某"), named(None)], CLERK, {"D0", "D1"}),
        ([named("张某", COPIED)], "王五", None),
        ([named("张某", "张建果")], CLERK, None),
        ([named("张某", "张小明")], CLERK, None),
        ([named(None, "张建果")], CLERK, None),
        ([named(CLERK), named(COPIED), named(None)], "王五", None),
    ],
)
def test_a_name_chooses_who_is_masked_or_unnamed_where_only_one_can_be_meant(
    plain: Store, reports: list[tuple[str, list[Row]]], name: str, records: set[str] | None
) -> None:
    """The mask that fits, or of two people the one without a name; else nobody is chosen."""
    plain.load(loaded({f"D{number}": one for number, one in enumerate(reports)}), "a", AT)
    person = find(plain, id_number=ID, name=name)
    assert person.shared == (records is None)
    if records:
        assert records_of(person) == records
        assert COPIED not in json.dumps(own_copy(plain, person).content, ensure_ascii=False)
        object_to(plain, person, "张警官", "本人申请", NOW)
        assert COPIED in set(plain.known(NOW)[1]["name"].dropna())
        assert "张某" not in set(plain.known(NOW)[1]["name"].dropna())
        assert withdraw_objection(plain, find(plain, id_number=ID, name=name), NOW) == 1
