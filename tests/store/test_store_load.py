"""Loading: a record is stored, a new version, an exact repeat or quarantined; the sums hold."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from warning.errors import StoreError, UsageError
from warning.reading import from_frames, read_records
from warning.records import CanonicalTables
from warning.settings import load_settings
from warning.store import Store
from warning.store.migrate import MIGRATIONS, revisions
from warning.store.tables import metadata

AT = pd.Timestamp("2025-01-01").to_pydatetime()


def tables(*rows: tuple[str, str, str], name: str = "张三") -> CanonicalTables:
    """Canonical tables of rows (record_id, reported_at, narrative), one party each."""
    records = pd.DataFrame(rows, columns=["record_id", "reported_at", "narrative"])
    records["channel"] = "110"
    parties = pd.DataFrame(
        {"channel": "110", "record_id": records["record_id"], "party_no": "1", "name": name}
    ).drop_duplicates()
    return from_frames(records, parties, load_settings().channels, clock=pd.Timestamp("2025-01-01"))


@pytest.fixture
def store(empty_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with Store.open(empty_url) as opened:
        yield opened


def test_schema_is_what_the_migrations_build(store: Store) -> None:
    """The migrations end at exactly the tables that the code uses."""
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_same_content_again_is_a_repeat(store: Store) -> None:
    """Loading the same records again stores nothing and counts them as exact repeats."""
    loaded = tables(("A1", "2024-01-01 10:00:00", "争吵"), ("A2", "2024-01-02 10:00:00", "打架"))
    first, second = store.load(loaded, "a", AT), store.load(loaded, "a", AT)
    assert (first.stored, first.repeats) == (2, 0)
    assert (second.stored, second.repeats) == (0, 2)
    assert len(store.table("records")) == 2
    assert len(store.table("parties")) == 2


def test_other_content_is_a_new_version_and_the_old_file_again_a_repeat(store: Store) -> None:
    """A correction is version 2; the old file loaded once more does not undo it."""
    old, new = (tables(("A1", "2024-01-01 10:00:00", text)) for text in ("争吵", "打架"))
    store.load(old, "a", AT)
    assert store.load(new, "b", AT).versions == 1
    assert store.load(old, "a", AT).repeats == 1
    records, parties = store.known(pd.Timestamp("2024-06-01"))
    assert list(records["narrative"]) == ["打架"]
    assert len(parties) == 1


def test_a_row_of_before_several_were_parted_is_a_repeat(store: Store) -> None:
    """A report is known again by its cells as they are written."""
    loaded = tables(("A1", "2024-01-01 10:00:00", "争吵"), name="张三、李四")
    assert len(loaded.parties) == 2
    assert loaded.content_parties is not None
    before = replace(loaded, parties=loaded.content_parties, party_sources=pd.Series([0]))
    store.load(before, "a", AT)
    again = store.load(loaded, "a", AT)
    assert (again.stored, again.repeats, again.parties_repeats) == (0, 1, 1)
    new = store.load(tables(("A1", "2024-01-02 10:00:00", "争吵"), name="张三、李四"), "a", AT)
    assert (new.stored, new.parties_read, new.parties_stored) == (1, 1, 1)
    assert store.table("parties")["party_no"].tolist() == ["1", "1", "1.2"]


def test_who_is_added_to_a_report_in_several_rows_takes_nobody_s_number(
    store: Store, tmp_path: Path
) -> None:
    """Nor does who is left when others are withdrawn, nor a new person a number that one had."""
    row = {"事件编号": "E1", "上报时间": "2024-03-03 10:00", "类别": "宅基地", "简述": "争吵"}
    exports = ("王五", "李四"), ("李四", "丁一", "王五"), ("王五",), ("王五", "丁一", "孙二")
    for names in exports:
        rows = [{**row, "当事人姓名": name} for name in names]
        pd.DataFrame(rows).to_csv(tmp_path / "矛盾纠纷.csv", index=False)
        read = read_records(
            [tmp_path / "矛盾纠纷.csv"],
            load_settings().channels,
            channel="网格",
            clock=pd.Timestamp("2025-01-01"),
        )
        assert store.load(read, "a", AT).stored == 1
        assert store.load(read, "a", AT).stored == 0
    told = store.table("parties").groupby("version")[["party_no", "name"]]
    assert [dict(sorted(some.to_numpy().tolist())) for _, some in told] == [
        {"1": "李四", "1.2": "王五"},
        {"1": "李四", "1.2": "王五", "1.3": "丁一"},
        {"1.2": "王五"},
        {"1.2": "王五", "1.3": "丁一", "1.4": "孙二"},
    ]


def test_versions_are_found_however_many_ids_are_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More ids than one query takes, on two channels."""
    monkeypatch.setattr("warning.store.versions.AT_ONCE", 2)
    rows = [(f"A{number}", "2024-01-01 10:00:00", "争吵") for number in range(5)]
    store.load(tables(*rows), "a", AT)
    elsewhere = tables(*rows)
    for frame in (elsewhere.records, elsewhere.parties):
        frame["channel"] = "12345"
    assert store.load(elsewhere, "b", AT).versions == 0
    again = tables(*rows[:4], ("A4", "2024-01-01 10:00:00", "打架"))
    told = store.load(again, "c", AT)
    assert (told.stored, told.versions, told.repeats) == (1, 1, 4)
    assert store.table("records")["version"].tolist() == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]


def test_a_changed_party_is_a_new_version(store: Store) -> None:
    """A record whose party was corrected has new content."""
    store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
    store.load(tables(("A1", "2024-01-01 10:00:00", "争吵"), name="李四"), "b", AT)
    assert list(store.known(pd.Timestamp("2024-06-01"))[1]["name"]) == ["李四"]


def test_verdicts_of_one_moment_are_all_kept_and_the_last_one_holds(store: Store) -> None:
    """Two analysts within a second, or one who thinks again at once."""
    pair = {"kind": "person", "left": "110|A1|1", "right": "110|A2|1", "user": "张工"}
    for verdict in ("same", "different", "unsure", "same", "different"):
        store.add_verdict({**pair, "verdict": verdict, "at": AT})
    kept = store.table("verdicts").sort_values("at")
    assert kept["verdict"].tolist() == ["same", "different", "unsure", "same", "different"]
    assert (kept["at"].dt.floor("s") == AT).all()


def silent(*rows: tuple[str, str, str]) -> CanonicalTables:
    """The same records from a source that says nothing of parties."""
    frame = pd.DataFrame(rows, columns=["record_id", "reported_at", "narrative"])
    return from_frames(frame.assign(channel="110"), None, load_settings().channels)


def test_a_version_that_says_nothing_of_parties_keeps_them(store: Store) -> None:
    """An outcome sent later without a table of parties; nobody is known before he was told."""
    store.load(tables(("A1", "2024-02-01 10:00:00", "争吵"), ("A2", "2024-02-01 10:00:00", "争吵")),
               "a", AT)  # fmt: skip
    later = silent(("A1", "2024-03-01 10:00:00", "和解"), ("A2", "2024-01-01 10:00:00", "先"),
                   ("A1", "2024-04-01 10:00:00", "履行"), ("A3", "2024-03-01 10:00:00", "新"))  # fmt: skip
    summary = store.load(later, "b", AT)
    assert (summary.parties_kept, summary.without_parties) == (2, 0)
    assert (summary.parties_read, summary.parties_stored) == (0, 0)
    for moment, known in (("01-15", []), ("02-15", ["A1", "A2"]), ("04-15", ["A1", "A2"])):
        parties = store.known(pd.Timestamp(f"2024-{moment}"))[1]
        assert parties["record_id"].tolist() == known
        assert set(parties["name"]) <= {"张三"}
    assert store.load(later, "b", AT).repeats == 4
    corrected = tables(("A1", "2024-05-01 10:00:00", "履行"), name="李四")
    store.load(corrected, "c", AT)
    store.load(silent(("A1", "2024-06-01 10:00:00", "结案")), "d", AT)
    people = store.known(pd.Timestamp("2024-07-01"))[1].set_index("record_id")["name"]
    assert people.to_dict() == {"A1": "李四", "A2": "张三"}


def test_a_version_whose_parties_are_nobody_has_none_and_the_load_says_so(store: Store) -> None:
    """A table of parties tells all there is of a record; a version before it is not asked."""
    first, later = (
        tables(("A1", "2024-01-01 10:00:00", "争吵")),
        silent(("A1", "2024-02-01", "和解")),
    )
    store.load(first, "a", AT)
    nobody = from_frames(
        later.records, first.parties.drop(columns="row")[:0], load_settings().channels
    )
    summary = store.load(nobody, "b", AT)
    assert (summary.parties_kept, summary.without_parties) == (0, 1)
    assert store.known(pd.Timestamp("2024-03-01"))[1].empty
    assert store.load(silent(("A1", "2024-03-01", "结案")), "c", AT).parties_kept == 0


def test_a_report_loaded_after_its_outcome_is_told_to_stand_behind_it(store: Store) -> None:
    """The outcome, reported later, names nobody; loaded again with the parties it has them."""
    store.load(silent(("A1", "2024-03-01 10:00:00", "和解"), ("A2", "2024-01-01 10:00:00", "先")),
               "a", AT)  # fmt: skip
    report = tables(("A1", "2024-02-01 10:00:00", "争吵"), ("A2", "2024-02-01 10:00:00", "争吵"),
                    ("A3", "2024-02-01 10:00:00", "争吵"))  # fmt: skip
    assert store.load(report, "b", AT).bare_after == 1
    late = pd.Timestamp("2024-04-01")
    assert sorted(store.known(late)[1]["record_id"]) == ["A2", "A3"]
    assert store.load(report, "b", AT).bare_after == 0
    again = store.load(tables(("A1", "2024-03-01 10:00:00", "和解")), "c", AT)
    assert (again.versions, again.bare_after) == (1, 0)
    assert sorted(store.known(late)[1]["record_id"]) == ["A1", "A2", "A3"]


def with_texts(reported_at: str, *record_ids: str, **texts: str) -> CanonicalTables:
    """Records of one moment with the same texts."""
    frame = pd.DataFrame({"record_id": record_ids}).assign(reported_at=reported_at, **texts)
    return from_frames(frame.assign(channel="110"), None, load_settings().channels)


def test_versions_that_lose_texts_are_counted(store: Store) -> None:
    """A column that a delivery lacks; not where there was no text, nor of an earlier moment."""
    store.load(with_texts("2024-01-01", "A1", "A2", narrative="争吵", outcome="移交"), "a", AT)
    store.load(with_texts("2024-01-01", "A3", outcome="移交"), "a", AT)
    assert store.load(with_texts("2024-01-01", "A1", outcome="移交"), "b", AT).texts_lost == 1
    assert store.load(with_texts("2024-01-01", "A1", outcome="受理"), "b", AT).texts_lost == 0
    assert store.load(with_texts("2023-01-01", "A2", outcome="受理"), "b", AT).texts_lost == 0
    both = with_texts("2024-02-01", "A2", "A3", "A4", outcome="受理")
    assert store.load(both, "b", AT).texts_lost == 1


def test_a_return_to_an_earlier_content_is_counted(store: Store) -> None:
    """A repeat of what no longer stands; not where the load holds what stands, too."""
    open_, settled = (("A1", "2024-01-01 10:00:00", text) for text in ("未达成协议", "达成协议"))
    other = ("A2", "2024-01-01 10:00:00", "争吵")
    assert store.load(tables(open_, other), "a", AT).repeats_of_old == 0
    assert store.load(tables(settled), "b", AT).repeats_of_old == 0
    again = store.load(tables(open_, other), "c", AT)
    assert (again.repeats, again.repeats_of_old) == (2, 1)
    assert list(store.known(pd.Timestamp("2024-06-01"))[0]["narrative"]) == ["达成协议", "争吵"]
    assert store.load(tables(open_, settled), "d", AT).repeats_of_old == 0


def test_a_new_version_reported_earlier_than_the_one_in_force_is_no_repeat(store: Store) -> None:
    """It is counted apart; not where the load holds what stands, too, nor of a new record."""
    days = [("A1", f"2024-01-{day} 10:00:00", f"第{day}日") for day in ("04", "02", "05", "03")]
    store.load(tables(days[0]), "a", AT)
    moved = store.load(tables(days[1]), "b", AT)
    assert (moved.versions, moved.repeats_of_old, moved.earlier_versions) == (1, 0, 1)
    assert list(store.known(pd.Timestamp("2024-06-01"))[0]["narrative"]) == ["第04日"]
    again = store.load(tables(days[1]), "b", AT)
    assert (again.repeats, again.repeats_of_old, again.earlier_versions) == (1, 1, 0)
    both = store.load(tables(days[2], days[3], ("A2", *days[0][1:]), ("A2", *days[1][1:])), "c", AT)
    assert (both.repeats_of_old, both.earlier_versions) == (0, 0)


def test_two_versions_in_one_load_keep_their_own_parties(store: Store) -> None:
    """Versions of one record in one file are both kept, the later row last."""
    loaded = tables(("A1", "2024-01-01 10:00:00", "争吵"), ("A1", "2024-01-01 10:00:00", "打架"))
    assert store.load(loaded, "a", AT).stored == 2
    records, parties = store.known(pd.Timestamp("2024-06-01"))
    assert list(records["narrative"]) == ["打架"]
    assert list(parties["name"]) == ["张三"]


def test_only_what_was_reported_is_known(store: Store) -> None:
    """A version reported after the moment is not seen; the version before it is."""
    store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
    store.load(tables(("A1", "2024-03-01 10:00:00", "更正")), "b", AT)
    assert list(store.known(pd.Timestamp("2024-02-01"))[0]["narrative"]) == ["争吵"]
    assert list(store.known(pd.Timestamp("2024-03-01 10:00"))[0]["narrative"]) == ["更正"]
    assert store.known(pd.Timestamp("2023-12-31"))[0].empty


def test_a_version_is_no_new_report(store: Store) -> None:
    """Its content counts from when it was reported; the record was reported when it first was."""
    first, later = "2024-01-01 10:00:00", "2024-03-01 10:00:00"
    store.load(tables(("A1", first, "争吵"), ("A2", first, "争吵")), "a", AT)
    store.load(tables(("A1", later, "和解")), "b", AT)
    for moment, told, version, load in (("2024-02-01", first, 1, 1), ("2024-04-01", later, 2, 2)):
        found = store.known(pd.Timestamp(moment), versions=True)[0].set_index("record_id").loc["A1"]
        assert (str(found["reported_at"]), str(found["told_at"])) == (first, told)
        assert (found["version"], found["load_id"]) == (version, load)
    assert [str(at) for at in store.table("records")["reported_at"]] == [first, later, first]


@pytest.mark.parametrize("apart", [True, False])
def test_the_version_reported_last_counts_in_whatever_order_it_comes(
    store: Store, apart: bool
) -> None:
    """A correction above its original, or loaded before it; of equally reported ones the later."""
    rows = [("A1", "2024-03-01 10:00:00", "更正"), ("A1", "2024-01-01 10:00:00", "争吵"),
            ("A1", "2024-02-01 10:00:00", "打架"), ("A1", "2024-02-01 10:00:00", "和解")]  # fmt: skip
    for number, own in enumerate([rows[i : i + 1] for i in range(4)] if apart else [rows]):
        # Two versions of one load have their parties once, so each load has a name of its own.
        store.load(tables(*own, name="张三李四王五赵六"[2 * number :][:2]), "a", AT)
    for moment, narrative, name in (("01-31", "争吵", "李四"), ("02-29", "和解", "赵六"),
                                    ("03-02", "更正", "张三")):  # fmt: skip
        records, parties = store.known(pd.Timestamp(f"2024-{moment}"), versions=True)
        assert records["narrative"].tolist() == [narrative]
        assert str(records["reported_at"][0]) == "2024-01-01 10:00:00"
        assert records["load_id"].tolist() == [{"01-31": 2, "02-29": 4, "03-02": 4}[moment]
                                               if apart else 1]  # fmt: skip
        assert parties["name"].tolist() == [name if apart else "张三"]


def test_quarantined_rows_are_counted_and_kept(store: Store) -> None:
    """Rows in = stored + quarantined + repeats, and the quarantine says why."""
    loaded = tables(("A1", "2024-01-01 10:00:00", "争吵"), ("A2", "昨天", "打架"))
    summary = store.load(loaded, "a", AT)
    assert summary.rows_read == summary.stored + summary.quarantined + summary.repeats == 2
    assert summary.quarantined == 1
    assert store.table("quarantine")["reason"].str.len().gt(0).all()


def test_rows_of_parties_have_a_sum_of_their_own(store: Store) -> None:
    """Set aside, the same twice, of a record that is stored already: each is counted once."""
    records = pd.DataFrame({"record_id": ["A1", "A2", "A2"], "narrative": ["争吵", "打架", "和解"]})
    rows = [("A1", "1", "张三"), ("A1", "1", "张三"), ("A1", "1", "李四"), ("ZZ", "1", "王五"),
            ("A2", None, "赵六"), ("A2", "1", "孙七"), ("A2", "2", "钱\x00八")]  # fmt: skip
    loaded = from_frames(
        records.assign(channel="110", reported_at="2024-01-01 10:00:00"),
        pd.DataFrame(rows, columns=["record_id", "party_no", "name"]).assign(channel="110"),
        load_settings().channels,
    )
    first, again = store.load(loaded, "a", AT), store.load(loaded, "a", AT)
    sums = [(one.parties_read, one.parties_stored, one.parties_quarantined, one.parties_repeats)
            for one in (first, again)]  # fmt: skip
    assert sums == [(7, 2, 4, 1), (7, 0, 4, 3)]
    assert store.table("parties")["name"].tolist() == ["张三", "孙七", "孙七"]
    assert (first.rows_read, first.quarantined) == (3, 0)


def test_a_newer_store_is_refused(empty_url: str) -> None:
    """A store of a later version is refused with what to do, and left as it is."""
    with Store.open(empty_url) as opened, opened.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        Store.open(empty_url)


def test_every_migration_is_known_by_its_file() -> None:
    """The numbers of the files are the library's chain of revisions, in its order."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    chain = [script.revision for script in scripts.walk_revisions()]
    assert list(revisions()) == chain[::-1]


def test_stores_are_made_in_threads(tmp_path: Path) -> None:
    """Each thread of one process may make its own store at the same moment as another."""
    ready = threading.Barrier(3)

    def make(number: int) -> int:
        ready.wait()
        with Store.open(f"sqlite:///{tmp_path / str(number)}.db") as store:
            return store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT).stored

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(make, range(3))) == [1, 1, 1]


def test_opening_a_store_imports_nothing_of_linking() -> None:
    """What short commands do not need stays out: it takes longer than they do."""
    heavy = ("alembic", "pypinyin", "rapidfuzz", "scipy", "sklearn", "docx", "openpyxl")
    told = "import sys, warning.commands.console; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "warning.store.store" in loaded
    assert not set(heavy) & set(loaded)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """A database with other tables is not migrated over."""
    import sqlite3

    connection = sqlite3.connect(tmp_path / "w.db")
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        Store.open(f"sqlite:///{tmp_path / 'w.db'}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Any other file is named as such."""
    (tmp_path / "w.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="not a store"):
        Store.open(f"sqlite:///{tmp_path / 'w.db'}")


def test_a_missing_directory_and_an_odd_url_are_refused(tmp_path: Path) -> None:
    """A store URL that leads nowhere says so before anything is written."""
    with pytest.raises(StoreError, match="no directory"):
        Store.open(f"sqlite:///{tmp_path / 'none' / 'w.db'}")
    with pytest.raises(UsageError, match="cannot be read"):
        Store.open("warning.db")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("file:w.db?uri=true", r"the file itself is expected"),
        ("file:w.db", r"the file itself is expected"),
        ("why?.db", r"would be the file why, .*question mark, \.db"),
        ("w.db?mode=ro", r"would be the file w\.db, .*question mark, mode=ro"),
        ("w.db?uri=true", r"would be the file w\.db, .*question mark, uri=true"),
    ],
)
def test_an_sqlite_file_is_named_by_its_path_alone(
    name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of another name is made, and none whose mode was not seen to."""
    monkeypatch.chdir(tmp_path)
    for opening in (Store.open, Store.open_existing):
        with pytest.raises(UsageError, match=told):
            opening(f"sqlite:///{name}")
    assert list(tmp_path.iterdir()) == []
    for settings in ("", "timeout=5", "isolation_level=IMMEDIATE&detect_types=1"):
        Store.open(f"sqlite:///why%3F.db?{settings}").close()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".db"] == ["why?.db"]
    assert (tmp_path / "why?.db").stat().st_mode & 0o777 == 0o600


def test_a_locked_store_says_so(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process writes, a load waits, says so, and stores nothing; reading goes on."""
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.1)
    loaded = tables(("A1", "2024-01-01 10:00:00", "争吵"))
    with Store.open(empty_url) as first, Store.open(empty_url) as second:
        with first.writing(), pytest.raises(StoreError, match="in use"):
            second.load(loaded, "a", AT)
        assert second.table("records").empty
        assert second.load(loaded, "a", AT).stored == 1


def test_a_full_disk_undoes_the_load(tmp_path: Path) -> None:
    """When the disk is full, none of the load is stored and the message says what to do."""
    rows = [(f"A{i}", "2024-01-01 10:00:00", "争" * 4000) for i in range(200)]
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        with store.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        event.listen(
            store._engine,
            "begin",
            lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}"),
        )
        with pytest.raises(StoreError, match="disk is full"):
            store.load(tables(*rows), "a", AT)
        assert store.table("records").empty
        assert store.table("loads").empty
