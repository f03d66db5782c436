"""The public functions given what they cannot use: told in words, whatever it is."""

import pickle
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import warning
from warning.cli import run

RECORDS = pd.DataFrame({"record_id": ["A1"], "channel": "110", "reported_at": "2024-03-01"})
PARTIES = pd.DataFrame({"record_id": ["A1"], "party_no": "1", "name": "张三"})
URL = "sqlite:///w.db"
whatever: Any = warning


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: whatever.link(None, None), "link(records=)"),
        (lambda: whatever.link([RECORDS]), "link(records=)"),
        (lambda: whatever.link(RECORDS, [PARTIES]), "link(parties=)"),
        (lambda: whatever.link(RECORDS, PARTIES, "config"), "link(settings=)"),
        (lambda: whatever.load(None, RECORDS), "load(store=)"),
        (lambda: whatever.load(URL, None), "load(records=)"),
        (lambda: whatever.load(URL, "calls.csv"), "load(records=)"),
        (lambda: whatever.load(URL, [RECORDS]), "load(records=)"),
        (lambda: whatever.load(URL, RECORDS, "parties.csv"), "load(parties=)"),
        (lambda: whatever.load(URL, ["calls.csv"], PARTIES), "load(parties=)"),
        (lambda: whatever.load(URL, []), "load(records=)"),
        (lambda: whatever.load(URL, RECORDS, database=URL), "load(database=)"),
        (lambda: whatever.run_nightly(None), "run_nightly(store=)"),
        (lambda: whatever.run_nightly(URL, "config"), "run_nightly(settings=)"),
        (lambda: whatever.run_nightly(URL, as_of=7), "run_nightly(as_of=)"),
        (lambda: whatever.run_nightly(URL, rebuild="no"), "run_nightly(rebuild=)"),
        (lambda: whatever.run_nightly(URL, progress=5), "run_nightly(progress=)"),
        (lambda: whatever.load_settings(7), "load_settings(directory=)"),
        (lambda: whatever.link_table(RECORDS, None), "link_table(specification=)"),
        (lambda: whatever.events(URL, limit="x"), "events(limit=)"),
        (lambda: whatever.events(URL, limit=0), "events(limit=)"),
        (lambda: whatever.events(None), "events(store=)"),
        (lambda: whatever.acknowledge(URL, ["a"]), "acknowledge(event_ids=)"),
        (lambda: whatever.acknowledge(URL, [True]), "acknowledge(event_ids=)"),
        (lambda: whatever.acknowledge(URL, [2**70]), "acknowledge(event_ids=)"),
        (lambda: whatever.acknowledge(URL, 7), "acknowledge(event_ids=)"),
    ],
)
def test_an_argument_of_the_wrong_kind_is_named(
    call: Callable[[], object], where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any work: no store is made."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(warning.UsageError) as refused:
        call()
    assert [problem.where.removeprefix("warning.") for problem in refused.value.problems] == [where]
    assert not list(tmp_path.iterdir())


def test_several_arguments_are_named_together() -> None:
    """What each is, and what it should be."""
    with pytest.raises(warning.UsageError) as refused:
        whatever.link(7, "x", 0.5)
    assert [(one.found, one.expected) for one in refused.value.problems] == [
        ("is of type int", "DataFrame"),
        ("is of type str", "DataFrame, None"),
        ("is of type float", "Settings, None"),
    ]


def test_a_night_makes_no_store_where_there_is_none(tmp_path: Path) -> None:
    """A mistyped path would be an empty list that looks well."""
    with pytest.raises(warning.UsageError, match="no such store"):
        warning.run_nightly(f"sqlite:///{tmp_path / 'w.db'}", as_of="2024-12-01")
    assert not list(tmp_path.iterdir())


def test_what_links_nothing_has_the_dtypes_of_what_links_something() -> None:
    """Of every frame: days that are put together keep their columns' types."""
    market = ["高台县农贸市场"] * 4 + ["高台县菜市场"] * 3
    records = pd.DataFrame(
        {"record_id": [str(row) for row in range(7)], "channel": "110", "reported_at": "2024-03-01",
         "address": market, "county_code": "620724", "longitude": 99.8195, "latitude": 39.3765,
         "narrative": "张三与邻居李四争吵"}
    )  # fmt: skip
    parties = pd.DataFrame({"record_id": records["record_id"], "party_no": "1", "name": "张三"})
    full, none = warning.link(records, parties), warning.link(records[:0], parties[:0])
    frames = [one.name for one in fields(full) if isinstance(getattr(full, one.name), pd.DataFrame)]
    assert [name for name in frames if getattr(full, name).empty] == ["merges"]
    for name in frames:
        expected = getattr(full, name).dtypes.to_dict()
        assert (name, getattr(none, name).dtypes.to_dict()) == (name, expected)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
@pytest.mark.parametrize(
    "call",
    [
        lambda: warning.link(RECORDS, PARTIES),
        lambda: warning.load(URL, RECORDS, PARTIES),
        lambda: warning.run_nightly(URL, as_of="2024-12-01"),
        lambda: warning.events(URL),
    ],
)
def test_a_pandas_that_keeps_texts_as_objects_is_refused(
    call: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing text would be linked, and stored, as the text nan."""
    monkeypatch.chdir(tmp_path)
    with (
        pd.option_context("future.infer_string", False),
        pytest.raises(warning.UsageError, match="infer_string is off"),
    ):
        call()
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
def test_a_command_refuses_such_a_pandas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of PANDAS_FUTURE_INFER_STRING=0 in the environment; its version it tells all the same."""
    with pd.option_context("future.infer_string", False):
        assert run(["--version"]) == 0
        assert run(["cases", "--store", f"sqlite:///{tmp_path / 'w.db'}"]) == 2
    assert "the option future.infer_string is off" in capsys.readouterr().err


def test_an_error_says_the_same_in_another_process() -> None:
    with pytest.raises(warning.WarningError) as refused:
        warning.run_nightly("foo:///", as_of="x")
    again = pickle.loads(pickle.dumps(refused.value))
    assert (type(again), str(again)) == (refused.type, str(refused.value))
    assert again.problems == refused.value.problems


def test_half_a_sign_is_set_aside(empty_url: str) -> None:
    """A row that no database can keep is in quarantine with its reason; the sums are right."""
    times = ["2024-03-01", "2024-03-01", "2024-03-01\udc00", "2024-03-01"]
    records = pd.DataFrame(
        {"record_id": ["A1", "A2", "A3", "A\ud800"], "channel": "110", "reported_at": times,
         "narrative": ["争吵", "争\ud800吵", "争吵", "争吵"]},
        dtype="object",
    )  # fmt: skip
    parties = pd.DataFrame(
        {"record_id": ["A1", "A1", "A2"], "party_no": ["1", "2\udfff", "1"],
         "name": ["张三", "李四", "王五"], "age": ["\ud800", "9", "9"]},
        dtype="object",
    )  # fmt: skip
    done = warning.load(empty_url, records, parties)
    assert (done.rows_read, done.stored, done.quarantined) == (4, 1, 3)
    assert (done.parties_read, done.parties_stored, done.parties_quarantined) == (3, 1, 2)
    with warning.store.Store.open(empty_url) as store:
        aside = store.table("quarantine")
    assert sorted(aside["column"]) == [
        "narrative", "party_no", "record_id", "record_id", "reported_at"
    ]  # fmt: skip
    assert aside["reason"].str.contains("half a surrogate pair").sum() == 3
    with pytest.raises(warning.DataError, match="half a surrogate pair"):
        warning.link(records.iloc[:2])


def test_what_is_read_as_missing_is_told(tmp_path: Path) -> None:
    """An ID number that a column of floating numbers could not hold, a time that is none."""
    records = RECORDS.assign(occurred_at="昨天")
    parties = PARTIES.assign(id_number=620702198001011234.0)
    loaded = warning.load(f"sqlite:///{tmp_path / 'w.db'}", records, parties).notes
    linked = warning.link(records, parties).notes
    assert list(loaded) == linked
    assert [name for name in ("id_number", "occurred_at") for note in linked if name in note] == [
        "id_number", "occurred_at"
    ]  # fmt: skip


def test_a_frame_in_a_channels_own_columns_is_mapped(tmp_path: Path) -> None:
    """As a file with these columns is; the channel is the one that is named."""
    url, at = f"sqlite:///{tmp_path / 'w.db'}", "2024-03-01 10:05"
    own = pd.DataFrame({"接警编号": ["A1"], "报警时间": [at], "报警内容": ["争吵"]})
    assert warning.load(url, own).stored == 1
    canonical = pd.DataFrame({"record_id": ["B1"], "reported_at": [at]})
    assert warning.load(url, canonical, channel="12345").stored == 1
    with warning.store.Store.open(url) as store:
        stored = store.table("records").set_index("record_id")
    both = canonical.assign(record_id="B2", channel="110", 接警编号="J1", 报警时间=at)
    assert warning.load(url, both).stored == 1  # canonical as it was, whatever else is beside it
    with warning.store.Store.open(url) as store:
        assert set(store.table("records")["record_id"]) == {"A1", "B1", "B2"}
    assert stored["channel"].to_dict() == {"A1": "110", "B1": "12345"}
    assert stored.loc["A1", "narrative"] == "争吵"
