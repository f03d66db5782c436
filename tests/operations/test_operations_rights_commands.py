"""The commands about people's data: rights, retention, the assessment."""

import io
import json
import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from sqlalchemy import insert, update

from tests.conftest import from_memory
from tests.operations.test_operations_people import ID, PHONE, out_of_reach, reports
from tests.store.test_store_load import AT
from warning.cli import run
from warning.errors import UsageError
from warning.exporting import note_export
from warning.keeping.asking import asked_for
from warning.keeping.assessment import (
    BLANK,
    GROUPS,
    assessment,
    groups_of_cases,
    held_by_group,
)
from warning.moments import local_now
from warning.nightly import run_nightly
from warning.settings import load_settings
from warning.store import Store, database, tables
from warning.store.sealing import Seal
from warning.store.space import not_given_back

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a man's reports and two nights; tests copy it."""
    path = tmp_path_factory.mktemp("two_nights") / "w.db"
    with Store.open(f"sqlite:///{path}") as opened:
        opened.load(reports(), "a", AT)
        run_nightly(opened, from_memory(), "2024-12-02")
        run_nightly(opened, from_memory(), "2025-01-05")
    return path


@pytest.fixture
def store(two_nights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A copy of the store with two nights, as ``WARNING_STORE``."""
    shutil.copy(two_nights, tmp_path / "w.db")
    url = f"sqlite:///{tmp_path / 'w.db'}"
    monkeypatch.setenv("WARNING_STORE", url)
    monkeypatch.chdir(tmp_path)
    return url


def test_an_objection_says_for_how_many_records_it_holds(store: str, capsys: Capture) -> None:
    """A mistyped number that nobody has was told as a success."""
    for who, told in (
        (["--id-number", ID], "it holds for 3 records"),
        (["--phone", "13900000001"], "for no record yet: check the number"),
        (["--phone", "13900000001"], "for no record yet: check the number"),  # it stands already
    ):
        assert run(["rights", "object", *who, "--user", "张警官", "--reason", "本人申请"]) == 0
        assert told in capsys.readouterr().out
    withdrawn = ["--withdraw", "--reason", "本人申请"]
    assert run(["rights", "object", "--phone", "13900000001", *withdrawn]) == 0
    assert "holds for" not in capsys.readouterr().out


@pytest.mark.parametrize("phone", ["13912345O78", "1391234507o", "139l2345078", "139１2345〇78",
                                   "139一2345078"])  # fmt: skip
def test_a_phone_with_a_letter_in_it_is_no_number(phone: str) -> None:
    """Without the letter it was another one, of ten figures."""
    with pytest.raises(UsageError, match="there is a letter in the number"):
        asked_for(Seal(), None, phone, None)


@pytest.mark.parametrize("phone", ["139-1234-5078", "+86 139 1234 5078", "１３９１２３４５０７８",
                                   "电话13912345078", "13912345078转2", "13912345078 ext. 2",
                                   "TEL:13912345078", "13912345078 x2", "13912345078内线2"])  # fmt: skip
def test_a_phone_is_taken_with_signs_and_words_around_it(phone: str) -> None:
    """As a record writes it: all of them are one number."""
    assert asked_for(Seal(), None, phone, None) == asked_for(Seal(), None, "13912345078", None)


def test_rights_from_finding_to_erasing(
    store: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Find, copy, correct, object, erase; every step is in the audit, no number is."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PHONE}\n"))
    assert run(["rights", "find", "--phone", "-", "--reason", "本人申请", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 3
    who = ["--id-number", ID, "--reason", "本人申请"]
    assert run(["rights", "export", *who, "--out", "copy.json"]) == 0
    assert Path("copy.json").stat().st_mode & 0o077 == 0
    assert run(["rights", "correct", *who, "--set", "name=欧阳志源"]) == 0
    assert run(["rights", "correct", *who, "--set", "name"]) == 2
    assert run(["rights", "object", *who, "--user", "张警官"]) == 0
    capsys.readouterr()
    assert run(["rights", "correct", *who, "--set", "name=欧阳志源"]) == 0
    assert run(["rights", "object", *who, "--user", "张警官"]) == 0
    assert capsys.readouterr().out.count("already; nothing was changed") == 2
    assert run(["rights", "object", *who, "--withdraw"]) == 0
    assert run(["rights", "erase", *who, "--user", "张警官", "--yes"]) == 0
    assert run(["rights", "erase", *who, "--yes"]) == 1
    with Store.open(store) as opened:
        audit = opened.table("audit")
    assert "rights erased" in set(audit["action"])
    assert (audit.loc[audit["action"] == "rights find", "reason"] == "本人申请").all()
    text = audit.to_csv()
    assert ID not in text
    assert PHONE not in text
    assert "欧阳" not in text


@pytest.mark.parametrize("command", ["letters reply d-0123456789ab", "task-forces decline t-0123"])
def test_what_an_officer_decides_stands_in_no_audit(store: str, command: str) -> None:
    """The step keeps its words; the audit, from which nothing is taken, that there was a reason."""
    told = f"欧阳志远（{PHONE}）已道歉"
    run([*command.split(), "--officer", "李科长", "--reason", told])
    with Store.open(store) as opened:
        last = opened.table("audit").iloc[-1]
    assert last["action"] == " ".join(command.split()[:2])
    assert "--reason" in last["what"]
    assert last["reason"] == ""


def test_retention_counts_before_it_deletes(store: str, capsys: Capture) -> None:
    """A dry run changes nothing; the purge deletes what it counted and notes it."""
    Path("config").mkdir()
    Path("config/retention.yaml").write_text("keep_open_cases: false\n")
    assert run(["retention", "--dry-run", "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert counted["rows"]["records"] == 1
    assert run(["retention", "--clock-is-right", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"]["records"] == 1
    with Store.open(store) as opened:
        assert opened.count("records") == 2
        assert "retention purged" in set(opened.table("audit")["action"])


def test_retention_deletes_nothing_by_a_clock_far_ahead(
    store: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten years after the last night every record is old; who knows the clock to be right says so."""
    Path("config").mkdir()
    Path("config/retention.yaml").write_text("keep_open_cases: false\n")
    clock = pd.Timestamp("2025-02-04 02:30")
    monkeypatch.setattr("warning.commands.expiry.local_now", lambda: clock)
    assert run(["retention"]) == 0
    clock = pd.Timestamp("2035-01-05")
    capsys.readouterr()
    assert run(["retention"]) == 1
    told = capsys.readouterr().err
    assert "the clock 2035-01-05 00:00:00 is far after the last night 2025-01-05" in told
    assert "if it is right: warning retention --clock-is-right" in told
    with Store.open(store) as opened:
        assert opened.count("records") == 2
    assert run(["retention", "--clock-is-right"]) == 0
    with Store.open(store) as opened:
        assert opened.count("records") == 0


def test_retention_tells_what_it_could_not_delete(
    store: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named with the system's reason beside the counts, and the exit code is 1."""
    path = Path("out/cases.csv").absolute()
    path.parent.mkdir()
    path.write_text("x")
    with Store.open(store) as opened:
        note_export(opened, path.parent, [path.name], pd.Timestamp("2023-01-01"))
    assert run(["retention", "--dry-run"]) == 0
    assert f"would be deleted: {path}\n" in capsys.readouterr().out
    out_of_reach(path, monkeypatch)
    assert run(["retention", "--clock-is-right"]) == 1
    told = capsys.readouterr()
    assert f"could not be deleted: {path} (Permission denied)" in told.err
    assert "exports: 0" in told.out


def test_retention_names_the_backups_that_it_cannot_read(store: str, capsys: Capture) -> None:
    """Damaged, one of an upgrade too: named once their time is over, counted or not, and left."""
    old, new = (Path(f"{store.removeprefix('sqlite:///')}.schema-{name}.zip") for name in "an")
    for path in (old, new):
        path.write_bytes(b"PK\x03\x04 cut off")
    os.utime(old, (0, 0))
    for how in (["--clock-is-right"], ["--dry-run"]):
        assert run(["retention", *how]) == 0
        told = capsys.readouterr()
        assert f"{old}: its time is over, but it is no readable backup" in told.err
        assert new.name not in told.err + told.out
        assert run(["retention", *how, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["no_backups"] == [str(old)]
    assert old.exists()


def test_an_erasure_that_is_not_gone_from_the_files_is_told(
    store: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report comes first, then what is left; check and health tell it until it is gone."""
    who = ["--id-number", ID, "--reason", "本人申请", "--user", "张警官", "--yes"]

    def full(*_: object) -> None:
        raise not_given_back(store, "the disk is full")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(database, "give_back", full)
        assert run(["rights", "erase", *who]) == 1
        told = capsys.readouterr()
    assert "parties: 3" in told.out
    assert "it is done, but what was deleted may still stand" in told.err
    assert "the disk is full" in told.err
    with Store.open(store) as opened:
        assert "rights erased" in set(opened.table("audit")["action"])
    assert run(["check"]) == 0
    assert "what was deleted may still stand" in capsys.readouterr().out
    assert run(["health", "--json"]) == 1
    assert "may still stand" in capsys.readouterr().out
    assert run(["rights", "erase", *who]) == 1
    assert run(["check", "--json"]) == 0
    assert '"space_owed_since": null' in capsys.readouterr().out


def test_the_assessment_is_filled(store: str) -> None:
    """What is known stands in it: counts, fields, retention, accounts, groups; the rest is blank."""
    assert run(["cases"]) == 0
    assert run(["assessment", "--out", "评估.docx"]) == 0
    document = Document("评估.docx")
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])
    for known in ("现存记录 3 条", "id_number", "1825", "cases", "已加密", "实际再发比例"):
        assert known in text
    assert text.count(BLANK) > 10
    assert "欧阳" not in text
    for group in ("县区", "类别", "渠道", "城乡", "报告人性别", "姓名写法"):
        assert group in cells
    assert "民族、宗教信仰、文化程度等系统不读入" in text


def test_the_assessment_tells_how_long_things_are_kept(store: str, tmp_path: Path) -> None:
    """Records of open cases without limit, and how many; an archive only where there is one."""

    def told(schedule: str, retention: str) -> str:
        (tmp_path / "own").mkdir(exist_ok=True)
        (tmp_path / "own" / "schedule.yaml").write_text(schedule)
        (tmp_path / "own" / "retention.yaml").write_text(retention)
        with Store.open(store) as opened:
            content = assessment(opened, load_settings(tmp_path / "own"), local_now())
        document = Document(io.BytesIO(content))
        rows = [" ".join(cell.text for cell in row.cells)
                for table in document.tables for row in table.rows]  # fmt: skip
        return "\n".join([*rows, *(paragraph.text for paragraph in document.paragraphs)])

    open_cases = told("inbox: in\n", "records_days: 30\n")
    assert "记录与人员 30（案件未结的除外，见下）" in open_cases
    assert re.search("没有最长期限（keep_open_cases）；现有 [0-9]+ 条", open_cases)
    assert "保存至所涉系列的最后一条记录删除" in open_cases
    assert "收件存档 不归档" in open_cases
    assert "升级前的自动备份 180；" in open_cases
    ended = told("inbox: in\narchive: out\n", "keep_open_cases: false\nbackups: zips\n")
    assert "记录与人员 1825\n" in ended
    assert "keep_open_cases" not in ended
    assert "收件存档 90\n" in ended
    assert "备份 180\n" in ended
    assert re.search("审计、权利登记.*不删除；依据：（由本单位填写）", ended)


def test_the_assessment_of_a_store_without_a_key_says_nowhere_that_numbers_are_sealed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not of the columns, and not of backups either."""
    monkeypatch.setattr(database, "ring_for", lambda _: None)
    with Store.open(f"sqlite:///{tmp_path / 'plain.db'}") as opened:
        assert not opened.seal.on
        document = Document(io.BytesIO(assessment(opened, load_settings(), local_now())))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "未加密；默认遮盖" in cells
    assert not [cell for cell in cells if "AES-SIV" in cell or "密文" in cell]


def test_how_probabilities_held_is_counted_right(store: str) -> None:
    """Of the first night's warnings those recurred whose case had a report in the month after."""
    with Store.open(store) as opened:
        held = held_by_group(opened, load_settings())
        first = opened.warnings_at(pd.Timestamp("2024-12-02"))
        cases = set(opened.table("cases")["case_id"])
    kinds = held[held["group"] == "kind"]
    assert kinds["warnings"].sum() == first["case_id"].isin(cases).sum()
    assert held["recurred"].between(0, 1).all()
    assert kinds["recurred"].max() == 1.0
    assert set(held["group"]) == {"county_code", "kind", "category"}


def shares(store: Store) -> dict[str, float]:
    """Kind of case → the share of its warnings that recurred."""
    held = held_by_group(store, load_settings())
    kinds = held[held["group"] == "kind"]
    return dict(zip(kinds["value"], kinds["recurred"], strict=True))


def test_what_only_patrols_found_is_no_recurrence(store: str) -> None:
    """The probability is of what people report; so is what it is held against."""
    with Store.open(store) as opened:
        assert set(shares(opened).values()) == {1.0}
        change_last_report(opened, origin="巡查发现")
        assert set(shares(opened).values()) == {0.0}


def test_complaints_are_no_recurrence_of_a_person(store: str) -> None:
    """A person's probability leaves them out, the matter's does not; so does what each is held to.

    The matter and the person were warned of once, and one report came in the month after.
    """
    with Store.open(store) as opened:
        before = shares(opened)
        assert before["matter"] == before["person"] == 1.0
        change_last_report(opened, category="信访")
        assert shares(opened) == {**before, "person": 0.0}


def change_last_report(store: Store, **content: str) -> None:
    """The one report after the first night tells something else."""
    last = tables.records.c.record_id == "A3"
    with store.writing() as connection:
        connection.execute(update(tables.records).where(last).values(**content))


def test_warnings_of_a_case_that_was_merged_since_count_for_the_one_it_is_part_of(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them is lost, and whether they recurred is told by the case that stands."""
    told = Store.warnings_at
    with Store.open(store) as opened:
        before = held_by_group(opened, load_settings())
        standing = sorted(opened.table("cases")["case_id"])
        merge = {"as_of": pd.Timestamp("2024-12-10").to_pydatetime(), "kind": "case"}
        with opened.writing() as connection:
            rows = [
                {**merge, "from_id": f"{case_id}-old", "into_id": case_id} for case_id in standing
            ]
            connection.execute(insert(tables.merges), rows)
        monkeypatch.setattr(
            Store, "warnings_at",
            lambda self, night: told(self, night).assign(
                case_id=lambda frame: frame["case_id"] + "-old"
            ),
        )  # fmt: skip
        pd.testing.assert_frame_equal(held_by_group(opened, load_settings()), before)


def test_every_group_counts_every_warning(store: str) -> None:
    """Each way of grouping counts the same warnings; a case without a group is unknown."""
    with Store.open(store) as opened:
        groups = groups_of_cases(opened, load_settings())
        held = held_by_group(opened, load_settings(), groups)
        part = held_by_group(opened, load_settings(), groups.iloc[:0])
    counts = held.groupby("group")["warnings"].sum()
    assert set(counts.index) == set(GROUPS)
    assert counts.nunique() == 1
    assert list(held.loc[held["group"] == "name_group", "value"]) == ["other"]
    assert list(part.loc[part["group"] == "name_group", "value"]) == [""]


def test_whose_data_it_was_is_noted(store: str) -> None:
    """Each right's entries name the person by keyed hashes and the records, before and after."""
    who = ["--id-number", ID, "--reason", "本人申请"]
    for command in (
        ["find"], ["export", "--out", "c.json"], ["correct", "--set", "phone=13800138001"],
        ["object", "--user", "a"], ["object", "--withdraw"], ["erase", "--yes"],
    ):  # fmt: skip
        assert run(["rights", command[0], *who, *command[1:]]) == 0
    assert run(["rights", "find", "--phone", "13700000000", "--reason", "本人申请"]) == 0
    with Store.open(store) as opened:
        audit = opened.table("audit")
        hashes, nobody = (
            list(asked_for(opened.seal, *one, None).every)
            for one in ((ID, None), (None, "13700000000"))
        )
    assert hashes != list(asked_for(Seal(), ID, None, None).every)
    entries = [json.loads(text) for text in audit["what"]]
    assert list(audit["action"]) == [
        "rights find", "rights export", "rights exported", "rights correct", "rights corrected", "rights object",
        "rights object", "rights erase", "rights erased", "rights find",
    ]  # fmt: skip
    assert [entry["people"] for entry in entries] == [hashes] * 9 + [nobody]
    assert entries[0]["records"] == ["110|A1|1", "110|A2|1", "110|A3|1"]
    assert [entry["records"] for entry in entries[1:9]] == [entries[0]["records"]] * 8
    assert entries[9]["records"] == []
    assert entries[4]["columns"] == ["phone"]
    of_nobody = ["--phone", "13700000000", "--reason", "本人申请", "--out", "d.json"]
    assert run(["rights", "export", *of_nobody]) == 0
    assert run(["assessment", "--out", "评估.docx"]) == 0
    told = "\n".join(paragraph.text for paragraph in Document("评估.docx").paragraphs)
    assert "行使权利：复制 1 项，更正 1 项，反对 1 项，删除 1 项" in told
    assert (audit["reason"] == "本人申请").all()
    assert not [secret for secret in (ID, PHONE, "13800138001", "13700000000", "欧阳")
                if secret in audit.to_csv()]  # fmt: skip


def test_without_a_key_no_hash_is_noted(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hash without a key tells the number to whoever tries all: the records alone are noted."""
    monkeypatch.delenv("WARNING_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    url = f"sqlite:///{tmp_path / 'plain.db'}"
    with Store.open(url) as opened:
        opened.load(reports(), "a", AT)
    assert run(["rights", "find", "--phone", PHONE, "--reason", "a", "--store", url]) == 0
    with Store.open(url) as opened:
        what = json.loads(opened.table("audit")["what"].iloc[-1])
    assert what["people"] == []
    assert what["records"] == ["110|A1|1", "110|A2|1", "110|A3|1"]


@pytest.mark.parametrize("reason", ["", "  ", "\u3000", "\u200b"])
def test_a_right_needs_a_reason(store: str, capsys: Capture, reason: str) -> None:
    """A blank reason is none: nothing is shown, written or noted."""
    for command in (["find"], ["export", "--out", "c.json"], ["correct", "--set", "name=李四"],
                    ["object"], ["object", "--withdraw"], ["erase", "--yes"]):  # fmt: skip
        assert run(["rights", command[0], "--id-number", ID, "--reason", reason, *command[1:]]) == 2
        assert "no reason is given" in capsys.readouterr().err
    assert not Path("c.json").exists()
    with Store.open(store) as opened:
        assert opened.count("audit") == 0
