"""Bad input on the command line: each fault in the reader's language, with its exit code.

A row of a table is a fault: what is prepared, the command, the exit code, and what an English and
a Chinese reader must be told. None may lose what was stored before.
"""

import contextlib
import ctypes
import io
import os
import shutil
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import event

from warning.cli import run
from warning.settings import packaged_config
from warning.store import Store, database

HEAD = "record_id,channel,reported_at,narrative\n"
GOOD = HEAD + "A1,110,2024-03-01 10:00:00,争吵\n"


@dataclass(frozen=True)
class Fault:
    """``files`` are written first; ``english`` and ``chinese`` are parts of what is said."""

    name: str
    arguments: tuple[str, ...]
    code: int
    english: tuple[str, ...]
    chinese: tuple[str, ...]
    files: dict[str, bytes]


def row(text: str) -> dict[str, bytes]:
    """A file with one good row and the row ``text``."""
    return {"a.csv": (GOOD + text + "\n").encode()}


def setting(file: str, text: str) -> dict[str, bytes]:
    """A configuration directory with one file."""
    return {f"trial/{file}": text.encode()}


def tiers_with(old: str, new: str) -> dict[str, bytes]:
    """The packaged tiers with one change."""
    text = (packaged_config() / "tiers.yaml").read_text(encoding="utf-8")
    assert old in text
    return setting("tiers.yaml", text.replace(old, new, 1))


def other_horizon() -> dict[str, bytes]:
    """The packaged scoring with windows that the packaged model was not trained for."""
    text = (packaged_config() / "scoring.yaml").read_text(encoding="utf-8")
    assert text.count("horizon_days: 30 ") == 1
    return setting("scoring.yaml", text.replace("horizon_days: 30 ", "horizon_days: 60 "))


LOAD = ("load", "a.csv")
#: No system has such a file; what cannot be looked into is told the same way.
LONG = "a" * 300
CHECK = ("check", "--config", "trial")
FAULTS = [
    Fault("missing file", ("load", "none.csv"), 1, ("none.csv", "no such file", "check the path"),
          ("none.csv", "没有这个文件", "检查路径"), {}),
    Fault("directory", ("load", "."), 1, ("is a directory", "what to do"), ("是目录", "处理办法"), {}),
    Fault("file of too long a name", ("load", LONG + ".csv"), 1,
          ("cannot be read (File name too long)", "check the file"), ("无法读取", "检查文件"), {}),
    Fault("parties of too long a name", (*LOAD, "--parties", LONG + ".csv"), 1,
          ("cannot be read (File name too long)", "check the file"), ("无法读取", "检查文件"),
          {"a.csv": GOOD.encode()}),
    Fault("empty file", LOAD, 1, ("a.csv", "is empty", "export it again"),
          ("a.csv", "文件是空的", "重新导出"), {"a.csv": b""}),
    Fault("undecidable encoding", LOAD, 1, ("encoding seems to be UTF-16", "UTF-8, GB18030"),
          ("编码像是 UTF-16", "UTF-8, GB18030"), {"a.csv": GOOD.encode("utf-16")}),
    Fault("missing column", LOAD, 1, ("reported_at is missing", "nearest: reported_on"),
          ("缺少列 reported_at", "最接近的：reported_on"),
          {"a.csv": b"record_id,channel,reported_on\n1,110,2024-01-01\n"}),
    Fault("missing column of a channel's own", ("load", "a.csv"), 1,
          ("报警时间 is missing; it has: 接警编号, 报警日期", "nearest: 报警日期", "接警编号, 报警时间"),
          ("缺少列 报警时间；现有：接警编号, 报警日期", "最接近的：报警日期", "接警编号, 报警时间"),
          {"a.csv": "接警编号,报警日期\nJ1,2024-01-01\n".encode()}),
    Fault("unknown channel of a file", (*LOAD, "--channel", "121"), 1,
          ("121", "an unknown channel", "channels.yaml"), ("121", "未知渠道", "channels.yaml"),
          {"a.csv": GOOD.encode()}),
    Fault("damaged workbook", ("load", "a.xlsx"), 1, ("a.xlsx", "damaged"), ("a.xlsx", "文件损坏"),
          {"a.xlsx": b"PK no workbook"}),
    Fault("unknown format", ("load", "a.doc"), 1, ("unknown format .doc",), ("不认识的格式 .doc",),
          {"a.doc": b"x"}),
    Fault("column named twice", LOAD, 1, ("named twice: channel",), ("重复的列：channel",),
          {"a.csv": b"record_id,channel,channel,reported_at\n"}),
    # Rows that cannot be used: the load goes on, they are listed with line, column and reason.
    Fault("date that is none", (*LOAD, "--json"), 0,
          ('"line": 3', '"column": "reported_at"', '"found": "昨天"', "no readable time",
           "YYYY-MM-DD HH:MM:SS"),
          ('"line": 3', '"found": "昨天"', "不是可读的时间", "改正后重新读入"),
          row("A2,110,昨天,争吵")),
    Fault("NUL byte", (*LOAD, "--json"), 0, ('"line": 3', "NUL byte"), ('"line": 3', "NUL 字节"),
          row("A2,110,2024-03-01,争\x00吵")),
    Fault("unknown channel of a row", (*LOAD, "--json"), 0,
          ('"column": "channel"', '"found": "999"', "unknown; expected: 110"),
          ('"found": "999"', "未知渠道；应为：110"), row("A2,999,2024-03-01,争吵")),
    Fault("later than the clock", (*LOAD, "--json"), 0, ("later than the clock",), ("晚于当前时间",),
          row("A2,110,2999-01-01,争吵")),
    Fault("too few fields", (*LOAD, "--json"), 0, ("2 fields; expected: 4",),
          ("有 2 个字段；应与表头同为 4 个",), row("A2,110")),
    Fault("duplicate key with other content", LOAD, 0, ("2 stored (1 new versions)",),
          ("入库 2（其中新版本 1）",), row("A1,110,2024-03-01 10:00:00,打架")),
    Fault("exact repeat", LOAD, 0, ("1 stored (0 new versions)", "1 exact repeats"),
          ("入库 1（其中新版本 0）", "完全重复 1"), row("A1,110,2024-03-01 10:00:00,争吵")),
    Fault("ten megabyte narrative", LOAD, 0, ("2 stored",), ("入库 2",),
          row("A2,110,2024-03-01," + "吵" * 10_000_000)),
    # Configuration: file, line, what was found, what was expected.
    Fault("tab", CHECK, 2, ("tiers.yaml:2:1", "tab character", "spaces"),
          ("tiers.yaml:2:1", "制表符", "空格"), setting("tiers.yaml", "levels:\n\tred: 1\n")),
    Fault("unknown key", CHECK, 2, ("tiers.yaml:1", "unknown key colours"),
          ("tiers.yaml:1", "未知的设置项 colours"), setting("tiers.yaml", "colours: 3\n")),
    Fault("threshold with a percent sign", CHECK, 2, ("tiers.yaml:", "'15%'", "a number without quotes, percent sign"),
          ("tiers.yaml:", "'15%'", "一个数（不带引号、百分号"),
          tiers_with("probability: 0.15", "probability: 15%")),
    Fault("threshold out of range", CHECK, 2, ("tiers.yaml:", "1.5", " or less"),
          ("tiers.yaml:", "1.5", "不大于"),
          tiers_with("probability: 0.15", "probability: 1.5")),
    Fault("threshold out of order", CHECK, 2, ("tiers.yaml:",), ("tiers.yaml:",),
          tiers_with("probability: 0.15", "probability: 0.99")),
    Fault("tag in YAML", CHECK, 2, ("tiers.yaml:",), ("tiers.yaml:",),
          setting("tiers.yaml", "levels: !!python/object/apply:os.system ['touch hacked']\n")),
    Fault("no configuration directory", ("check", "--config", "nowhere"), 2, ("nowhere",),
          ("nowhere",), {}),
    Fault("configuration of too long a name", ("check", "--config", LONG), 2,
          (LONG, "cannot be read (File name too long)", "check the directory"),
          (LONG, "无法读取", "检查目录"), {}),
    Fault("windows of no model", CHECK, 1,
          ("(30, 365, 730)", "(60, 365, 730)", "set the three back"),
          ("(30, 365, 730)", "(60, 365, 730)", "改回这三项"), other_horizon()),
    # The night.
    Fault("as-of in the future", ("run", "--as-of", "2999-01-01"), 1, ("lies in the future",),
          ("在将来",), {}),
    Fault("as-of before the last night", ("run", "--as-of", "2020-01-01"), 1,
          ("before the last night", "later than 2025-01-01"), ("早于上一次运行", "晚于 2025-01-01"), {}),
    Fault("as-of that is no time", ("run", "--as-of", "soon"), 2, ("unreadable time soon",),
          ("无法识别的时间 soon",), {}),
    Fault("as-of that is empty", ("run", "--as-of", ""), 2, ("unreadable time", "YYYY-MM-DD"),
          ("无法识别的时间", "YYYY-MM-DD"), {}),
    Fault("as-of in wide figures", ("run", "--as-of", "２０２５-01-02"), 2,
          ("unreadable time ２０２５-01-02",), ("无法识别的时间 ２０２５-01-02",), {}),
    Fault("as-of with a zone as people write it", ("run", "--as-of", "2025-01-02 10:00 GMT+8"), 2,
          ("unreadable time 2025-01-02 10:00 GMT+8", "+08:00"),
          ("无法识别的时间 2025-01-02 10:00 GMT+8", "+08:00"), {}),
    Fault("as-of of the machine's clock", ("run", "--as-of", "now"), 2, ("unreadable time now",),
          ("无法识别的时间 now",), {}),
    Fault("due day that is none", ("letters", "list", "--due-by", "soon"), 2,
          ("--due-by: an unreadable time soon", "for example --due-by 2024-12-31"),
          ("--due-by: 无法识别的时间 soon", "例如 --due-by 2024-12-31"), {}),
    Fault("night that is none", ("schedule", "--once", "--night", "soon"), 2,
          ("--night: an unreadable time soon",), ("--night: 无法识别的时间 soon",), {}),
    # A word that names nothing does not read as "there are none".
    Fault("tier that is none", ("cases", "--tier", "Red"), 2, ("there is no 'Red'", "red, orange"),
          ("没有“Red”", "红、橙"), {}),
    Fault("state that is none", ("letters", "list", "--status", "sent"), 2,
          ("there is no 'sent'", "issued"), ("没有“sent”", "已发出"), {}),
    Fault("state of task forces, asked of letters", ("letters", "list", "--status", "active"), 2,
          ("there is no 'active'", "withdrawn, superseded\n"), ("没有“active”", "已撤回、已替代\n"), {}),
    Fault("state of letters, asked of task forces", ("task-forces", "list", "--status", "draft"), 2,
          ("there is no 'draft'", "proposed, active, declined"),
          ("没有“draft”", "待启动、办理中、不予采纳"), {}),
    Fault("kind of letter that is none", ("letters", "list", "--kind", "x"), 2,
          ("there is no 'x'", "提示函"), ("没有“x”", "提示函"), {}),
    Fault("county of letters that is none", ("letters", "list", "--county", "x"), 2,
          ("--county: there is no 'x'", "620702"), ("--county: 没有“x”", "甘州区"), {}),
    Fault("county of cases that is none", ("cases", "--county", "x"), 2,
          ("--county: there is no 'x'", "620702"), ("--county: 没有“x”", "甘州区"), {}),
    Fault("keys that are none", ("explain", "c-A", "c-B"), 2, ("c-A", "channel|record_id|party_no"),
          ("c-A", "渠道|编号|当事人序号"), {}),
    Fault("picture of a case", ("explain", "c-A", "--html", "a.html"), 2, ("--html", "two keys"),
          ("--html", "两个键"), {}),
    Fault("picture of places", ("explain", "110|A", "110|B", "--kind", "place", "--html", "a.html"),
          2, ("--html", "places"), ("--html", "地点"), {}),
    Fault("picture of clusters", ("explain", "--largest", "--html", "a.html"), 2,
          ("--html", "largest"), ("--html", "最大的群组"), {}),
    Fault("query that is not there", ("load", "none.sql", "--database", "sqlite:///w.db"), 1,
          ("none.sql", "no such file"), ("none.sql", "没有这个文件"), {}),
    Fault("database that is none", ("load", "a.sql", "--database", "postgresql://h:port/x"), 1,
          ("SQL", "port"), ("SQL", "端口"), {"a.sql": b"select 1"}),
    # A terminal in another encoding: the bytes of an argument are no text.
    Fault("argument in another encoding", ("export", "--out", "o", "--unmasked", "--reason", "核对\udcba"),
          2, ("argument", "核对\\udcba", "UTF-8", "terminal"),
          ("参数", "核对\\udcba", "UTF-8", "终端的编码"), {}),
    Fault("store without a file", (*LOAD, "--store", "sqlite:///"), 2, ("names no file",),
          ("没有写明文件",), {"a.csv": GOOD.encode()}),
    Fault("no such store", ("run", "--store", "sqlite:///none.db"), 2, ("no such store",),
          ("没有这个存储",), {}),
    Fault("no store at all", ("cases", "--store", "sqlite:///a.csv"), 1, ("not a store",),
          ("不是 warning 的存储",), {"a.csv": GOOD.encode() * 100}),
]  # fmt: skip


@pytest.fixture
def store(night_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the town's store after its night, in an empty working directory."""
    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARNING_STORE", "sqlite:///w.db")
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.1)
    return tmp_path / "w.db"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_each_fault_is_named_in_the_readers_language(
    fault: Fault,
    language: str,
    store: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where, what was found, what was expected, what to do; the exit code; no stack trace."""
    monkeypatch.setenv("WARNING_LANG", language)
    for name, content in fault.files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(content)
    assert run(list(fault.arguments)) == fault.code
    told = capsys.readouterr()
    for words in fault.english if language == "en" else fault.chinese:
        assert words in told.out + told.err
    assert "Traceback" not in told.err
    assert not Path("hacked").exists()
    with Store.open("sqlite:///w.db") as opened:
        assert len(opened.table("records")) >= 600


def told_without_rights(arguments: list[str]) -> tuple[int, str]:
    """Run a command in a child that has no more rights than the files' modes give anybody."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child's own life
        words = io.StringIO()
        try:
            if os.getuid() == 0:
                # Another account would not even reach pytest's own directories.
                header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
                assert ctypes.CDLL(None).capset(header, none) == 0
            with contextlib.redirect_stderr(words):
                code = run(arguments)
            os.write(writing, words.getvalue().encode())
            os._exit(code)
        finally:
            os._exit(70)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        words_told = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), words_told


def test_a_read_only_store_is_said(store: Path) -> None:
    """Where the file may not be written, the night is refused with what to check; check says so.

    What such a look leaves beside it may be what cannot be written then.
    """
    # Imports what a night needs: the interpreter may lie where only its owner reads.
    assert run(["run", "--as-of", "2025-01-01"]) == 0
    assert run(["check"]) == 0
    before = store.read_bytes()
    beside = store.with_name("w.db-shm")
    for modes in ({store: 0o444, store.parent: 0o555}, {store: 0o444}, {beside: 0o444}):
        store.chmod(0o666)
        store.parent.chmod(0o777)
        beside.touch()
        for path, mode in modes.items():
            path.chmod(mode)
        try:
            for command in (["run", "--as-of", "2025-01-02"], ["check"]):
                code, words = told_without_rights(command)
                assert code == 1, (command, words)
                assert "read-only" in words
                assert "permission" in words
                assert "Traceback" not in words
        finally:
            store.parent.chmod(0o755)
    assert "the -wal and -shm beside it" in " ".join(words.split())
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["load", "locked/a.csv"], 1),
        (["check", "--config", "locked/config"], 2),
        (["cases", "--store", "sqlite:///locked/w.db"], 1),
    ],
)
def test_a_directory_that_may_not_be_looked_into_is_said(
    store: Path, arguments: list[str], code: int
) -> None:
    """As a file that may not be read, of records, of the configuration and of a store."""
    assert run(["check"]) == 0  # imports what the child needs
    locked = store.parent / "locked"
    locked.mkdir()
    (locked / "a.csv").write_text(GOOD, encoding="utf-8")
    store.chmod(0o666)
    store.parent.chmod(0o777)
    locked.chmod(0)
    try:
        told, words = told_without_rights(arguments)
    finally:
        locked.chmod(0o700)
    assert told == code, words
    assert "cannot be read (Permission denied)" in words
    assert "permissions" in words


def test_a_locked_store_is_said(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While another program writes, a load waits a little, then says so; nothing is stored."""
    Path("a.csv").write_text(GOOD, encoding="utf-8")
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert run(["load", "a.csv"]) == 1
        assert run(["check"]) == 0, "another one writes, so it can be written"
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "in use by another process" in capsys.readouterr().err
    assert run(["load", "a.csv"]) == 0


def test_a_newer_store_is_said(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A store of a later version is refused and left as it is."""
    connection = sqlite3.connect(store)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    assert run(["cases"]) == 1
    assert "newer version (9999)" in capsys.readouterr().err


def test_a_full_disk_undoes_the_night(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that does not fit is undone as a whole; with space it then runs."""
    connect = database.connect
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("VACUUM")  # no free page is left to write into

    def small(url: str):
        engine = connect(url)
        with contextlib.closing(sqlite3.connect(store)) as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
        event.listen(
            engine,
            "begin",
            lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}"),
        )
        return engine

    with Store.open("sqlite:///w.db") as opened:
        before = (len(opened.runs()), len(opened.table("warnings")))
    monkeypatch.setattr(database, "connect", small)
    assert run(["run", "--as-of", "2025-01-02"]) == 1
    assert "disk is full" in capsys.readouterr().err
    monkeypatch.setattr(database, "connect", connect)
    with Store.open("sqlite:///w.db") as opened:
        assert (len(opened.runs()), len(opened.table("warnings"))) == before
    assert run(["run", "--as-of", "2025-01-02"]) == 0


def test_two_nights_at_once_keep_one(store: Path) -> None:
    """Two runs of one moment at the same time leave one night; neither loses or doubles a letter."""
    codes: list[int] = []

    def night() -> None:
        codes.append(run(["run", "--as-of", "2025-01-02"]))

    threads = [threading.Thread(target=night) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 in codes
    assert set(codes) <= {0, 1}
    with Store.open("sqlite:///w.db") as opened:
        assert opened.runs()["as_of"].tolist().count(opened.runs()["as_of"].max()) == 1
        assert not opened.table("letters")["letter_id"].duplicated().any()
