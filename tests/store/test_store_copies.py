"""Copies: what a night reads by them is what the tables hold, whatever happened since."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest
from pyarrow import ArrowInvalid
from sqlalchemy import Table, insert, select, text, update

from tests.conftest import load_town
from tests.copying import filled, like
from tests.operations.test_operations_people import ID
from tests.sharing import shared
from tests.store.test_store_load import AT
from tests.store.test_store_load import tables as loaded
from warning.demo.city import AS_OF
from warning.errors import Problem, StoreError
from warning.keeping.finding import find
from warning.keeping.objecting import object_to
from warning.keeping.rights import correct, erase
from warning.keeping.soundness import soundness
from warning.matching.remembering import relinking
from warning.nightly import links_of, run_nightly
from warning.reading import from_frames
from warning.records import RECORD
from warning.scoring.known_facts import facts_of, facts_settings
from warning.settings import Settings, load_settings
from warning.store import Store, known
from warning.store.copies import copy_of
from warning.store.digests import SIZE
from warning.store.frames import read_table
from warning.store.operation_tables import memory
from warning.store.packing import frame_of
from warning.store.remembering import NAMES, keep_row, row_of
from warning.store.state import kept_state
from warning.store.tables import (
    STATE,
    cases,
    letters,
    mentions,
    parties,
    records,
    transitions,
)

NOW = pd.Timestamp("2025-02-01 09:00")
REBUILT = AS_OF - pd.Timedelta(days=200)


def read_both_ways(store: Store, as_of: pd.Timestamp) -> None:
    """What is known by the copy is what the tables say."""
    with store.reading() as connection:
        by_copy, plain = known._with_copy(connection, as_of), known._read(connection, as_of)
    assert by_copy is not None
    for own, other in zip(by_copy, plain, strict=True):
        pd.testing.assert_frame_equal(own, other)


@pytest.fixture(scope="module")
def rebuilt_store(hamlet_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hamlet's store with a night; tests copy it."""

    def make(directory: Path) -> None:
        load_town(hamlet_files, f"sqlite:///{directory / 'w.db'}")
        run_nightly(f"sqlite:///{directory / 'w.db'}", None, REBUILT)

    return shared(tmp_path_factory, "rebuilt_store", make)[0] / "w.db"


@pytest.fixture
def hamlet(rebuilt_store: Path, new_url: str, tmp_path: Path) -> Iterator[Store]:
    """A copy of that store, on each database in turn."""
    with Store.open(filled(rebuilt_store, new_url, tmp_path)) as store:
        yield store


def test_a_hamlet_is_known_by_its_copy(hamlet: Store) -> None:
    """At the rebuild and after it, with late, newer and changed reports; before it there is none."""
    changed = hamlet.known(REBUILT)[0].iloc[[3]]
    for days in (0, 40, 200):
        read_both_ways(hamlet, REBUILT + pd.Timedelta(days=days))
    hamlet.load(loaded(("Z1", "2024-03-01 10:00:00", "争吵")), "late", AT)
    read_both_ways(hamlet, REBUILT)
    again = from_frames(changed.assign(narrative="改过"), None, load_settings().channels, AS_OF)
    hamlet.load(again, "again", AT)
    for days in (0, 200):
        read_both_ways(hamlet, REBUILT + pd.Timedelta(days=days))
    found = hamlet.known(AS_OF)[0]
    assert "改过" in set(found["narrative"])
    assert "Z1" in set(found["record_id"])
    assert {"version", "load_id", "told_at"}.isdisjoint(found)
    assert {"version", "load_id", "told_at"} <= set(hamlet.known(AS_OF, versions=True)[0])
    with hamlet.reading() as connection:
        assert known._with_copy(connection, REBUILT - pd.Timedelta(days=100)) is None


def test_versions_are_known_by_the_copy(hamlet: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded before and reported after the night, loaded after it, and older than what is known."""
    first, when = hamlet.known(REBUILT)[0].iloc[:3], "reported_at"
    days = {"later": 2, "since": -2, "older": -900}
    for (narrative, shift), (_, one) in zip(days.items(), first.iterrows(), strict=True):
        told = one.to_frame().T.assign(narrative=narrative)
        told[when] = (REBUILT if shift > -9 else one[when]) + pd.Timedelta(days=shift)
        hamlet.load(from_frames(told, None, load_settings().channels, AS_OF), narrative, AT)
    for shift in (0, 1, 2, 200):
        read_both_ways(hamlet, REBUILT + pd.Timedelta(days=shift))
    night = REBUILT + pd.Timedelta(days=3)
    known, parties = hamlet.known(night, versions=True)
    found = known.merge(first[RECORD], on=RECORD)
    assert set(found["narrative"]) == {"later", "since", first["narrative"].iloc[2]}
    before = first[when].tolist()
    assert found[when].tolist() == [*before[:2], before[2] - pd.Timedelta(days=900)]
    # A night from memory takes up all three, and says of the events what linking everything does.
    kept = hamlet.remembered(night)
    assert kept is not None
    monkeypatch.setattr(relinking, "MOST_CHANGED", 1.0)  # three of so few are many
    previous = hamlet.previous(kept.frames, known)
    assert previous is not None and previous.changed is not None
    assert {*first["record_id"]} <= set(previous.changed["record_id"])
    links = [
        links_of(hamlet, known, parties, load_settings(), previous, kept, night, rebuild=rebuild)
        for rebuild in (False, True)
    ]
    assert links[0].report["records withdrawn or changed"] == 3
    first_told = [one.incidents.sort_values("incident_id")[when].tolist() for one in links]
    assert first_told[0] == first_told[1]


def test_the_state_is_what_the_night_found(hamlet: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patches lead to the tables, and these hold the links of the night, closed cases among them.

    After a rebuild, nights from memory, one that found patches gone, and the next rebuild.
    """
    packaged = load_settings()
    soon = packaged.escalation.model_copy(update={"closing_quiet_days": 1})
    settings, kept, keep = replace(packaged, escalation=soon), [], Store.keep
    monkeypatch.setattr(
        Store, "keep", lambda store, night: kept.append(night) or keep(store, night)
    )
    the_state_is_that_of_the_patches(hamlet, REBUILT)
    accept_all(hamlet, REBUILT + pd.Timedelta(hours=30))
    for days in (3, 4, 8):
        if days == 4:
            with hamlet.writing() as connection:
                connection.execute(update(mentions).values(text="改"))
                connection.execute(update(cases).values(status="改"))
        as_of = REBUILT + pd.Timedelta(days=days)
        assert run_nightly(hamlet, settings, as_of).summary["linked_from_memory"] == (days < 7)
        without = (mentions, cases) if days == 4 else ()
        the_state_is_that_of_the_patches(hamlet, as_of, without)
        for table in STATE:
            own = hamlet.table(table.name).drop(columns="mention_id", errors="ignore")
            found = getattr(kept[-1].links, table.name)[list(own.columns)].astype(own.dtypes)
            order = list(own.columns)[:5]
            pd.testing.assert_frame_equal(
                own.sort_values(order, ignore_index=True),
                found.sort_values(order, ignore_index=True),
            )
        assert set(hamlet.table("cases")["status"]) == {"open", "closed"}


def accept_all(store: Store, at: pd.Timestamp) -> None:
    """Every letter is answered, and the answers are accepted."""
    with store.writing() as connection:
        connection.execute(update(letters).values(status="accepted"))
        for letter_id in store.table("letters")["letter_id"]:
            connection.execute(
                insert(transitions).values(
                    letter_id=letter_id, from_status="replied", to_status="accepted", officer="李",
                    reason="", at=at.to_pydatetime(),
                )
            )  # fmt: skip


def the_state_is_that_of_the_patches(
    store: Store, as_of: pd.Timestamp, gone: Collection[Table] = ()
) -> None:
    """The last night, of ``as_of``, left patches of what it wrote, but of what is gone."""
    with store.reading() as connection:
        for table in STATE:
            kept = kept_state(connection, table)
            assert (kept is None) == (table in gone)
            if kept is None:
                continue
            found = kept.frame
            order = [column.name for column in table.primary_key]
            pd.testing.assert_frame_equal(
                found.sort_values(order, ignore_index=True), read_table(connection, table)
            )


def test_facts_are_read_once_a_rebuild(hamlet: Store) -> None:
    """What is taken over is what reading would give, by the settings that it was read by alone."""
    chosen = load_settings()
    sharper = chosen.scoring.model_copy(update={"category_severity": {"": 2}})
    other = Settings(**{**vars(chosen), "scoring": sharper})
    hamlet.load(loaded(("Z1", "2024-12-01 10:00:00", "持刀威胁")), "new", AT)
    records, _ = hamlet.known(AS_OF, versions=True)
    before = hamlet.facts(facts_settings(chosen), AS_OF)
    assert before is not None
    assert 0 < len(before) < len(records)
    found = facts_of(records, chosen, before)
    pd.testing.assert_frame_equal(found, facts_of(records, chosen))
    assert found.loc[found["record_id"] == "Z1", "weapon"].tolist() == [True]
    assert hamlet.facts(facts_settings(other), AS_OF) is None
    assert (facts_of(records, other)["severity"] >= 2).all()
    planted = before.assign(severity=9)
    assert (facts_of(records, chosen, planted)["severity"] == 9).sum() == len(before)


def of_one_person(store: Store) -> None:
    """A report of a man, and a night that leaves copies."""
    record = pd.DataFrame(
        {"record_id": ["A1"], "channel": "110", "reported_at": "2024-12-01 10:00:00",
         "narrative": "争吵"}
    )  # fmt: skip
    party = pd.DataFrame(
        {"record_id": ["A1"], "party_no": "1", "name": "欧阳志远", "id_number": ID}
    )
    channels = load_settings().channels
    store.load(from_frames(record, party, channels, clock=pd.Timestamp("2025-01-01")), "a", AT)
    run_nightly(store, None, "2025-01-01")


@pytest.fixture(scope="module")
def told(module_url: str) -> str:
    """A store with that man and night, on each database in turn; tests copy it."""
    with Store.open(module_url) as store:
        of_one_person(store)
    return module_url


@pytest.fixture
def one_person(told: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A copy of that store."""
    with Store.open(like(told, tmp_path, request)) as store:
        yield store


def test_a_correction_takes_the_copies_with_it(one_person: Store) -> None:
    """It is no later than what it corrects, so nobody would look for it."""
    assert correct(one_person, find(one_person, id_number=ID), {"name": "李四"}) == 1
    is_sound(one_person)
    assert copies(one_person) == []
    assert one_person.known(NOW)[1]["name"].tolist() == ["李四"]


def is_sound(store: Store) -> None:
    """No row is lost, and nothing damaged."""
    with store.reading() as connection:
        assert soundness(connection, NOW).faults() == []


def copies(store: Store) -> list[str]:
    """Of which tables the store has copies."""
    with store.reading() as connection:
        names = connection.execute(select(memory.c.name).where(memory.c.name.like("copy of%")))
        return [name.removeprefix("copy of ") for name in names.scalars()]


def test_a_copy_is_sealed(one_person: Store) -> None:
    """Whoever has the file reads no row of it; who reads by the copy does."""
    with one_person.reading() as connection:
        held = dict(connection.execute(select(memory.c.name, memory.c.content)).fetchall())
    with pytest.raises(ArrowInvalid):
        frame_of(held["copy of parties"][SIZE:])
    assert one_person.known(NOW)[1]["id_number"].tolist() == [ID]


def test_one_that_somebody_sealed_himself_is_not_read(one_person: Store) -> None:
    """Its digest is right, its seal is not: it is damaged as any other."""
    with one_person.writing() as connection:
        row = row_of(connection, "copy of parties")
        assert row is not None
        keep_row(connection, row.name, b"no seal of this store", row.as_of, row.fingerprint)
    assert one_person.known(NOW)[1]["id_number"].tolist() == [ID]
    assert one_person.dropped == ["copy of parties"]


DAMAGE = {
    "changed": "UPDATE memory SET content = :zeros",
    "cut": "UPDATE memory SET content = substr(content, 1, 100)",
    "one of the memory cut": "UPDATE memory SET content = substr(content, 1, 100) "
                             "WHERE name = 'people'",
    "another's": "UPDATE memory SET content = (SELECT content FROM memory WHERE name = 'records') "
                 "WHERE name = 'people'",
    "of another day": "UPDATE memory SET as_of = '2024-06-01 00:00:00' WHERE name = 'people'",
    "lost": "DELETE FROM memory WHERE name = 'people'",
    "the names lost": f"DELETE FROM memory WHERE name = '{NAMES}'",
    "all of it lost": "DELETE FROM memory WHERE name NOT LIKE 'copy of %'",
    "a copy cut": "UPDATE memory SET content = substr(content, 1, 100) "
                  "WHERE name = 'copy of records'",
    "a patch cut": "UPDATE memory SET content = substr(content, 1, 100) "
                   "WHERE name = 'copy of cases'",
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_whatever_is_damaged_is_read_from_the_tables(one_person: Store, damage: str) -> None:
    """It is dropped and named once; what is whole beside a damaged copy stays."""
    known, previous = one_person.known(NOW), one_person.previous()
    assert previous is not None
    with one_person.writing() as connection:
        zeros = {"zeros": b"\x00\xff\x00"} if ":zeros" in DAMAGE[damage] else {}
        connection.execute(text(DAMAGE[damage]), zeros)
    for _ in range(2):
        for own, before in zip(one_person.known(NOW), known, strict=True):
            pd.testing.assert_frame_equal(own, before)
        found = one_person.previous()
        assert found is not None
        for name in ("party_links", "place_links", "incident_links", "cases", "case_incidents"):
            pd.testing.assert_frame_equal(getattr(found, name), getattr(previous, name))
        copy_alone = damage in {"a copy cut", "a patch cut"}
        assert (one_person.remembered(NOW) is None) != copy_alone
        one_person.facts(facts_settings(load_settings()), NOW)
        assert len(set(one_person.dropped)) == len(one_person.dropped)
    assert one_person.dropped
    if copy_alone:
        assert one_person.dropped == [
            "copy of records" if damage == "a copy cut" else "copy of cases"
        ]


#: Any bit of an SQLite file may be another: what kind a value is of, or that it is text.
NO_TEXT = "CAST(x'ff00fe' AS TEXT)"
OF_ANOTHER_KIND = {
    f"content = {NO_TEXT} WHERE name = 'copy of cases'": ["copy of cases"],
    "content = 'text' WHERE name = 'copy of cases'": ["copy of cases"],
    f"as_of = {NO_TEXT} WHERE name = 'copy of cases'": ["copy of cases"],
    f"fingerprint = {NO_TEXT} WHERE name = 'people'": ["people"],
    f"name = {NO_TEXT} WHERE name = 'people'": ["memory"],
    "name = CAST(name AS BLOB) WHERE name = 'people'": ["memory"],
    "content = CAST(content AS TEXT)": [],
}


def test_a_value_of_another_kind_ends_nothing(rebuilt_store: Path, tmp_path: Path) -> None:
    """The row is dropped; one whose bytes are all there is read."""
    for number, (damage, told) in enumerate(OF_ANOTHER_KIND.items()):
        url = filled(rebuilt_store, f"sqlite:///{tmp_path / str(number)}.db", tmp_path)
        with Store.open(url) as store:
            before = store.previous()
            assert before is not None
            with store.writing() as connection:
                connection.execute(text(f"UPDATE memory SET {damage}"))
            with store.reading() as connection:
                assert soundness(connection, NOW).memory_damaged == told, damage
            memory_alone = bool(told) and not told[0].startswith("copy of")
            assert (store.remembered(REBUILT) is None) == memory_alone, damage
            found = store.previous()
            assert found is not None
            pd.testing.assert_frame_equal(found.cases, before.cases)
            assert bool(store.dropped) == bool(told), damage
            with store.reading() as connection:
                assert soundness(connection, NOW).memory_damaged == [], damage


def test_what_cannot_be_dropped_is_not_read(
    one_person: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store cannot be written, the tables are read, and nothing is said to be gone."""
    known, previous = one_person.known(NOW), one_person.previous()
    assert previous is not None
    with one_person.writing() as connection:
        connection.execute(text(BROKEN))

    def refused(*_: object, **__: object) -> NoReturn:
        raise StoreError(Problem("store", "read-only"))

    monkeypatch.setattr(Store, "writing", refused)
    for own, before in zip(one_person.known(NOW), known, strict=True):
        pd.testing.assert_frame_equal(own, before)
    found = one_person.previous()
    assert found is not None
    pd.testing.assert_frame_equal(found.cases, previous.cases)
    assert one_person.remembered(NOW) is None
    assert one_person.facts(facts_settings(load_settings()), NOW) is None
    assert one_person.dropped == []


WITHOUT_COPIES = "DELETE FROM memory WHERE name IN ('copy of mentions', 'copy of parties')"
BROKEN = "UPDATE memory SET content = substr(content, 1, 100)"


@pytest.mark.parametrize(
    ("damage", "gone", "from_memory"),
    [(BROKEN, "DELETE FROM memory", 0),
     (WITHOUT_COPIES.replace("DELETE FROM memory", BROKEN), WITHOUT_COPIES, 1)],
)  # fmt: skip
def test_a_night_over_damage_is_one_without(
    rebuilt_store: Path, tmp_path: Path, damage: str, gone: str, from_memory: int
) -> None:
    """What linking reads, and what is first read when the night is kept, as the patch of mentions."""
    left = []
    for name, change in (("damaged", damage), ("gone", gone)):
        url = filled(rebuilt_store, f"sqlite:///{tmp_path / name}.db", tmp_path)
        with Store.open(url) as store:
            with store.writing() as connection:
                connection.execute(text(change))
            night = run_nightly(store, None, REBUILT + pd.Timedelta(days=1))
            assert night.summary["linked_from_memory"] == from_memory
            copies_alone = ["copy of parties", "copy of mentions"]
            if name == "damaged" and from_memory:
                assert store.dropped == copies_alone
            left.append([store.table(table.name) for table in (*STATE, letters)])
            left[-1].append(night.warnings)
    for damaged, whole in zip(*left, strict=True):
        pd.testing.assert_frame_equal(damaged, whole)


def test_a_copy_made_without_a_key_goes_when_one_comes(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain number must not stay in it."""
    with monkeypatch.context() as without:
        without.delenv("WARNING_KEY")
        without.setenv("XDG_CONFIG_HOME", "/dev/null/none")
        with Store.open(empty_url) as store:
            of_one_person(store)
            assert "parties" in copies(store)
    with Store.open(empty_url) as store:
        assert copies(store) == []
        assert store.known(NOW)[1]["id_number"].tolist() == [ID]


def test_a_copy_goes_with_any_change_of_its_table(one_person: Store) -> None:
    """A row changed or deleted by hand is changed for whoever reads."""
    assert {"records", "parties", "party_links"} <= set(copies(one_person))
    with one_person.writing() as connection:
        connection.execute(text("DELETE FROM party_links"))
    assert {"records", "parties", "place_links"} <= set(copies(one_person)) - {"party_links"}
    previous = one_person.previous()
    assert previous is not None
    assert previous.party_links.empty
    with one_person.writing() as connection:
        connection.execute(text("UPDATE parties SET name = '司徒'"))
    assert copies(one_person) == []
    assert one_person.remembered(NOW) is None
    assert one_person.known(NOW)[1]["name"].tolist() == ["司徒"]


@pytest.mark.parametrize("right", ["object", "erase"])
def test_a_copy_shows_nobody_who_objected_or_was_erased(one_person: Store, right: str) -> None:
    """The copy does not fit any more, or is gone."""
    who = find(one_person, id_number=ID)
    use = object_to if right == "object" else erase
    use(one_person, who, "张警官", "本人申请", NOW)
    assert one_person.known(NOW)[1]["name"].isna().all()
    is_sound(one_person)
    with one_person.reading() as connection:
        for table in (records, parties):
            assert copy_of(connection, table, NOW.to_pydatetime()) is None
