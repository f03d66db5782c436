"""The commands of keeping: backup, restore, keys, audit, masks; who asked is noted."""

import json
import os
import pwd
import shutil
import sqlite3
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from warning import scheduling
from warning.accounts import account
from warning.cli import run
from warning.commands.linked import kind_of
from warning.errors import Problem, StoreError
from warning.store import Store
from warning.store.backup import check_backup

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def city(hamlet_night: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A store with a night, as ``WARNING_STORE``, in an empty working directory."""
    shutil.copy(hamlet_night, tmp_path / "w.db")
    url = f"sqlite:///{tmp_path / 'w.db'}"
    monkeypatch.setenv("WARNING_STORE", url)
    monkeypatch.chdir(tmp_path)
    return url


def test_backup_verify_restore(city: str, capsys: Capture, tmp_path: Path) -> None:
    """A backup is made, verified by a trial restore, restored; a damaged one is told."""
    assert run(["backup", "--out", "b.zip"]) == 0
    assert run(["backup", "--verify", "b.zip"]) == 0
    assert "is whole" in capsys.readouterr().out
    assert run(["restore", "b.zip", "--store", "sqlite:///new.db"]) == 0
    made_at = check_backup(Path("b.zip")).made_at
    told = " ".join(capsys.readouterr().err.split())
    assert f"erasures, corrections and objections after {made_at} are not in this store" in told
    assert run(["restore", "b.zip", "--store", "sqlite:///new.db"]) == 1
    assert "not empty" in capsys.readouterr().err
    assert run(["check", "--store", "sqlite:///new.db"]) == 0
    Path("b.zip").write_bytes(Path("b.zip").read_bytes()[:-100])
    assert run(["backup", "--verify", "b.zip"]) == 1
    assert run(["backup"]) == 2


def test_keys_are_made_and_rotated(
    hamlet: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new key is put before the old one; after the rotation check knows and the audit holds."""
    monkeypatch.setenv("WARNING_STORE", hamlet)
    path = tmp_path / "key"
    path.write_text(f"warning-key-1 {os.environ['WARNING_KEY']}\n")
    path.chmod(0o600)
    monkeypatch.delenv("WARNING_KEY")
    monkeypatch.setenv("WARNING_KEY_FILE", str(path))
    run(["cases"])
    assert run(["keys", "rotate"]) == 1
    assert run(["keys", "new"]) == 0
    assert run(["keys", "rotate"]) == 0
    assert run(["audit", "verify"]) == 0
    assert "whole" in capsys.readouterr().out
    assert run(["check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["numbers_encrypted"] is True
    assert told["key"] == str(path)


def test_a_key_in_the_environment_is_replaced_as_told(
    hamlet: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``WARNING_KEY`` wins over files: both commands say so, and what they say leads on."""
    monkeypatch.setenv("WARNING_STORE", hamlet)
    old = os.environ["WARNING_KEY"]
    assert run(["cases"]) == 0
    path = tmp_path / "a key"
    capsys.readouterr()
    assert run(["keys", "new", "--file", str(path)]) == 0
    told = capsys.readouterr().out
    assert "WARNING_KEY is set and wins" in told
    assert run(["keys", "rotate"]) == 1
    refused = capsys.readouterr().err
    assert "while it is set, key files do not count" in refused
    assert "WARNING_KEY=NEW,OLD" in refused
    line = next(line for line in told.splitlines() if "export WARNING_KEY" in line)
    done = subprocess.run(
        ["sh", "-c", f'{line} && echo "$WARNING_KEY"'], capture_output=True, text=True, check=True
    )
    fresh = path.read_text().splitlines()[-1].split()[1]
    assert done.stdout.strip() == f"{fresh},{old}"
    assert fresh not in told
    monkeypatch.setenv("WARNING_KEY", done.stdout.strip())
    assert run(["keys", "rotate"]) == 0
    assert run(["audit", "verify"]) == 0
    with Store.open(hamlet) as store:
        entries = store.table("audit")
    assert list(entries["action"])[-1] == "keys rotated"
    assert entries["key_id"].nunique() == 2


def test_a_plain_store_is_told(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key check says that numbers are not encrypted, and health that it is a fault."""
    monkeypatch.delenv("WARNING_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    monkeypatch.setenv("WARNING_STORE", f"sqlite:///{tmp_path / 'w.db'}")
    Store.open(os.environ["WARNING_STORE"]).close()
    assert run(["check"]) == 0
    said = capsys.readouterr().out
    assert "! ID numbers and phones are NOT encrypted" in said
    assert said.strip().endswith("it can run, but 1 to mend, see above")
    assert "no fault found" not in said
    assert run(["health"]) == 1
    assert "not encrypted" in capsys.readouterr().out


def test_who_looked_is_noted(city: str, capsys: Capture) -> None:
    """Command, ids, options and reason are in the audit, other values are not."""
    with Store.open(city) as store:
        case = str(store.last_warnings()["case_id"].iloc[0])
    assert run(["cases", case, "--json"]) == 0
    reasons = ["--reason", " ", "--reason=核查"]  # the last one counts, and is what is noted
    assert run(["report", "--out", "张三.html", "--unmasked", *reasons]) == 0
    assert run(["export", "--out", "tables"]) == 0
    capsys.readouterr()
    assert run(["audit", "list", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["action"] for entry in entries] == ["export", "report", "cases"]
    assert json.loads(entries[2]["what"])["ids"] == [case]
    assert entries[1]["reason"] == "核查"
    assert "--unmasked" in entries[1]["what"]
    assert "张三" not in json.dumps(entries, ensure_ascii=False)


def test_a_changed_audit_is_told(city: str, capsys: Capture) -> None:
    """``audit verify`` and ``check`` exit 1 and say which entry."""
    from tests.store.test_store_audit import tamper

    run(["cases"])
    with Store.open(city) as store:
        tamper(store, "UPDATE audit SET actor = 'nobody'")
    assert run(["audit", "verify"]) == 1
    assert "audit:1: was changed" in capsys.readouterr().err
    assert run(["check"]) == 1
    with Store.open(city) as store:
        tamper(store, "UPDATE audit SET at = 'zzz'")
    assert run(["audit", "verify"]) == 1
    assert "audit:1: was changed" in capsys.readouterr().err
    assert run(["check"]) == 1
    assert run(["audit", "list"]) == 0
    assert run(["audit", "list", "--json"]) == 0
    assert run(["assessment", "--out", "评估.docx"]) == 0


@pytest.mark.parametrize("command", [["report"], ["export", "--out", "x", "--people"]])
def test_unmasked_needs_a_reason(city: str, command: list[str], capsys: Capture) -> None:
    """Without a reason nothing is written."""
    assert run([*command, "--unmasked"]) == 2
    assert run([*command, "--unmasked", "--reason", " "]) == 2
    assert "no reason is given" in capsys.readouterr().err
    assert not Path("report.html").exists()
    assert not Path("x").exists()


def test_people_are_exported_masked(city: str) -> None:
    """No name, number or phone of a party is in the files; unmasked all of them are."""
    with Store.open(city) as store:
        _, parties = store.known(pd.Timestamp("2025-01-01"))
    assert run(["export", "--out", "masked", "--people"]) == 0
    assert run(["export", "--out", "open", "--people", "--unmasked", "--reason", "核查"]) == 0
    masked = "".join(path.read_text() for path in Path("masked").glob("*.csv"))
    opened = Path("open/parties.csv").read_text()
    for column in ("name", "id_number", "phone"):
        whole = [
            value
            for value in parties[column].dropna()
            if len(value) > 2 and not set(value) & set("*某×") and value != "12345"
        ]
        assert whole
        assert not [value for value in whole if value in masked]
        assert all(value in opened for value in whole)
    rows, reports = pd.read_csv("masked/parties.csv"), pd.read_csv("masked/records.csv")
    assert len(rows) == len(parties)
    assert rows[["gender", "age"]].isna().all(axis=None)
    assert reports[["narrative", "longitude", "latitude"]].isna().all(axis=None)
    shown = pd.concat([rows["address"], reports["address"]]).dropna()
    assert len(shown)
    assert not shown.str.contains(r"[\d一二三四五六七八九十〇]+(?:号|栋|幢|单元|室)").any()
    assert pd.read_csv("open/records.csv")["longitude"].notna().any()


def test_a_damaged_store_is_told_by_check(city: str, capsys: Capture, tmp_path: Path) -> None:
    """Pages overwritten in the middle of the file: check exits 1 and names the way back."""
    import sqlite3

    connection = sqlite3.connect(tmp_path / "w.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'records'"
    ).fetchone()
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    content = bytearray((tmp_path / "w.db").read_bytes())
    start = (page[0] - 1) * size
    content[start : start + 200] = bytes(range(200))
    (tmp_path / "w.db").write_bytes(bytes(content))
    assert run(["check"]) == 1
    told = capsys.readouterr().err
    assert "is damaged" in told
    assert "warning restore" in told
    assert "Traceback" not in told


PERSON = "620702199001011234,110,2024-03-01 10:00:00,欧阳志远,13800138000,宅基地之争\n"


@pytest.mark.parametrize("archive", [True, False])
def test_logs_hold_no_name_or_number(
    archive: bool, hamlet: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a scheduled night writes names nobody, whatever stands in the inbox's files."""
    for name in ("config", "inbox", "archive"):
        (tmp_path / name).mkdir()
    text = f"inbox: {tmp_path / 'inbox'}\nlogs: json\n"
    text += f"archive: {tmp_path / 'archive'}\n" if archive else ""
    (tmp_path / "config" / "schedule.yaml").write_text(text)
    bad = {
        "110.csv": PERSON * 2,  # no header
        "欧阳志远 13800138000.csv": PERSON,
        "b.csv": "欧阳志远,欧阳志远\n1,2\n",  # a header that says it twice
        "c.csv": 'record_id,"欧阳志远\n' + PERSON,
        "d.欧阳志远": PERSON,
        "e.xlsx": PERSON,
        "f.csv": "",
    }
    for name, content in bad.items():
        (tmp_path / "inbox" / name).write_text(content)
    with Store.open(hamlet) as store:
        parties = store.table("parties")
    command = ["schedule", "--once", "--night", "2025-01-01", "--store", hamlet]
    assert run([*command, "--config", str(tmp_path / "config")]) == 0
    told = "".join(capfd.readouterr())
    for column in ("name", "id_number", "phone"):
        assert not [v for v in parties[column].dropna().unique() if len(v) > 2 and v in told]
    for word in ("欧阳", "志远", "620702", "1380013", "宅基地"):
        assert word not in told
    events = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    refused = {event["inode"]: event for event in events if event["event"] == "file_refused"}
    assert len(refused) == len(bad)
    told_of = {name: refused[(tmp_path / "inbox" / name).stat().st_ino] for name in bad}
    assert (told_of["110.csv"]["code"], told_of["110.csv"]["file"]) == ("column_missing", "110.csv")
    assert told_of["110.csv"]["column"] == "record_id"
    assert told_of["b.csv"]["code"] == "column_twice"
    assert told_of["f.csv"]["code"] == "empty"


@pytest.mark.parametrize("bug", [False, True])
def test_what_ends_a_night_is_an_event_where_the_log_is_json(
    bug: bool, hamlet: str, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A collector gets the reason, and a bug's trace, as fields of one line."""

    def ends(*_: object) -> None:
        raise ValueError("张" + "三") if bug else StoreError(Problem("the store", "gone"))

    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "schedule.yaml").write_text("logs: json\n")
    monkeypatch.setattr(scheduling, "run_nightly", ends)
    command = ["schedule", "--once", "--night", "2025-01-01", "--store", hamlet]
    code = run([*command, "--config", str(tmp_path / "config")])
    events = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    told = events[-1]
    assert (told["event"], told["level"]) == ("command_ends", "error")
    assert told["exit_code"] == code == (3 if bug else 1)
    assert told["reason"] == ("An unexpected failure (the details are for the maintainers); "
                              "the store holds no half-written data." if bug
                              else "the store: gone")  # fmt: skip
    assert ("ValueError: …" in told.get("trace", "")) == bug
    assert not bug or "张三" not in told["trace"]


@pytest.mark.parametrize(
    ("sudo", "who"),
    [
        ("alice", "alice ({})"),
        ("市局\\张警官", "市局\\张警官 ({})"),
        ("a\nb\udcff", "a?b? ({})"),
        ("", "{}"),
        ("{}", "{}"),
    ],
)
def test_who_became_the_account_is_noted(
    city: str, sudo: str, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever came by sudo stands beside the account, whichever account that is."""
    account = pwd.getpwuid(os.getuid()).pw_name
    for name in (account, "warning"):
        monkeypatch.setattr(pwd, "getpwuid", lambda _, name=name: SimpleNamespace(pw_name=name))
        monkeypatch.setenv("SUDO_USER", sudo.format(name))
        assert run(["cases"]) == 0
        with Store.open(city) as store:
            assert store.table("audit")["actor"].iloc[-1] == who.format(name)


def test_a_verdict_names_who_came_by_sudo(city: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``--user`` it is the person behind sudo, not the account they share."""
    with Store.open(city) as store:
        keys = store.table("incident_links").head(2)
    pair = list(keys["channel"] + "|" + keys["record_id"])
    monkeypatch.setenv("USER", "warning")
    monkeypatch.setenv("SUDO_USER", "alice")
    assert run(["judge", "incident", *pair, "different"]) == 0
    with Store.open(city) as store:
        assert store.table("verdicts")["user"].tolist() == ["alice"]


def noted(url: str) -> list[dict[str, Any]]:
    """Action and what of every entry."""
    with Store.open(url) as store:
        rows = store.table("audit")
    return [{"action": row.action, **json.loads(str(row.what))} for row in rows.itertuples()]


def test_whose_link_was_looked_at_is_noted(city: str) -> None:
    """Keys of records and parties are in the audit; what only looks like one may be a name."""
    with Store.open(city) as store:
        links = store.table("party_links")
    parties = links[~links["party_no"].str.startswith("~")].head(2)
    left, right = parties["channel"] + "|" + parties["record_id"] + "|" + parties["party_no"]
    record, text = left.rpartition("|")[0], f"{left.rpartition('|')[0]}|~3"
    assert run(["judge", "person", left, right, "unsure", "--user", "a"]) == 0
    for one in (record, text, "张三|13800138000", f"{record}|张三", "||"):
        run(["explain", one, one, "--unmasked", "--reason", "核查"])
    told = [entry["ids"] for entry in noted(city)]
    assert told == [[left, right], [record], [text], [], [], []]


def test_numbers_that_hold_a_bar_are_judged_and_noted(city: str) -> None:
    """Of records and of parties: what a key names is what is stored."""
    with Store.open(city) as store:
        told = store.table("mentions").iloc[0]
        links = store.table("party_links")
        spoken = links["party_no"].str.startswith("~") | (links["record_id"] == told["record_id"])
        row = links[~spoken & (links["channel"] == told["channel"])].iloc[0]
    with sqlite3.connect("w.db") as connection:
        for table in ("records", "parties", "party_links", "incident_links", "mentions"):
            connection.execute(
                f"UPDATE {table} SET record_id = record_id || '|7' WHERE record_id IN (?, ?)",
                (row["record_id"], told["record_id"]),
            )
        for table in ("parties", "party_links"):
            connection.execute(
                f"UPDATE {table} SET party_no = '甲|1' WHERE record_id = ? AND party_no = ?",
                (row["record_id"] + "|7", row["party_no"]),
            )
    record, other = (f"{one['channel']}|{one['record_id']}|7" for one in (row, told))
    party, text = f"{record}|甲|1", f"{other}|~{told['start']}"
    with Store.open(city) as store:
        assert [kind_of(store, key) for key in (party, record)] == [row["entity_type"], "incident"]
    assert run(["judge", "person", party, text, "unsure", "--user", "a"]) == 0
    assert run(["judge", "place", record, other, "unsure", "--user", "a"]) == 0
    assert run(["judge", "person", record, f"{record}|9", "unsure", "--user", "a"]) == 2
    assert [entry["ids"] for entry in noted(city)][:2] == [[party, text], [record, other]]


def test_who_loaded_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load, by hand or from the inbox, has its entry with the moment that ``loads`` has."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'w.db'}"
    head = "record_id,channel,reported_at,narrative\n"
    Path("张三.csv").write_text(head + "A1,110,2024-03-01 10:00:00,张三与人争吵\n")
    Path("inbox").mkdir()
    Path("inbox/张三.csv").write_text(head + "A2,110,2024-03-01 10:00:00,张三与人争吵\n")
    Path("config").mkdir()
    Path("config/schedule.yaml").write_text("inbox: inbox\n")
    assert run(["load", "张三.csv", "--store", url]) == 0
    assert run(["schedule", "--once", "--night", "2024-04-01", "--store", url]) == 0
    entries = noted(url)
    assert [entry["action"] for entry in entries] == ["load", "load inbox"]
    with Store.open(url) as store:
        loads = store.table("loads")["loaded_at"]
        actors = set(store.table("audit")["actor"])
    assert [pd.Timestamp(entry["loaded_at"]) for entry in entries] == list(loads)
    assert actors == {account()}
    assert "张三" not in str(entries)
