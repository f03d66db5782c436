"""The command line: what each command prints, its exit code, and errors a person can use."""

import json
import re
import shlex
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from warning.cli import build_app, run
from warning.commands import matters
from warning.escalation.undated import UNKNOWN_DAY, told_day
from warning.officers.current import fallen_since, settled_since
from warning.report.link_page import level_names, part_names
from warning.settings import load_settings, packaged_config
from warning.store import Store, tables
from warning.tabular import rows_of


@pytest.fixture
def store(night_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A copy of the town's store in an empty working directory."""
    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARNING_STORE", "sqlite:///w.db")
    return "sqlite:///w.db"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Standard output of a command that must succeed."""
    capsys.readouterr()
    assert run(list(arguments)) == 0
    return capsys.readouterr().out


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """All commands of the contract answer --help and show an example."""
    for command in ("demo", "load", "run", "schedule", "export", "report", "cases", "explain",
                    "letters", "task-forces", "judge", "train", "backtest", "preview",
                    "check"):  # fmt: skip
        assert "warning " + command in printed(capsys, command, "--help").replace("\n", " ")


@pytest.mark.parametrize(("language", "word"), [("en", "Example"), ("zh", "例：")])
def test_groups_and_their_commands_have_examples_too(
    language: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each begins as it is typed."""
    monkeypatch.setenv("WARNING_LANG", language)

    def lacking(command: Any, typed: str) -> list[str]:
        example = re.compile(rf"{word}.*{typed}", re.DOTALL)
        inside = getattr(command, "commands", {}).items()
        own = [] if example.search(command.help or "") else [typed]
        return own + [found for name, one in inside for found in lacking(one, f"{typed} {name}")]

    assert lacking(typer.main.get_command(build_app()), "warning") == []


def test_a_chinese_reader_sees_no_names_of_columns(
    store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither keys of JSON nor codes nor True: what a person reads is told in words."""
    letter = json.loads(printed(capsys, "letters", "list", "--json"))[0]
    shown = json.loads(printed(capsys, "letters", "show", letter["letter_id"], "--json"))
    assert letter["drafted_at"] == shown["letter"]["drafted_at"]  # one moment is written one way
    cases = json.loads(printed(capsys, "cases", "--kind", "person", "--json"))
    case = max(cases, key=lambda one: one["incident_count"])["case_id"]  # its reports name a person
    monkeypatch.setenv("WARNING_LANG", "zh")
    told = {
        command: printed(capsys, *command.split())
        for command in (
            "check", f"letters show {letter['letter_id']}", f"cases {case}", f"explain {case}",
            "retention --dry-run", "backup --out b.zip",
        )
    }  # fmt: skip
    for command, text in told.items():
        assert not re.findall(r"^[a-z_]+：", text, re.MULTILINE), command
        assert not re.findall(r"：(?:True|False|\[\]|[a-z]+)$", text, re.MULTILINE), command
    assert "与最近一夜同一模型：是" in told["check"]
    assert "其中由 directory 指定：0" in told["check"]
    assert "起点 -" in told[f"explain {case}"]
    assert "prior" not in told[f"explain {case}"]
    assert json.loads(printed(capsys, "check", "--json"))["same_model"] is True


def test_every_part_and_level_of_a_link_has_its_chinese_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of what the packaged configuration compares."""
    monkeypatch.setenv("WARNING_LANG", "zh")
    matching = load_settings().matching
    for evidence in (matching.person, matching.organisation, matching.incident):
        levels = evidence.model_dump()["levels"]
        assert levels.keys() <= part_names().keys()
        for named in levels.values():
            assert named.keys() <= level_names().keys()


def test_approval_tells_where_a_case_is_less_grave_than_its_draft_says(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a verdict that parted it: of a letter and of a task force, and of no other."""
    steps = {"letters": ("letters", "letter_id"), "task-forces": ("task_forces", "task_force_id")}
    for command, (table, key) in steps.items():
        with Store.open(store) as opened:
            first, *others = opened.table(table)[key].tolist()
        with sqlite3.connect("w.db") as connection:
            connection.execute(
                f"UPDATE {table} SET content = json_set(content, '$.incident_count', 99)"
                f" WHERE {key} = ?",
                (first,),
            )
        told = printed(capsys, command, "approve", first, "--officer", "Li").replace("\n", " ")
        assert "with 99 incidents when this was drafted" in told
        assert "its cause may be gone" in told
        for other in others[:1]:
            assert "note" not in printed(capsys, command, "approve", other, "--officer", "Li")


def test_a_fallen_tier_is_no_note_on_a_letter_for_an_overdue_one(store: str) -> None:
    """Fewer incidents are. A task force's reason may tell of letters, too: there the tier counts."""
    with Store.open(store) as opened:
        tiers = opened.last_warnings().set_index("case_id")["tier"]
        rows = rows_of(opened.table("letters"))
        letter = next(row for row in rows if tiers[row["case_id"]] != "red")
        letter["content"] |= {"tier": "red"}
        late = {**letter, "reason": "提示函逾期未复（原函撤回重办）"}
        fewer = {**late, "content": {**letter["content"], "incident_count": 99}}
        force = {name: value for name, value in late.items() if name != "letter_id"}
        told = [len(fallen_since(opened, row)) for row in (letter, late, fewer, force)]
    assert told == [1, 0, 1, 1]


def test_approval_for_a_case_that_is_gone_names_the_command_that_ends_it(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a letter and of a task force with its id; the command as it stands there is taken."""
    steps = {"letters": ("letter_id", "close"), "task-forces": ("task_force_id", "decline")}
    for command, (key, end) in steps.items():
        table = command.replace("-", "_")
        waiting = "draft" if command == "letters" else "proposed"
        with sqlite3.connect("w.db") as connection:
            (one,) = connection.execute(
                f"SELECT {key} FROM {table} WHERE status = ?", (waiting,)
            ).fetchone()
            connection.execute(f"UPDATE {table} SET case_id = 'c-gone' WHERE {key} = ?", (one,))
        assert run([command, "approve", one, "--officer", "Li Si"]) == 1
        told = " ".join(capsys.readouterr().err.split())
        given = f"{command} {end} {one} --officer 'Li Si' --reason 'the case is gone'"
        assert f"if it is gone for good: warning {given}" in told
        assert run(shlex.split(given)) == 0


def test_approval_tells_where_the_lower_letter_was_answered_since(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was overdue when this was drafted; a step that was renamed since counts as well."""
    settings = load_settings()
    ladder = [
        kind.model_copy(update={"formerly": ("旧交办函",) if kind.name == "交办函" else ()})
        for kind in settings.escalation.letters
    ]
    escalation = settings.escalation.model_copy(update={"letters": ladder})
    renamed, told = replace(settings, escalation=escalation), {}
    with Store.open(store) as opened:
        first, second, third = rows_of(opened.table("letters"))[:3]
        # What was called back before the draft is not what it was drafted for.
        with sqlite3.connect("w.db") as connection:
            connection.execute(
                "UPDATE letters SET kind = '交办函', case_id = ?, status = 'withdrawn',"
                " drafted_at = '2020-02-01 00:00:00.000000' WHERE letter_id = ?",
                (first["case_id"], third["letter_id"]),
            )
            connection.execute(
                "INSERT INTO transitions (letter_id, from_status, to_status, officer, reason, at)"
                " VALUES (?, 'issued', 'withdrawn', 'Li', 'x', '2020-03-01 00:00:00.000000')",
                (third["letter_id"],),
            )
        for status in ("overdue", "superseded", "received", "withdrawn", "accepted"):
            with sqlite3.connect("w.db") as connection:
                connection.execute(
                    "UPDATE letters SET kind = '旧交办函', case_id = ?, status = ?,"
                    " drafted_at = '2020-01-01 00:00:00.000000' WHERE letter_id = ?",
                    (first["case_id"], status, second["letter_id"]),
                )
            for how in ("交办函逾期未复", "交办函复函未获认可（原函撤回重办）", "升为红色"):
                notes = settled_since(opened, {**first, "reason": how}, renamed)
                told[status, how[:6]] = len(notes)
    assert {key for key, count in told.items() if count} == {
        ("received", "交办函逾期未"), ("withdrawn", "交办函逾期未"), ("accepted", "交办函逾期未"),
        ("withdrawn", "交办函复函未"), ("accepted", "交办函复函未"),
    }  # fmt: skip
    with sqlite3.connect("w.db") as connection:
        connection.execute(
            "UPDATE letters SET reason = '旧交办函逾期未复' WHERE letter_id = ?",
            (first["letter_id"],),
        )
    said = printed(capsys, "letters", "approve", first["letter_id"], "--officer", "Li")
    assert f"旧交办函 {second['letter_id']} is accepted now" in said.replace("\n", " ")


def test_approval_tells_a_unit_that_was_renamed_since(
    store: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the command that draws the letter anew, as it can be given."""
    text = (packaged_config() / "escalation.yaml").read_text("utf-8")
    with Store.open(store) as opened:
        first, second = opened.table("letters")["letter_id"].tolist()[:2]
    assert "note" not in printed(capsys, "letters", "approve", first, "--officer", "Li")
    (tmp_path / "config").mkdir()
    renamed = text.replace("{county}委政法委员会", "{county}委社会工作部")
    (tmp_path / "config" / "escalation.yaml").write_text(renamed, "utf-8")
    told = printed(capsys, "letters", "approve", second, "--officer", "Li").replace("\n", " ")
    assert "委社会工作部" in told
    command = f"letters close {second} --redo --officer Li --reason 'the units have changed'"
    assert f"warning {command}" in told
    assert run(shlex.split(command)) == 0


def test_the_whole_way_of_an_officer(
    store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter is approved by a named officer once, gets its number, and is issued."""
    letters = json.loads(printed(capsys, "letters", "list", "--json"))
    letter = letters[0]["letter_id"]
    assert run(["letters", "issue", letter, "--officer", "Li"]) == 1
    assert run(["letters", "approve", letter]) == 1
    # A step cannot be taken back: not under a clock that is before the night that drafted it.
    with monkeypatch.context() as behind:
        behind.setattr("warning.officers.clock.local_now", lambda: pd.Timestamp("2021-01-01"))
        assert run(["letters", "approve", letter, "--officer", "Li"]) == 1
    assert "is before the last night" in capsys.readouterr().err
    assert "1号" in printed(capsys, "letters", "approve", letter, "--officer", "Li")
    assert run(["letters", "approve", letter, "--officer", "Wang"]) == 1
    capsys.readouterr()
    assert run(["letters", "issue", letter, "--officer", "Li"]) == 0
    issued, told = capsys.readouterr()
    assert "due: " in issued and "年" not in issued  # a date as in lists, not as in documents
    assert "days after the last night" in told
    advice = f"warning letters close {letter} --redo --officer Li --reason 'wrong clock'"
    assert advice in told
    for name, advised in (("letter.txt", "letter.docx"), (".docx", "document.docx")):
        assert run(["letters", "show", letter, "--out", name]) == 2
        refused = capsys.readouterr().err
        assert ".docx or .pdf" in refused and f"--out {advised}" in refused
        assert not Path(name).exists()
    assert "issued" in printed(capsys, "letters", "show", letter, "--out", "letter.docx")
    # In Chinese states are told in words, and asked for by word or by code.
    monkeypatch.setenv("WARNING_LANG", "zh")
    assert "状态：已发出" in printed(capsys, "letters", "show", letter)
    for state in ("已发出", "issued"):
        listed = printed(capsys, "letters", "list", "--status", state)
        assert letter in listed
        assert "已发出" in listed
        assert "issued" not in listed
    for listing in (("letters", "list"), ("cases",)):
        by_code, by_name = (
            printed(capsys, *listing, "--county", one, "--json") for one in ("620702", "甘州区")
        )
        assert json.loads(by_code) == json.loads(by_name) != []
    monkeypatch.setenv("WARNING_LANG", "en")
    assert Path("letter.docx").read_bytes()[:2] == b"PK"
    close = ("letters", "close", letter, "--officer", "Li", "--redo")
    assert run(list(close)) == 1  # without a reason
    capsys.readouterr()
    assert "the next night drafts it anew" in printed(capsys, *shlex.split(advice)[1:])


def test_a_task_force_shows_its_milestones_and_which_are_reached(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its day and when it was noted; an entry tells its milestone or level."""
    noted = {"at": "2025-01-03T10:00:00", "kind": "milestone", "officer": "Li", "text": "met"}
    checked = noted | {"kind": "verified", "level": "村级"}
    content = {
        "due_on": "2025-01-20",
        "milestones": {"见面核实": "2025-01-06", "制定方案": "2025-01-07", "回访": UNKNOWN_DAY},
        "ledger": [noted | {"milestone": "见面核实"}, checked],
    }
    force = {"task_force_id": "t-1", "case_id": "c-1", "drafted_for": "c-1", "status": "active",
             "proposed_at": pd.Timestamp("2025-01-02"), "content": content}  # fmt: skip
    with Store.open(store) as opened, opened.writing() as connection:
        connection.execute(tables.task_forces.insert().values(**force))
    shown = [line.split() for line in printed(capsys, "task-forces", "show", "t-1").splitlines()]
    assert ["见面核实", "2025-01-06", "2025-01-03", "10:00"] in shown
    assert ["制定方案", "2025-01-07", "—"] in shown
    assert ["回访", *told_day(UNKNOWN_DAY).split(), "—"] in shown
    assert [line[-2] for line in shown if line[-1:] == ["met"]] == ["见面核实", "村级"]
    told = json.loads(printed(capsys, "task-forces", "show", "t-1", "--json"))
    assert told["task_force"]["due_on"] == "2025-01-20"
    assert [one["reached_at"] for one in told["milestones"]] == ["2025-01-03T10:00:00", None, None]
    assert told["ledger"] == content["ledger"]


def test_a_program_reads_a_whole_list_unless_it_asks_for_less(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table on the terminal says how many rows it leaves out; JSON leaves out none."""
    with Store.open(store) as opened:
        count = opened.count("cases")
    assert f"… {count - 50} more: --limit" in printed(capsys, "cases")
    assert len(json.loads(printed(capsys, "cases", "--json"))) == count > 50
    assert len(json.loads(printed(capsys, "cases", "--json", "--limit", "7"))) == 7


def test_rows_left_out_are_shown_by_an_option_that_the_command_has(
    store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One case's records heed ``--limit``; ``explain`` and ``load`` have only ``--json``."""
    listed = json.loads(printed(capsys, "cases", "--json"))
    case = max(listed, key=lambda one: one["incident_count"])["case_id"]
    count = len(json.loads(printed(capsys, "cases", case, "--json"))["records"])
    assert len(json.loads(printed(capsys, "cases", case, "--json", "--limit", "1"))["records"]) == 1
    assert f"… {count - 1} more: --limit" in printed(capsys, "cases", case, "--limit", "1")
    monkeypatch.setattr(matters, "ROWS", 1)
    assert f"… {count - 1} more: --json" in printed(capsys, "explain", case)
    rows = "".join(f"Q{number},110,昨天\n" for number in range(21))
    Path("wrong.csv").write_text("record_id,channel,reported_at\n" + rows, encoding="utf-8")
    told = printed(capsys, "load", "wrong.csv", "--store", "sqlite:///other.db")
    assert "… 1 more: --json" in told


def test_a_case_is_explained_down_to_its_records(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Points sum to the log-odds and the records behind the case are shown."""
    case = json.loads(printed(capsys, "cases", "--json", "--limit", "1"))[0]["case_id"]
    told = json.loads(printed(capsys, "explain", case, "--json"))
    points = sum(part["points"] for part in told["contributions"])
    assert points == pytest.approx(told["log_odds"])
    assert told["records"]
    assert run(["explain", "c-000000000000"]) == 1


def test_tables_page_and_check(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The tables, the page and the check come from the stored night."""
    written = json.loads(printed(capsys, "export", "--out", "tables", "--json"))
    assert {"party_links", "cases", "warnings", "letters", "quarantine", "runs"} <= set(written)
    assert Path("tables/warnings.csv").read_text(encoding="utf-8").startswith("case_id,as_of,")
    printed(capsys, "report", "--out", "report.html")
    page = Path("report.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http://www.w3.org", "")
    assert json.loads(printed(capsys, "check", "--json"))["nights"] == 1


def test_preview_shows_what_a_threshold_costs(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lower threshold moves cases up, and nothing is written."""
    shutil.copytree(packaged_config(), "trial")
    tiers = Path("trial/tiers.yaml")
    text = tiers.read_text(encoding="utf-8")
    tiers.write_text(text.replace("probability: 0.15", "probability: 0.12", 1), encoding="utf-8")
    told = json.loads(printed(capsys, "preview", "--config", "trial", "--json"))
    counts = {row["tier"]: (row["today"], row["preview"]) for row in told["tiers"]}
    assert counts["none"][1] <= counts["none"][0]
    assert json.loads(printed(capsys, "check", "--json"))["nights"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["load", "none.csv"], 1, "none.csv"),
        (["load", "."], 1, "directory"),
        (["load", "empty.csv"], 1, "empty"),
        (["load", "short.csv", "--channel", "110"], 1, "reported_at"),
        (["load", "short.csv", "--channel", "nowhere"], 1, "nowhere"),
        (["run", "--as-of", "yesterday"], 2, "unreadable time"),
        (["run", "--as-of", "2999-01-01"], 1, "future"),
        (["run", "--as-of", "2020-01-01"], 1, "before the last night"),
        (["run", "--store", "sqlite:///none.db"], 2, "no such store"),
        (["check", "--config", "tabs"], 2, "tiers.yaml:2"),
        (["check", "--config", "unknown"], 2, "tiers.yaml:1"),
        (["check", "--config", "nowhere"], 2, "nowhere"),
        (["export", "--out", "x", "--format", "doc"], 2, "csv, parquet"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_bad_input_is_named(
    store: str, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    """Each fault has its exit code and says what was found; no stack trace."""
    Path("empty.csv").write_bytes(b"")
    Path("short.csv").write_text("record_id,when\n1,2024\n", encoding="utf-8")
    for name, text in (("tabs", "levels:\n\tred: 1\n"), ("unknown", "colours: 3\n")):
        Path(name).mkdir()
        (Path(name) / "tiers.yaml").write_text(text, encoding="utf-8")
    assert run(arguments) == code
    told = capsys.readouterr()
    assert words in told.err + told.out
    assert "Traceback" not in told.err


def test_a_load_tells_what_became_of_parties_that_it_does_not_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kept where the new file says nothing of them, gone where its table names nobody."""
    monkeypatch.chdir(tmp_path)
    head = "record_id,channel,reported_at"
    Path("a.csv").write_text(f"{head}\n1,110,2024-01-01\n", encoding="utf-8")
    Path("b.csv").write_text(f"{head},outcome\n1,110,2024-01-02,达成协议\n", encoding="utf-8")
    Path("c.csv").write_text(f"{head}\n1,110,2024-01-03\n", encoding="utf-8")
    Path("people.csv").write_text("record_id,party_no,name\n1,1,赵建国\n", encoding="utf-8")
    Path("nobody.csv").write_text("record_id,party_no,name\n", encoding="utf-8")
    assert "kept from" not in printed(capsys, "load", "a.csv", "--parties", "people.csv")
    told = printed(capsys, "load", "b.csv").replace("\n", " ")
    assert "1 party rows kept from earlier versions" in told
    told = printed(capsys, "load", "c.csv", "--parties", "nobody.csv").replace("\n", " ")
    assert "1 new versions name no party" in told
