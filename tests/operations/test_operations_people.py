"""A person's rights and retention: what is found, corrected, withheld and really gone."""

import io
import json
import os
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, func, select

from tests.copying import like
from tests.store.test_store_load import AT
from warning.cli import run
from warning.errors import RefusedError, StoreError, UsageError
from warning.exporting import export_tables, note_export
from warning.keeping.finding import find
from warning.keeping.objecting import object_to, restrict, withdraw_objection
from warning.keeping.own_copy import own_copy
from warning.keeping.retention import purge
from warning.keeping.rights import correct, erase
from warning.keeping.texts import texts_of
from warning.nightly import run_nightly
from warning.reading import from_frames
from warning.records import PARTY, CanonicalTables
from warning.settings import Settings, load_settings
from warning.spelling import HIDDEN
from warning.store import Store, connection, database, tables
from warning.store.backup import write_backup
from warning.store.restoring import restore_backup
from warning.store.sealing import text_hashes
from warning.store.withholding import texts_without

ID, PHONE = "11010519491231002X", "13800138000"
NOW = pd.Timestamp("2025-02-01 09:00")
#: When a file was written whose time is over, in seconds.
OLD = pd.Timestamp("2024-01-01").timestamp()


def reports(narrative: str = "欧阳志远（电话13800138000）与人争吵") -> CanonicalTables:
    """Three reports of one man, each with another person."""
    records = pd.DataFrame(
        {"record_id": ["A1", "A2", "A3"], "channel": "110", "narrative": narrative,
         "reported_at": ["2019-01-01 10:00:00", "2024-12-01 10:00:00", "2024-12-20 10:00:00"],
         "address": "滨海市东城区幸福路1号"}
    )  # fmt: skip
    first = {"party_no": "1", "name": "欧阳志远", "id_number": ID, "phone": PHONE}
    second = {"party_no": "2", "name": "司徒建国", "phone": "13911112222"}
    rows = [
        {"record_id": record, **who} for record in ("A1", "A2", "A3") for who in (first, second)
    ]
    clock = pd.Timestamp("2025-01-01")
    return from_frames(records, pd.DataFrame(rows), load_settings().channels, clock=clock)


@pytest.fixture(scope="module")
def told(module_url: str) -> str:
    """A store with the reports and a night, on each database in turn; tests copy it."""
    with Store.open(module_url) as opened:
        opened.load(reports(), "a", AT)
        run_nightly(opened, None, "2025-01-01")
    return module_url


@pytest.fixture
def store(told: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A copy of the store with the reports and a night."""
    with Store.open(like(told, tmp_path, request)) as opened:
        yield opened


@pytest.fixture(scope="module")
def stopped(
    told: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A copy of that store on which the next night was ended; tests copy it."""
    url = like(told, tmp_path_factory.mktemp("stopped"), request)
    with Store.open(url) as opened:
        a_night_that_stops(opened)
    return url


def entities(store: Store) -> set[str]:
    """The entities of the man's three rows."""
    links = store.table("party_links")
    return set(links.loc[links["party_no"] == "1", "entity_id"])


def test_a_person_is_found_by_number(store: Store) -> None:
    """By ID number or phone, however written; with links, cases and letters; others are not."""
    person = find(store, id_number=ID)
    assert person.records == 3
    assert set(person.parties["party_no"]) == {"1"}
    assert len(set(person.links["entity_id"])) == 1
    assert find(store, phone="+86 138-0013-8000").records == 3
    assert find(store, phone="13700000000").records == 0
    with pytest.raises(UsageError):
        find(store, id_number="1101051949****002X")
    copy = own_copy(store, person).content
    assert len(copy["records"]) == 3
    assert "司徒建国" not in str(copy)


def test_a_further_number_of_a_cell_is_listed_and_can_be_confirmed(store: Store) -> None:
    """Rows with several ID numbers in one cell are found by each of them, beside the certain ones."""
    second = "629901198001010522"
    row = {"record_id": ["B1"], "channel": "110", "reported_at": "2024-12-30 10:00:00"}
    told = {"record_id": ["B1"], "party_no": "1", "name": "韩冬梅夫妇"}
    told |= {"id_number": f"629901198001010514、{second}；{ID}"}
    channels = load_settings().channels
    store.load(from_frames(pd.DataFrame(row), pd.DataFrame(told), channels), "b", AT)
    assert find(store, id_number="629901198001010514").records == 1
    person = find(store, id_number=second)
    assert person.records == 0
    assert person.further[["record_id", "why"]].to_numpy().tolist() == [["B1", "id_number"]]
    both = find(store, id_number=ID)
    assert both.records == 3
    assert set(both.further["record_id"]) == {"B1"}
    confirmed = find(store, id_number=second, confirmed=["110|B1|1"])
    erase(store, confirmed, "张警官", "本人申请", NOW)
    assert second not in store.table("parties").to_csv()


def test_a_correction_counts_from_now_on(store: Store) -> None:
    """The new name stands in the newest version; the source's old file does not undo it."""
    assert correct(store, find(store, id_number=ID), {"name": "欧阳志源"}) == 3
    parties = store.known(NOW)[1]
    assert set(parties.loc[parties["party_no"] == "1", "name"]) == {"欧阳志源"}
    assert set(parties.loc[parties["party_no"] == "2", "name"]) == {"司徒建国"}
    again = store.load(reports(), "a", AT)
    assert (again.repeats, again.repeats_of_old) == (3, 0)
    with pytest.raises(UsageError):
        correct(store, find(store, id_number=ID), {"role": "x"})


def test_a_right_exercised_again_changes_nothing(store: Store) -> None:
    """Who does not know whether the first time ended does it again; what is new is done alone."""
    name = {"name": "欧阳志源"}
    assert correct(store, find(store, id_number=ID), name) == 3
    assert object_to(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    names = ("records", "parties", "party_keys", "restrictions", "audit")
    before = {table: store.table(table) for table in names}
    assert correct(store, find(store, id_number=ID), name) == 0
    assert not object_to(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    for table, rows in before.items():
        pd.testing.assert_frame_equal(store.table(table), rows)
    store.load(reports("欧阳志远又来"), "meanwhile", AT)
    again = find(store, id_number=ID)
    newest = again.parties.drop_duplicates(["channel", "record_id"], keep="last")
    stale = int((newest["name"] != name["name"]).sum())
    assert stale > 0
    assert correct(store, again, name) == stale


def test_nothing_is_done_on_rows_that_a_load_has_overtaken(store: Store) -> None:
    """A person is found before the turn to write: what came meanwhile would stay, or stay unheld."""
    found = find(store, id_number=ID)
    meanwhile = reports("欧阳志远又来")
    store.load(meanwhile, "meanwhile", AT)
    before = store.table("parties")
    with pytest.raises(RefusedError, match="meanwhile"):
        erase(store, found, "张警官", "本人申请", NOW)
    with pytest.raises(RefusedError, match="meanwhile"):
        correct(store, found, {"name": "欧阳志源"})
    with pytest.raises(RefusedError, match="meanwhile"):
        object_to(store, found, "张警官", "本人申请", NOW)
    pd.testing.assert_frame_equal(store.table("parties"), before)
    assert store.table("restrictions").empty
    again = find(store, id_number=ID)
    assert erase(store, again, "张警官", "本人申请", NOW).parties == 6
    assert find(store, id_number=ID).records == 0


def test_a_correction_is_of_the_version_reported_last(store: Store) -> None:
    """Also where an older one was loaded after it; the older one again does not undo it."""
    older = reports("较早的说法")
    older.records["reported_at"] -= pd.Timedelta(days=30)
    store.load(older, "late", AT)
    assert (
        correct(store, find(store, id_number=ID), {"name": "欧阳志源", "phone": "13700137000"}) == 3
    )
    records, parties = store.known(NOW, versions=True)
    assert records["version"].tolist() == [3, 3, 3]
    assert not records["narrative"].str.contains("较早").any()
    assert set(parties.loc[parties["party_no"] == "1", "name"]) == {"欧阳志源"}
    assert store.load(older, "late", AT).repeats == 3
    person = find(store, phone="13700137000")
    assert set(person.parties["version"]) == {1, 2, 3}


def test_a_correction_that_nobody_could_be_found_by_is_refused(store: Store) -> None:
    """Every value that its column cannot have is named, and nothing is changed."""
    person = find(store, id_number=ID)
    wrong = {"id_number": "110105194912310021", "phone": "abc", "gender": "zzz", "name": "王某",
             "address": "\u200b"}  # fmt: skip
    with pytest.raises(UsageError) as refused:
        correct(store, person, wrong)
    assert [one.where for one in refused.value.problems] == [
        f"{column}={value}" for column, value in wrong.items()
    ]
    for value in ("不知道", "110105****1231002X"):
        with pytest.raises(UsageError, match="check digit"):
            correct(store, person, {"id_number": value})
    for value in ("110", "1390000", "138****8000"):
        with pytest.raises(UsageError, match="mobile"):
            correct(store, person, {"phone": value})
    assert len(store.table("records")) == 3
    right = {"id_number": "110105491231002", "phone": "0936-8212345", "gender": "女",
             "name": "古丽巴哈尔", "address": "幸福路2号"}  # fmt: skip
    assert correct(store, person, right) == 3
    assert find(store, id_number=ID, phone="09368212345").records == 3


def test_an_objection_withholds_the_person(store: Store) -> None:
    """From the next night on the three rows are three unknown persons; until it is withdrawn."""
    assert len(entities(store)) == 1
    object_to(store, find(store, id_number=ID), "张警官", "本人申请", pd.Timestamp("2025-01-10"))
    assert store.known(pd.Timestamp("2025-01-05"))[1]["name"].notna().all()
    told = store.table("mentions")
    run_nightly(store, None, "2025-01-11")
    assert len(entities(store)) == 3
    hidden = store.known(pd.Timestamp("2025-01-11"))[0]["narrative"]
    assert set(hidden) == {"□□□□（电话□□□□□□□□□□□）与人争吵"}
    assert "欧阳志远" not in set(store.table("mentions")["text"])
    assert withdraw_objection(store, find(store, id_number=ID), pd.Timestamp("2025-01-12")) == 1
    run_nightly(store, None, "2025-01-13")
    assert len(entities(store)) == 1
    assert set(store.known(NOW)[0]["narrative"]) == set(store.table("records")["narrative"])
    same = ["channel", "record_id", "start", "end", "text"]
    pd.testing.assert_frame_equal(store.table("mentions")[same], told[same])
    for officer, reason in (("", ""), ("\u200b", "本人申请"), ("张警官", "\u2060\u200d")):
        with pytest.raises(UsageError):
            object_to(store, find(store, id_number=ID), officer, reason, NOW)


def test_an_erased_person_is_gone_and_does_not_come_back(store: Store) -> None:
    """No row, narrative or version holds the person; a new delivery is stored without them."""
    done = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    assert (done.parties, done.narratives) == (3, 3)
    for name in ("records", "parties", "mentions", "quarantine"):
        text = store.table(name).to_csv()
        assert "欧阳" not in text
        assert PHONE not in text
    assert find(store, id_number=ID).records == 0
    assert "司徒建国" in store.table("parties").to_csv()
    assert store.load(reports(), "a", AT).repeats == 3
    assert store.load(reports("欧阳志远又与人争吵，联系13800138000"), "b", AT).versions == 3
    more = from_frames(reports("欧阳志远和解").records, None, load_settings().channels)
    assert store.load(more, "c", AT).parties_kept == 6
    assert "欧阳" not in store.table("records").to_csv() + store.table("parties").to_csv()
    run_nightly(store, None, "2025-02-02")
    assert len(store.table("party_links")) == 6
    assert len(entities(store)) == 3
    with pytest.raises(RefusedError):
        erase(store, find(store, id_number=ID), "张警官", "再次", NOW)


SPELT = [
    "138-0013-8000", "138 0013 8000", "１３８００１３８０００", "138.0013.8000", "138/0013/8000",
    "138_0013_8000", "138--0013——8000", "（138）00138000", "+8613800138000", "0 13800138000",
    "11010519491231002x", "110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ",
    "1101051949.1231.002X", "11010519491231002×", "110105491231002", "欧阳 志远", "欧阳·志远",
]  # fmt: skip


@pytest.mark.parametrize("spelt", SPELT)
def test_names_and_numbers_go_however_they_are_written(spelt: str) -> None:
    """Erased in full and hidden sign by sign; what only holds the same digits stays."""
    records, parties = reports(f"报警人{spelt}称").records, reports().parties
    versions = (frame.assign(version=1) for frame in (records.head(1), parties.head(1)))
    first, man = versions
    gone = texts_without(first, man)["narrative"].iloc[0]
    assert "（已删除）" in gone
    assert not re.search(r"[1-9１-９欧远Xx×]{3}", gone)
    signs = texts_without(first, man, instead=lambda word: HIDDEN * len(word))
    hidden = signs["narrative"].iloc[0]
    assert len(hidden) == len(f"报警人{spelt}称")
    assert "□" in hidden
    assert hidden.endswith("称")


@pytest.mark.parametrize("text", ["订单1138001380007", "2024-11-20", "号码1380013800", "12345热线"])
def test_other_numbers_stay_in_a_narrative(text: str) -> None:
    """A longer run of digits, a shorter one, a date, an office's number are not the person's."""
    first, man = reports(text).records.head(1), reports().parties.head(1)
    man = man.assign(version=1, phone=f"{PHONE}、12345")
    told = texts_without(first.assign(version=1), man)["narrative"].iloc[0]
    assert told == text


def test_landlines_are_known_with_and_without_area_code() -> None:
    """With the country code, too; another number that ends with the same digits stays."""
    text = "0936-8212345，（0936）8212345，8212345，09368212345，869368212345，18212345"
    first, man = reports(text).records.head(1), reports().parties.head(1)
    for phone in ("0936-8212345", "8212345"):
        frames = first.assign(version=1), man.assign(version=1, phone=phone)
        told = texts_without(*frames)["narrative"].iloc[0]
        assert told.count("8212345") == 1
        assert told.endswith("18212345")


def test_a_later_load_and_quarantine_hold_no_spelling_of_an_erased_person(store: Store) -> None:
    """Rows of quarantine go where a name or number stands among other words; others stay."""
    found = [
        "13800138000 张小明",
        "张小明（138-0013-8000）",
        "欧阳 志远",
        "13800138001",
        "110",
        "王某",
    ]
    with store.writing() as connection:
        load = connection.execute(select(func.max(tables.loads.c.load_id))).scalar_one()
        connection.execute(
            tables.quarantine.insert(), [{"load_id": load, "found": text} for text in found]
        )
    done = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    assert done.quarantine == 3
    assert set(store.table("quarantine")["found"]) == {"13800138001", "110", "王某"}
    store.load(reports("欧阳·志远又来，138 0013 8000，11010519491231002x"), "b", AT)
    assert "（已删除）又来，（已删除），（已删除）" in set(store.table("records")["narrative"])


def test_where_columns_were_shifted_no_erased_person_is_left(store: Store, tmp_path: Path) -> None:
    """In the place of a record's number, and in the names of files; a masked export shows none."""
    shifted = ["11010519491231002X", "138 0013 8000", "欧阳志远", "欧阳志远 家", "110-2024-000123",
               "62070219900101123X", "13900139000", "李四光", "J20240301欧阳志强",
               "6222021234567890123", "8213456", "甘G12345", "6222-0212-3456-7890-123",
               "J20240301001", "201"]  # fmt: skip
    store.load(of_others("20"), "b", AT)
    with store.writing() as connection:
        load = connection.execute(select(func.max(tables.loads.c.load_id))).scalar_one()
        rows = [{"load_id": load, "file": "欧阳志远上访20240301.csv", "content": text}
                for text in shifted]  # fmt: skip
        connection.execute(tables.quarantine.insert(), rows)
        connection.execute(tables.loads.update().values(source="a.csv, 欧阳志远上访.csv"))
    export_tables(store, tmp_path / "masked", "csv")
    masked = pd.read_csv(tmp_path / "masked" / "quarantine.csv")
    assert set(masked["file"]) == {"欧某某上访20240301.csv"}
    assert masked["content"].tolist() == [
        "110***********002X", "138******8000", "****", "******", "110-2024-000123",
        "620***********123X", "139****9000", "***", "*************",
        "622************0123", "*******", "*******", "622****************-123",
        "J20240301001", "201",
    ]  # fmt: skip
    done = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    assert done.quarantine == 4
    left = store.table("quarantine")
    assert left["content"].tolist() == shifted[4:]
    assert set(left["file"]) == {"（已删除）上访20240301.csv"}
    assert set(store.table("loads")["source"]) == {"a.csv, （已删除）上访.csv"}


def test_whom_only_narratives_tell_of_is_found_by_name_and_erased_where_confirmed(
    tmp_path: Path,
) -> None:
    """No row gives the name or the phone; an officer says which mentions are theirs."""
    asked = {"phone": "13555550001", "name": "李建设"}
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(reports("司徒建国称其丈夫李建设（电话13555550001）住院"), "a", AT)
        run_nightly(store, None, "2025-01-01")
        person = find(store, **asked, linked=0.5)
        assert set(person.further["record_id"]) == {"A1", "A2", "A3"}
        assert set(person.further["why"]) == {"name+told"}
        assert {one.name for one in texts_of(store, person)} == {
            f"110|A{number}|narrative" for number in (1, 2, 3)
        }
        with pytest.raises(RefusedError, match="--record"):
            erase(store, person, "张警官", "本人申请", NOW)
        mine = person.further[person.further["record_id"] != "A3"]
        keys = ["|".join(row) for row in mine[PARTY].itertuples(index=False)]
        erase(store, find(store, **asked, confirmed=keys), "张警官", "本人申请", NOW)
        told = store.table("records").set_index("record_id")["narrative"]
        assert not told[["A1", "A2"]].str.contains("李建设").any()
        assert "李建设" in told["A3"]
        assert not told.str.contains("13555550001").any()
        assert [row for row in store.table("parties")["name"] if row == "司徒建国"]


def test_a_number_that_stands_in_texts_alone_is_erased_from_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is named with it: the texts are counted, and the number goes."""
    url = f"sqlite:///{tmp_path / 'w.db'}"
    with Store.open(url) as store:
        store.load(reports("与一男子（电话13555550001）争吵"), "a", AT)
    asked = ["rights", "erase", "--phone", "13555550001", "--reason", "本人申请", "--store", url]
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert run(asked) == 0
    assert "3 texts" in capsys.readouterr().out
    with Store.open(url) as store:
        assert set(store.table("records")["narrative"]) == {"与一男子（电话（已删除））争吵"}
    assert run([*asked, "--yes"]) == 1


def of_others(letter: str) -> CanonicalTables:
    """Reports of other people, told of in every column; the last one names a namesake."""
    texts = {
        column: f"欧阳·志远处{column}（138-0013-8000）"
        for column in ("category", "narrative", "address", "town", "village", "grid_id",
                       "handling_unit", "outcome")
    }  # fmt: skip
    records = pd.DataFrame(
        [{"record_id": f"{letter}{number}", "channel": "110", **texts,
          "reported_at": "2024-12-20 10:00:00"} for number in (1, 2)]
    )  # fmt: skip
    parties = pd.DataFrame(
        [{"record_id": f"{letter}1", "party_no": "1", "name": "司徒建国", "phone": "13911112222",
          "address": "欧阳志远家隔壁", "organisation": "欧阳志远粮油店"},
         {"record_id": f"{letter}2", "party_no": "1", "name": "欧阳志远", "phone": "13700001111"}]
    )  # fmt: skip
    clock = pd.Timestamp("2025-01-01")
    return from_frames(records, parties, load_settings().channels, clock=clock)


def test_an_erased_person_stands_in_no_text_of_anybody_s(tmp_path: Path) -> None:
    """In no column, now and in later loads, for no row masks the name there; a namesake's stays."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(reports(), "a", AT)
        store.load(of_others("B"), "b", AT)
        said = "欧阳志远（13800138000）已道歉"
        with store.writing() as connection:
            step = {"letter_id": "d-1", "from_status": "received", "to_status": "replied",
                    "officer": "李科长", "reason": said, "at": AT}  # fmt: skip
            connection.execute(tables.transitions.insert().values(**step))
            ledger = {"due_on": "2025-03-01", "ledger": [{"kind": "progress", "text": said}]}
            force = {
                "task_force_id": "t-1",
                "case_id": "c-1",
                "drafted_for": "c-1",
                "proposed_at": AT,
                "content": ledger,
            }
            connection.execute(tables.task_forces.insert().values(**force))
        person = find(store, id_number=ID)
        told = {one.name for one in texts_of(store, person)}
        assert {"110|A1|narrative", "110|B1|grid_id", "110|B1|1|organisation"} <= told
        done = erase(store, person, "张警官", "本人申请", NOW)
        assert (done.parties, done.narratives, done.texts) == (3, 5, 18)
        store.load(of_others("C"), "c", AT)
        records = store.table("records").set_index("record_id").drop(columns="content_hash")
        parties = store.table("parties").set_index("record_id")
        step, force = store.table("transitions").iloc[0], store.table("task_forces").iloc[0]
    assert step["reason"] == "（已删除）（（已删除））已道歉"
    assert force["content"]["ledger"] == [{"kind": "progress", "text": step["reason"]}]
    assert force["content"]["due_on"] == "2025-03-01"
    assert "欧阳" not in records.drop(["B2", "C2"]).to_csv()
    assert "欧阳" not in parties.drop(["B2", "C2"]).to_csv()
    assert "0013" not in records.drop(["C1", "C2"]).to_csv()
    assert set(parties.loc[["B1", "C1"], "organisation"]) == {"（已删除）粮油店"}
    assert set(records.loc[["B2", "C2"], "narrative"].str[:5]) == {"欧阳·志远"}


SIGNS = ["歐陽志遠", "欧阳\u00ad志远", "欧阳-志远", "欧阳&nbsp;志远", "欧阳\u200e志远"]


@pytest.mark.parametrize("row", ["李四-2", "张三丰/1", "张三-", "A-1"])
def test_an_erased_name_with_a_sign_of_its_own_does_not_come_back(tmp_path: Path, row: str) -> None:
    """A hyphen beside a figure, or at the end: in the store and in a later load."""

    def loaded(letter: str, name: str | None) -> CanonicalTables:
        records = pd.DataFrame([{"record_id": letter, "channel": "110", "narrative": f"{row}与邻居争吵",
                                 "reported_at": "2024-12-20 10:00:00"}])  # fmt: skip
        people = pd.DataFrame(
            [{"record_id": letter, "party_no": "1", "name": name, "phone": "13800138000"}]
        )
        clock = pd.Timestamp("2025-01-01")
        return from_frames(records, people if name else None, load_settings().channels, clock=clock)

    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(loaded("A", row), "a", AT)
        erase(store, find(store, phone="13800138000"), "张警官", "本人申请", NOW)
        store.load(loaded("B", None), "b", AT)
        assert set(store.table("records")["narrative"]) == {"（已删除）与邻居争吵"}


@pytest.mark.parametrize("row", ["欧阳志远", "歐陽志遠"])
def test_an_erased_name_does_not_come_back_in_other_signs(tmp_path: Path, row: str) -> None:
    """Traditional, with signs that nobody sees, with a hyphen: in the store and in later loads."""
    told = "；".join(SIGNS) + "；一三八〇〇一三八〇〇〇"

    def loaded(letter: str, name: str | None) -> CanonicalTables:
        records = pd.DataFrame([{"record_id": letter, "channel": "110", "narrative": told,
                                 "reported_at": "2024-12-20 10:00:00"}])  # fmt: skip
        parties = pd.DataFrame(
            [{"record_id": letter, "party_no": "1", "name": name, "phone": "13800138000"}]
        )
        clock = pd.Timestamp("2025-01-01")
        people = parties if name else None
        return from_frames(records, people, load_settings().channels, clock=clock)

    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(loaded("A", row), "a", AT)
        erase(store, find(store, phone="13800138000"), "张警官", "本人申请", NOW)
        store.load(loaded("B", None), "b", AT)
        narratives = store.table("records").set_index("record_id")["narrative"]
    gone = "；".join(["（已删除）"] * len(SIGNS))
    assert narratives["A"] == f"{gone}；（已删除）"
    assert narratives["B"].startswith(f"{gone}；")


def of_cells(narrative: str) -> CanonicalTables:
    """Two records with several people in a cell, and a man of one of them on his own."""
    records = pd.DataFrame({"record_id": ["A", "B"], "channel": "110", "narrative": narrative,
                            "reported_at": "2024-12-20 10:00:00"})  # fmt: skip
    cell = {"record_id": "A", "party_no": "2", "name": "李四海、韩冬梅"}
    more = {**cell, "party_no": "3", "name": "王小明"}
    other = {**more, "record_id": "B", "name": "韩冬梅、赵六河"}
    clock = pd.Timestamp("2025-01-01")
    known = {"record_id": "B", "party_no": "1", "name": "李四海", "phone": PHONE}
    people = pd.DataFrame([cell, more, other, known])
    return from_frames(records, people, load_settings().channels, clock=clock)


def before_parting(loaded: CanonicalTables) -> CanonicalTables:
    """The same as it was stored when a cell was one party."""
    whole = loaded.content_parties
    assert whole is not None
    return replace(loaded, parties=whole, party_sources=whole["source"])


def test_a_cell_erased_before_several_were_parted_stays_erased(tmp_path: Path) -> None:
    """Each of its parties in a later version; other rows and records stay."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(before_parting(of_cells("争吵")), "a", AT)
        asked = find(store, phone=PHONE, name="李四海", confirmed=["110|A|2"])
        erase(store, asked, "张警官", "本人申请", NOW)
        store.load(of_cells("李四海与王小明和解"), "b", AT)
        people, records = store.table("parties"), store.table("records")
    new = people[people["version"] == 2].set_index(["record_id", "party_no"])["name"].dropna()
    assert new.to_dict() == {("A", "3"): "王小明", ("B", "3"): "韩冬梅", ("B", "3.2"): "赵六河"}
    told = records[(records["version"] == 2) & (records["record_id"] == "A")]["narrative"]
    assert told.tolist() == ["（已删除）与王小明和解"]


def test_a_cell_that_objected_before_several_were_parted_stays_withheld(tmp_path: Path) -> None:
    """Each of its parties in a later version, until the objection ends."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(before_parting(of_cells("争吵")), "a", AT)
        asked = find(store, phone=PHONE, name="李四海", confirmed=["110|A|2"])
        object_to(store, asked, "张警官", "本人申请", NOW)
        store.load(of_cells("和解"), "b", AT)
        known = [store.known(NOW + pd.Timedelta(days=day))[1] for day in (-1, 1)]
    people = ["王小明", "赵六河", "韩冬梅"]
    assert sorted(known[0]["name"].dropna()) == sorted([*people, "李四海", "李四海", "韩冬梅"])
    assert sorted(known[1]["name"].dropna()) == people


def test_a_name_that_an_earlier_version_erased_stays_erased(tmp_path: Path) -> None:
    """Only hashes of the name as written were kept then."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        starts = text_hashes(["吐尔逊"], "name_start", store.seal)
        hashes = (*starts, *text_hashes(["吐尔逊-艾力江"], "whole_name", store.seal))
        with store.writing() as connection:
            restrict(connection, hashes, "erase", "张警官", "本人申请", NOW)
        records = pd.DataFrame([{"record_id": "A", "channel": "110", "narrative": "吐尔逊-艾力江又来",
                                 "reported_at": "2024-12-20 10:00:00"}])  # fmt: skip
        clock = pd.Timestamp("2025-01-01")
        store.load(from_frames(records, None, load_settings().channels, clock=clock), "a", AT)
        assert set(store.table("records")["narrative"]) == {"（已删除）又来"}


def of_a_pupil(age: str | None, letter: str = "A") -> CanonicalTables:
    """Two reports of somebody whose narrative tells a school, and one of somebody else."""
    tells = f"{letter}：欧阳志远在民乐三中初二3班就读"
    records = pd.DataFrame(
        [{"record_id": record, "channel": "110", "narrative": tells, "outcome": "已告知民乐三中",
          "address": "民乐三中门口", "reported_at": "2024-12-20 10:00:00"}
         for record in ("A1", "A2", "B1")]
    )  # fmt: skip
    who = {"party_no": "1", "name": "欧阳志远", "phone": PHONE, "organisation": "民乐三中"}
    parties = pd.DataFrame(
        [{"record_id": "A1", "age": age, **who}, {"record_id": "A2", **who},
         {"record_id": "A2", "party_no": "2", "name": "司徒建国", "organisation": "民乐三中"}]
    )  # fmt: skip
    clock = pd.Timestamp("2025-01-01")
    return from_frames(records, parties, load_settings().channels, clock=clock)


@pytest.mark.parametrize("age", ["14", "34"])
def test_with_an_erased_child_goes_the_school(tmp_path: Path, age: str) -> None:
    """From the texts of their records and rows, now and in later versions; an adult's stays."""
    school = "某校" if age == "14" else "民乐三中"
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(of_a_pupil(age), "a", AT)
        erase(store, find(store, phone=PHONE), "张警官", "监护人申请", NOW)
        store.load(of_a_pupil(age, "又"), "b", AT)
        records = store.table("records").set_index("record_id")
        parties = store.table("parties").set_index(["record_id", "party_no"])
    theirs = records.loc[["A1"] if age == "34" else ["A1", "A2"]]
    assert len(theirs) == (2 if age == "34" else 4)
    for column in ("narrative", "outcome"):
        assert theirs[column].str.contains(school).all()
        assert records.loc["B1", column].str.contains("民乐三中").all()
    assert not theirs["narrative"].str.contains("初二3班").any() or age == "34"
    assert set(records["address"]) == {"民乐三中门口"}
    assert set(parties.loc[("A1", "1"), "organisation"]) == {school}
    assert set(parties.loc[("A2", "2"), "organisation"]) == {"民乐三中"}


def of_a_child(age: str | None, told: str) -> CanonicalTables:
    """Five reports: one has a row of the child, the others tell of the child at most."""
    narratives = {
        "A1": f"韩小雨（{told}小名豆豆）被打",
        "A2": "又打小雨，豆豆不敢去民乐三中上学，王小雨劝阻",
        "A3": "小雨在场，学生在民乐三中门口",
        "A4": "小雨和豆豆",
        "A5": "李小雨与小雨争吵",
    }
    records = pd.DataFrame(
        [{"record_id": record, "channel": "110", "narrative": narrative,
          "reported_at": "2024-12-20 10:00:00"} for record, narrative in narratives.items()]
    )  # fmt: skip
    parties = pd.DataFrame(
        [{"record_id": "A1", "party_no": "1", "name": "韩小雨", "age": age, "phone": PHONE},
         {"record_id": "A2", "party_no": "1", "name": "王小雨", "age": None, "phone": None}]
    )  # fmt: skip
    clock = pd.Timestamp("2025-01-01")
    return from_frames(records, parties, load_settings().channels, clock=clock)


def in_cases(store: Store, kinds: dict[str, str]) -> None:
    """A case of this kind holds the first report and this one."""
    linked = {"channel": "110", "probability": 1.0}
    facts = {"county_code": "", "category": "", "incident_count": 2, "status": "open",
             "subject": "", "first_at": NOW, "last_at": NOW, "is_hub": False}  # fmt: skip
    with store.writing() as connection:
        connection.execute(tables.incident_links.insert(), [
            {**linked, "record_id": record, "incident_id": f"i-{record}"}
            for record in ("A1", *kinds)
        ])  # fmt: skip
        for record, kind in kinds.items():
            case_id = f"c-{record}"
            connection.execute(tables.cases.insert(), {"case_id": case_id, "kind": kind, **facts})
            connection.execute(tables.case_incidents.insert(), [
                {"case_id": case_id, "incident_id": f"i-{one}", "probability": 1.0,
                 "is_primary": True} for one in ("A1", record)
            ])  # fmt: skip


@pytest.mark.parametrize(("age", "told"), [("12", ""), (None, "12岁，"), ("34", "")])
def test_with_an_erased_child_goes_what_their_cases_call_them(
    tmp_path: Path, age: str | None, told: str
) -> None:
    """Nothing would mask it without the row. A place's reports tell of strangers: theirs stay."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(of_a_child(age, told), "a", AT)
        in_cases(store, {"A2": "matter", "A3": "place", "A5": "person"})
        with store.writing() as connection:
            connection.execute(tables.mentions.insert(), {
                "channel": "110", "record_id": "A5", "start": 0, "end": 3, "text": "李小雨",
                "kind": "person", "entity_id": "p-2"})  # fmt: skip
        before = store.table("records").set_index("record_id")["narrative"]
        erase(store, find(store, phone=PHONE), "张警官", "监护人申请", NOW)
        after = store.table("records").set_index("record_id")["narrative"]
    assert list(after[["A3", "A4"]]) == list(before[["A3", "A4"]])
    if age == "34":
        assert after["A1"] == "（已删除）（小名豆豆）被打"
        assert list(after[["A2", "A5"]]) == list(before[["A2", "A5"]])
        return
    assert after["A1"] == f"（已删除）（{told}（已删除））被打"
    assert after["A2"] == "又打（已删除），（已删除）不敢去某校上学，王小雨劝阻"
    assert after["A5"] == "李小雨与（已删除）争吵"


def of_a_told_child() -> CanonicalTables:
    """Two reports of a parent, whose texts alone tell of the child."""
    narratives = {"A1": "学生马子涵（第五小学三年级2班）被司徒建国殴打",
                  "A2": "马子涵在第五小学门口又被拦住，子涵受伤"}  # fmt: skip
    records = pd.DataFrame(
        [{"record_id": record, "channel": "110", "narrative": narrative,
          "reported_at": "2024-12-20 10:00:00"} for record, narrative in narratives.items()]
    )  # fmt: skip
    parent = {"party_no": "1", "name": "马志刚", "phone": PHONE}
    parties = pd.DataFrame([{"record_id": record, **parent} for record in narratives])
    clock = pd.Timestamp("2025-01-01")
    return from_frames(records, parties, load_settings().channels, clock=clock)


def mentioned(store: Store, name: str, starts: dict[str, int]) -> list[str]:
    """Mentions of the name, as a night finds them: by record where it begins; returns their keys."""
    with store.writing() as connection:
        connection.execute(tables.mentions.insert(), [
            {"channel": "110", "record_id": record, "start": start, "end": start + len(name),
             "text": name, "kind": "person", "entity_id": "p-9"}
            for record, start in starts.items()
        ])  # fmt: skip
    return [f"110|{record}|~{start}" for record, start in starts.items()]


def test_with_an_erased_child_whom_only_texts_name_goes_what_tells_of_the_child(
    tmp_path: Path,
) -> None:
    """Given name and school: without the mention nothing would mask them."""
    asked = {"phone": PHONE, "name": "马子涵"}
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(of_a_told_child(), "a", AT)
        in_cases(store, {"A2": "matter"})
        keys = mentioned(store, "马子涵", {"A1": 2, "A2": 0})
        erase(store, find(store, **asked, confirmed=keys), "张警官", "监护人申请", NOW)
        told = store.table("records").set_index("record_id")["narrative"]
    assert told["A1"] == "学生（已删除）（某校）被司徒建国殴打"
    assert told["A2"] == "（已删除）在某校门口又被拦住，（已删除）受伤"


def test_whom_only_texts_name_and_who_was_erased_does_not_come_back(tmp_path: Path) -> None:
    """Not in a later version of the record; what another record tells is listed, before a night."""
    asked = {"phone": "13555550001", "name": "马子涵"}
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(of_a_told_child(), "a", AT)
        keys = mentioned(store, "马子涵", {"A1": 2})
        erase(store, find(store, **asked, confirmed=keys), "张警官", "监护人申请", NOW)
        again = of_a_told_child()
        again.records["outcome"] = "已告知马子涵"
        store.load(again, "b", AT)
        told = store.table("records").set_index(["record_id", "version"])
        left = find(store, **asked).further
        keys = ["|".join(row) for row in left[PARTY].itertuples(index=False)]
        erase(store, find(store, **asked, confirmed=keys), "张警官", "监护人申请", NOW)
        assert find(store, **asked).further.empty
    assert told.loc[("A1", 2), "narrative"] == "学生（已删除）（某校）被司徒建国殴打"
    assert set(told["outcome"].dropna()) == {"已告知（已删除）", "已告知马子涵"}
    assert keys == ["110|A2|~0"]
    assert set(store.table("parties")["name"]) == {"马志刚"}


def test_a_short_name_goes_from_the_texts_of_the_person_s_cases(tmp_path: Path) -> None:
    """Their cases name them, so it was masked there; elsewhere two characters are a word."""
    frames = reports("与王强争吵"), reports("高兴与王强争吵")
    first, second = frames
    short = first.parties["name"].replace("欧阳志远", "王强")
    second.records["record_id"] = "E" + second.records["record_id"]
    second.parties["record_id"] = "E" + second.parties["record_id"]
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(replace(first, parties=first.parties.assign(name=short)), "a", AT)
        others = second.parties[second.parties["party_no"] == "2"]
        store.load(replace(second, parties=others), "b", AT)
        with store.writing() as connection:
            linked = {"channel": "110", "probability": 1.0}
            connection.execute(tables.incident_links.insert(), [
                {**linked, "record_id": record, "incident_id": f"i-{record}"}
                for record in ("A1", "EA1", "EA2")
            ])  # fmt: skip
            connection.execute(tables.case_incidents.insert(), [
                {"case_id": "c-1", "incident_id": f"i-{record}", "probability": 1.0,
                 "is_primary": True} for record in ("A1", "EA1")
            ])  # fmt: skip
        erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
        told = store.table("records").set_index("record_id")["narrative"]
    assert (told["A2"], told["EA1"]) == ("与（已删除）争吵", "高兴与（已删除）争吵")
    assert told["EA2"] == "高兴与王强争吵"


def test_the_file_holds_nothing_of_an_erased_person(tmp_path: Path) -> None:
    """The bytes of the database and its log are searched."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(reports(), "a", AT)
        erase(store, find(store, phone=PHONE), "张警官", "本人申请", NOW)
        content = b"".join(path.read_bytes() for path in tmp_path.glob("w.db*"))
    assert "欧阳".encode() not in content
    assert "司徒建国".encode() in content


def kept_for(tmp_path: Path, text: str) -> Settings:
    """A configuration with its own retention."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "retention.yaml").write_text(text)
    return load_settings(tmp_path / "config")


def test_expired_records_are_really_gone(store: Store, tmp_path: Path) -> None:
    """The old record, its parties, links and keys are deleted and counted; the rest stays."""
    settings = kept_for(tmp_path, "keep_open_cases: false\n")
    counted = purge(store, settings, NOW, only_count=True)
    assert counted.rows["records"] == 1
    assert store.count("records") == 3
    done = purge(store, settings, NOW)
    assert done.rows == counted.rows
    assert done.rows["records"] == 1
    assert done.rows["parties"] == 2
    for name in ("records", "parties", "party_keys", "party_links", "incident_links"):
        assert "A1" not in set(store.table(name)["record_id"])
        assert "A2" in set(store.table(name)["record_id"])
    linked = store.table("incident_links")["incident_id"]
    assert set(store.table("incidents")["incident_id"]) == set(linked)
    assert purge(store, settings, NOW).rows == {}
    run_nightly(store, None, "2025-02-02")
    assert len(store.table("incident_links")) == 2


def test_a_record_that_is_told_of_anew_meanwhile_does_not_expire(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that is kept just before retention writes: what it stored stays, with all before."""
    again, now = reports("双方昨日再次争吵"), pd.Timestamp("2025-01-31 09:00")
    again = replace(again, records=again.records.assign(reported_at=now))
    writing = Store.writing

    @contextmanager
    def after_a_load(self: Store) -> Iterator[Connection]:
        monkeypatch.undo()
        assert store.load(again, "b", NOW).stored == 3
        with writing(self) as connection:
            yield connection

    monkeypatch.setattr(Store, "writing", after_a_load)
    done = purge(store, kept_for(tmp_path, "keep_open_cases: false\n"), NOW)
    assert "records" not in done.rows
    assert store.table("records")["record_id"].value_counts()["A1"] == 2


def test_the_name_of_a_file_goes_with_its_last_record(store: Store, tmp_path: Path) -> None:
    """A clerk calls it by who is told of; with a record left, or a row to be corrected, it stays."""
    whole, name = reports(), "欧阳志远的报警.csv"
    record = whole.records.iloc[:1].assign(record_id="B1")
    parties = whole.parties.iloc[:1].assign(record_id="B1")
    mine = {"records": record, "parties": parties, "content_parties": None}
    store.load(replace(whole, **mine), name, AT)
    settings, left = kept_for(tmp_path, "keep_open_cases: false\n"), []
    for days in (1, 91, 3650):
        purge(store, settings, pd.Timestamp(AT) + pd.Timedelta(days=days))
        left.append(store.table("loads")["source"].tolist())
    assert left == [["a", name], ["a", ""], ["", ""]]


def a_night_that_stops(store: Store) -> None:
    """Leave beside the memory the stages of a night that was ended after scoring."""

    def stop(stage: str) -> None:
        if "drafting" in stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_nightly(store, None, "2025-01-05", progress=stop)


def kept_aside(store: Store) -> tuple[int, int]:
    """Frames of the memory, and results of stages that an unfinished night left."""
    from warning.store.operation_tables import memory, stages

    with store.reading() as connection:
        frames = connection.execute(select(func.count()).select_from(memory)).scalar_one()
        left = select(func.count()).select_from(stages).where(stages.c.content.is_not(None))
        return frames, connection.execute(left).scalar_one()


@pytest.mark.parametrize("way", ["retention", "erasure"])
def test_nothing_is_left_in_what_is_kept_aside(
    stopped: str, request: pytest.FixtureRequest, tmp_path: Path, way: str
) -> None:
    """The memory of a rebuild and the stages of an unfinished night hold names, too."""
    with Store.open(like(stopped, tmp_path, request)) as store:
        frames, left = kept_aside(store)
        assert frames > 0
        assert left > 0
        if way == "retention":
            purge(store, kept_for(tmp_path, "keep_open_cases: false\n"), NOW)
        else:
            erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
        assert kept_aside(store) == (0, 0)


def test_the_file_holds_nothing_of_an_expired_record(tmp_path: Path) -> None:
    """The bytes of the database and whatever stands beside it are searched."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(reports(), "a", AT)
        record = pd.DataFrame(
            {"record_id": ["B1"], "channel": "110", "reported_at": "2019-01-01 10:00:00",
             "narrative": "南宫望月在此处摔倒"}
        )  # fmt: skip
        party = pd.DataFrame({"record_id": ["B1"], "party_no": "1", "name": "南宫望月"})
        channels = load_settings().channels
        store.load(from_frames(record, party, channels, clock=pd.Timestamp("2025-01-01")), "b", AT)
        run_nightly(store, None, "2025-01-01")
        a_night_that_stops(store)
        assert "南宫".encode() in content_of(tmp_path)
        purge(store, kept_for(tmp_path, "keep_open_cases: false\n"), NOW)
        assert "南宫".encode() not in content_of(tmp_path)
        assert "欧阳".encode() in content_of(tmp_path)


def content_of(directory: Path) -> bytes:
    """The bytes of all files."""
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_a_record_of_an_open_case_stays(store: Store, tmp_path: Path) -> None:
    """While a letter on its case is open, an old record is kept and the report says so."""
    from sqlalchemy import insert

    from warning.store.tables import letters

    case = find(store, id_number=ID).cases
    assert case
    with store.writing() as connection:
        for number, name in enumerate(case):
            connection.execute(
                insert(letters).values(letter_id=f"d-{number}", case_id=name,
                                       drafted_for=name, kind="x", status="issued",
                                       drafted_at=AT, version=1, content={})
            )  # fmt: skip
    done = purge(store, kept_for(tmp_path, "records_days: 30\n"), NOW)
    assert done.kept_for_open_cases == 3
    assert store.count("records") == 3


def test_expired_exports_archives_and_backups_are_deleted(store: Store, tmp_path: Path) -> None:
    """Files whose time is over are told and deleted, younger ones and others' files are not."""
    settings = kept_for(tmp_path, f"backups: {tmp_path / 'backups'}\n")
    schedule = settings.schedule.model_copy(update={"archive": str(tmp_path / "archive")})
    settings = Settings(**{**vars(settings), "schedule": schedule})
    for name in ("out", "archive/20240101-000000"):
        (tmp_path / name).mkdir(parents=True)
    with store.reading() as connection:
        for name in ("b.zip", "new.zip"):
            write_backup(connection, tmp_path / "backups" / name, AT)
    expired = [tmp_path / name for name in ("out/cases.csv", "archive/20240101-000000/a.csv",
                                            "backups/b.zip")]  # fmt: skip
    (tmp_path / "out" / "mine.csv").write_text("x")
    for path in expired:
        path.touch()
        os.utime(path, (OLD, OLD))
    os.utime(tmp_path / "backups" / "new.zip", (NOW.timestamp(), NOW.timestamp()))
    note_export(store, tmp_path / "out", ["cases.csv"], pd.Timestamp("2024-06-01"))
    counted = purge(store, settings, NOW, only_count=True)
    assert counted.paths == [str(path) for path in expired]
    assert all(path.exists() for path in expired)
    done = purge(store, settings, NOW)
    assert done.files == {"exports": 1, "archive": 1, "backups": 1}
    assert done.paths == counted.paths
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"mine.csv", "new.zip"} <= left
    assert not {path.name for path in expired} & left
    assert not (tmp_path / "archive" / "20240101-000000").exists()
    assert purge(store, settings, NOW).files == {"exports": 0, "archive": 0, "backups": 0}


def test_no_file_is_gone_that_the_audit_does_not_tell_of(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before its entry no purge deletes a file; stopped behind it, the next one goes on."""
    settings = kept_for(tmp_path, f"backups: {tmp_path / 'backups'}\n")
    paths = [tmp_path / "backups" / name for name in ("a.zip", "b.zip", "c.zip")]
    with store.reading() as connection:
        for path in paths:
            write_backup(connection, path, AT)
            os.utime(path, (OLD, OLD))

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("warning.keeping.retention.owe", stopped)
        purge(store, settings, NOW)
    assert all(path.exists() for path in paths)
    true = Path.unlink
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "unlink", lambda path: stopped() if path == paths[1] else true(path))
        purge(store, settings, NOW)
    assert [path.exists() for path in paths] == [False, True, True]
    assert purge(store, settings, NOW).files["backups"] == 2
    noted = store.table("audit").set_index("action")["what"].map(json.loads)
    due = [what["files_due"]["backups"] for what in noted["retention purged"]]
    deleted = [what["files"]["backups"] for what in noted[["retention deleted files"]]]
    assert (due, deleted) == ([3, 2], [2])


def killed_backup(whole: Path, draft: str, changed: float) -> Path:
    """What a kill left of the backup, as it would be called; nobody wrote to it since then."""
    path = whole.parent / draft
    path.write_bytes(whole.read_bytes()[:3000])
    os.utime(path, (changed, changed))
    return path


def test_drafts_of_killed_backups_are_deleted(tmp_path: Path) -> None:
    """People stand in them: a day later retention finds them, and the next backup beside them."""
    backups, whole = tmp_path / "backups", tmp_path / "backups" / "b.zip"
    settings = kept_for(tmp_path, f"backups: {backups}\n")
    names = (".b.zip.0123456789abcdef.part", ".b.zip.01234567.part",
             "../.w.db.schema-0009-20250101000000-abcd.zip.0123456789abcdef.part")  # fmt: skip
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(reports(), "a", AT)
        with store.reading() as connection:
            write_backup(connection, whole, AT)
        young = killed_backup(whole, ".new.zip.0123456789abcdef.part", time.time())
        other = backups / ".other.zip.0123456789abcdef.part"
        other.write_text("x")
        os.utime(other, (OLD, OLD))
        drafts = {str((backups / name).resolve()) for name in names}
        for name in names:
            killed_backup(whole, name, OLD)
        erased = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW, settings)
        assert {path for path, until in erased.backups.items() if until == "2024-01-02"} == drafts
        assert purge(store, settings, NOW, only_count=True).files["backups"] == 3
        assert set(purge(store, settings, NOW).paths) == drafts
        assert not any((backups / name).exists() for name in names)
        draft = killed_backup(whole, names[0], OLD)
        with store.reading() as connection:
            write_backup(connection, backups / "next.zip", AT)
    assert not draft.exists()
    assert young.exists()
    assert other.exists()


def test_what_others_keep_in_the_archive_and_beside_the_backups_stays(
    store: Store, tmp_path: Path
) -> None:
    """Only directories named by a time of loading are the archive's, only backups are backups."""
    settings = kept_for(tmp_path, f"backups: {tmp_path / 'zips'}\n")
    schedule = settings.schedule.model_copy(update={"archive": str(tmp_path)})
    settings = Settings(**{**vars(settings), "schedule": schedule})
    others = ("inbox/a.csv", "2024/a.csv", "20240101-000000x/a.csv", "20240101-000000/b/a.csv",
              "linked/a.csv", "zips/text.zip", "zips/other.zip")  # fmt: skip
    for path in (tmp_path / name for name in others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    with zipfile.ZipFile(tmp_path / "zips" / "other.zip", "w") as other:
        other.writestr("manifest.json", '{"format": "other"}')
    (tmp_path / "empty").mkdir()
    (tmp_path / "20240102-000000").symlink_to(tmp_path / "linked")
    for path in tmp_path.rglob("*"):
        if "config" not in path.parts:
            os.utime(path, (OLD, OLD))
    done = purge(store, settings, NOW)
    assert done.files == {"exports": 0, "archive": 0, "backups": 0}
    assert done.no_backups == [str(tmp_path / "zips" / name) for name in ("other.zip", "text.zip")]
    assert all((tmp_path / name).exists() for name in (*others, "empty"))


def out_of_reach(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the system refuses whatever is done with the file."""

    def refused(done: str) -> None:
        true = getattr(Path, done)

        def tried(self: Path, *arguments: object, **named: object) -> object:
            if self == path:
                raise PermissionError(13, "Permission denied", str(path))
            return true(self, *arguments, **named)

        monkeypatch.setattr(Path, done, tried)

    for done in ("stat", "lstat", "unlink"):
        refused(done)


def test_a_file_out_of_reach_keeps_nothing_else_from_expiring(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed at every purge until it can be deleted; records and other exports are gone."""
    settings = kept_for(tmp_path, "keep_open_cases: false\n")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cases.csv").write_text("x")
        note_export(store, tmp_path / name, ["cases.csv"], pd.Timestamp("2024-06-01"))
    there, closed = (tmp_path / name / "cases.csv" for name in ("a", "b"))
    with monkeypatch.context() as while_closed:
        out_of_reach(closed, while_closed)
        for only_count in (True, False, False):
            done = purge(store, settings, NOW, only_count=only_count)
            assert done.undeleted == {str(closed): "Permission denied"}
    assert store.count("records") == 2
    assert not there.exists()
    assert closed.exists()
    assert purge(store, settings, NOW).files["exports"] == 1
    assert not closed.exists()
    assert purge(store, settings, NOW).undeleted == {}


def test_an_export_out_of_reach_keeps_nobody_from_erasure(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hold the person still, and so may an archived file; both are listed."""
    batch = tmp_path / "archive" / "20250101-000000"
    batch.mkdir(parents=True)
    for path in (tmp_path / "cases.csv", batch / "a.csv"):
        path.write_text("x")
        out_of_reach(path, monkeypatch)
    note_export(store, tmp_path, ["cases.csv"], pd.Timestamp("2025-01-01"))
    settings = load_settings()
    schedule = settings.schedule.model_copy(update={"archive": str(tmp_path / "archive")})
    settings = Settings(**{**vars(settings), "schedule": schedule})
    done = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW, settings)
    assert done.files == [str(tmp_path / "cases.csv")]
    assert done.archived == {str(batch): "?"}
    assert find(store, id_number=ID).records == 0


def test_an_erasure_names_the_backups_that_hold_the_person(tmp_path: Path) -> None:
    """In the directory of backups, and that of an upgrade beside the store; no other ZIP."""
    settings = kept_for(tmp_path, f"backups: {tmp_path / 'zips'}\n")
    upgraded = tmp_path / "w.db.schema-0009-20250101000000-abcd.zip"
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(reports(), "a", AT)
        with store.reading() as reading:
            for path in (upgraded, tmp_path / "zips" / "b.zip"):
                write_backup(reading, path, AT)
                os.utime(path, (OLD, OLD))
        (tmp_path / "zips" / "other.zip").write_text("x")
        done = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW, settings)
    assert done.backups == {str(upgraded): "2024-06-29", str(tmp_path / "zips/b.zip"): "2024-06-29"}


def test_an_erasure_that_fails_leaves_no_right_exercised(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is withheld of somebody of whom all is kept."""
    from warning.keeping import rights

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(rights, "take_out", fails)
    with pytest.raises(RuntimeError):
        erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    assert store.table("restrictions").empty


@contextmanager
def read_beside(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store, while somebody's transaction reads what was there before and is not waited for long."""
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.3)
    with Store.open(url) as hurried, Store.open(url) as other, other.reading() as reading:
        reading.execute(select(func.count()).select_from(tables.records)).scalar_one()
        yield hurried


def test_an_erasure_beside_a_reader_is_told_and_cleaned_later(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report tells what was done and what hindered the vacuum; a restored store owes none."""
    with read_beside(store.url, monkeypatch) as hurried:
        done = erase(hurried, find(hurried, id_number=ID), "张警官", "本人申请", NOW)
        assert done.parties == 3
        assert "may still stand in the database's files" in done.uncleaned
        assert hurried.owed_since() is not None
        backup = tmp_path / "b.zip"
        with hurried.reading() as reading:
            write_backup(reading, backup, AT)
        with pytest.raises(StoreError, match="may still stand"):
            erase(hurried, find(hurried, id_number=ID), "张警官", "本人申请", NOW)
    with pytest.raises(RefusedError):
        erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    assert store.owed_since() is None
    restore_backup(backup, f"sqlite:///{tmp_path / 'restored.db'}")
    with Store.open(f"sqlite:///{tmp_path / 'restored.db'}") as restored:
        assert restored.owed_since() is None


def test_what_a_purge_left_in_the_files_the_next_night_takes_away(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that cannot do it either is kept all the same."""
    with read_beside(store.url, monkeypatch) as hurried:
        assert purge(hurried, kept_for(tmp_path, "keep_open_cases: false\n"), NOW).uncleaned
        run_nightly(hurried, None, "2025-02-02")
        assert hurried.owed_since() is not None
    run_nightly(store, None, "2025-02-03")
    assert store.owed_since() is None


def test_a_stopped_vacuum_hides_no_report(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to stop after the erasure ends the vacuum and not the erasure's report."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(database, "give_back", stopped)
        done = erase(store, find(store, id_number=ID), "张警官", "本人申请", NOW)
    assert done.parties == 3
    assert "interrupted" in done.uncleaned
    store.settle()
    assert store.owed_since() is None
