"""The night: whole or not at all, once, and knowing only what was reported."""

import hashlib
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest

import warning
from warning.demo.city import AS_OF, City, make_city
from warning.demo.judged import judge
from warning.moments import parse_moment
from warning.nightly import run_nightly
from warning.store import Store

TABLES = ("party_links", "place_links", "incident_links", "incidents", "cases", "case_incidents",
          "warnings", "letters", "transitions", "task_forces", "documents")  # fmt: skip


def content(url: str) -> dict[str, str]:
    """A hash of each table that a night writes."""
    with Store.open(url) as store:
        return {
            name: hashlib.sha256(store.table(name).to_csv().encode()).hexdigest() for name in TABLES
        }


def copied(url: str, directory: Path) -> str:
    """A copy of a store's file."""
    target = directory / "copy.db"
    shutil.copy(url.removeprefix("sqlite:///"), target)
    return f"sqlite:///{target}"


def test_the_sums_of_the_town_hold(town: City, night_store: str) -> None:
    """Rows in = stored + quarantined + repeats, as the generator counted them."""
    with Store.open(night_store) as store:
        load = store.table("loads").iloc[0]
    expected = town.expected
    assert load["rows_read"] == expected["rows"]
    assert load["stored"] == expected["stored"]
    assert load["quarantined"] == expected["quarantined"]
    assert load["repeats"] == expected["repeats"]
    assert load["versions"] == expected["versions"]


def test_every_party_has_an_entity_and_every_record_an_incident(night_store: str) -> None:
    """A singleton has its own id."""
    with Store.open(night_store) as store:
        records, parties = store.known(AS_OF)
        assert len(store.table("party_links")) == len(parties)
        assert len(store.table("incident_links")) == len(records)


def test_the_town_is_linked_well(town: City, night_store: str) -> None:
    """Wrong merges are rare, and most of what belongs together is together."""
    with Store.open(night_store) as store:
        quality = judge(
            town,
            store.table("party_links"),
            store.table("place_links"),
            store.table("incident_links"),
        ).set_index("what")
    assert quality.loc["people", "precision"] > 0.97
    assert quality.loc["people", "recall"] > 0.5
    assert quality.loc["organisations", "f1"] > 0.8
    assert quality.loc["incidents", "precision"] > 0.8


def test_the_same_night_again_changes_nothing(night_store: str, tmp_path: Path) -> None:
    """A second run of the same as-of moment says so and leaves every table as it was."""
    url = copied(night_store, tmp_path)
    before = content(url)
    assert run_nightly(url, None, AS_OF).repeated
    assert content(url) == before


def test_the_night_is_the_same_from_other_files(
    town: City, town_files: list[Path], night_store: str, tmp_path: Path
) -> None:
    """Loading the files in another order gives the same links, tiers and letters."""
    from tests.conftest import load_town

    url = f"sqlite:///{tmp_path / 'w.db'}"
    load_town(town_files[::-1], url)
    run_nightly(url, None, AS_OF)
    assert content(url) == content(night_store)


def test_a_future_record_changes_nothing(night_store: str, tmp_path: Path) -> None:
    """What is reported after the as-of moment is in no link, score or letter: records, versions."""
    from warning.reading import from_frames
    from warning.settings import load_settings

    source = copied(night_store, tmp_path)
    with Store.open(source) as store:
        records = store.table("records").drop(columns=["content_hash", "load_id", "version"])
        parties = store.table("parties").drop(columns="version")
    planted = records.tail(40).assign(
        record_id=lambda frame: "future-" + frame["record_id"],
        reported_at=AS_OF + pd.Timedelta(seconds=1),
        narrative="持刀，扬言报复",
    )
    url = f"sqlite:///{tmp_path / 'planted.db'}"
    versions = records.head(40).assign(
        reported_at=AS_OF + pd.Timedelta(days=1), outcome="达成协议", narrative="持刀，扬言报复"
    )
    rows = pd.concat([versions, records.drop_duplicates(["channel", "record_id"]), planted])
    settings = load_settings()
    results = []
    for frame, target in ((rows[rows["reported_at"] <= AS_OF], url + "1"), (rows, url + "2")):
        tables = from_frames(frame, parties.drop_duplicates(), settings.channels)
        with Store.open(target) as store:
            store.load(tables, "x", AS_OF.to_pydatetime())
        run_nightly(target, settings, AS_OF)
        results.append(content(target))
    assert results[0] == results[1]


def test_nights_out_of_order_and_in_the_future_are_refused(
    night_store: str, tmp_path: Path
) -> None:
    """An as-of before the last night or after the clock is refused and nothing is written."""
    url = copied(night_store, tmp_path)
    before = content(url)
    with pytest.raises(warning.RefusedError, match="before the last night"):
        run_nightly(url, None, "2024-06-01")
    with pytest.raises(warning.RefusedError, match="future"):
        run_nightly(url, None, "2999-01-01")
    with pytest.raises(warning.UsageError, match="unreadable time"):
        run_nightly(url, None, "soon")
    assert content(url) == before


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-12-31", "2024-12-31"),
        (np.datetime64("2024-12-31T10"), "2024-12-31 10:00"),
        (date(2024, 12, 31), "2024-12-31"),
        ("20241231", "2024-12-31"),
        ("2024/1/5 9:30", "2024-01-05 09:30"),
        ("2024-12-31T10:00:05.9+08:00", "2024-12-31 10:00:05"),
        ("2024-12-31 10:00 +0545", "2024-12-31 12:15"),
        ("2024-12-31 10:00:00+08", "2024-12-31 10:00"),
        ("2024-12-31 10:00 UTC", "2024-12-31 18:00"),
        ("2024-12-31 10:00 UTC+8", None),
        ("2024-12-31 10:00 CST+8", None),
        ("2024-12-31 10:00 PM", None),
        ("202411", None),
        ("2024-12-31 24:00", None),
        ("9999-12-31 10:00 UTC", "9999-12-31 18:00"),
        ("9999-12-31 20:00 UTC", None),
        (np.datetime64(10**18, "s"), None),
    ],
)
def test_an_as_of_is_read_as_it_is_written_or_refused(
    written: str | date | np.datetime64, moment: str | None
) -> None:
    """No library guesses: it reads GMT+8 as eight hours behind UTC."""
    if moment is None:
        with pytest.raises(warning.UsageError, match="unreadable time"):
            parse_moment(written)
    else:
        assert parse_moment(written) == pd.Timestamp(moment)


def test_a_date_is_an_as_of_by_the_types_as_well() -> None:
    """The package is typed: what a night takes, a caller's checker lets pass."""
    assert date in get_args(get_type_hints(run_nightly)["as_of"])
    assert date in get_args(get_type_hints(parse_moment)["text"])


def test_ids_and_letters_stay_from_night_to_night(town_files: list[Path], tmp_path: Path) -> None:
    """The next night keeps the ids of what it knew and drafts no open letter twice."""
    from tests.conftest import load_town

    url = f"sqlite:///{tmp_path / 'w.db'}"
    load_town(town_files, url)
    run_nightly(url, None, "2024-12-01")
    with Store.open(url) as store:
        first = store.table("incident_links").set_index(["channel", "record_id"])["incident_id"]
    run_nightly(url, None, "2024-12-02")
    run_nightly(url, None, "2025-01-01")
    with Store.open(url) as store:
        later = store.table("incident_links").set_index(["channel", "record_id"])["incident_id"]
        merges = store.table("merges").set_index("from_id")["into_id"].to_dict()
        letters = store.table("letters")
    kept = later.reindex(first.index)
    assert (kept == first.map(lambda name: merges.get(name, name))).mean() > 0.995
    drafts = letters[letters["status"] == "draft"]
    assert not drafts.duplicated(["case_id", "kind"]).any()


def test_a_night_that_fails_while_it_is_kept_leaves_no_half(
    hamlet_files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure at any table of the night undoes all of it; started again it is whole."""
    from tests.conftest import load_town
    from warning.store import frames, nights

    url = f"sqlite:///{tmp_path / 'w.db'}"
    load_town(hamlet_files, url)
    empty = content(url)
    write = frames.write_frame
    for name in ("cases", "warnings", "letters"):

        def failing(connection, table, frame, name=name):
            if table.name == name:
                raise RuntimeError(name)
            return write(connection, table, frame)

        for module in (frames, nights):
            monkeypatch.setattr(module, "write_frame", failing)
        with pytest.raises(RuntimeError):
            run_nightly(url, None, AS_OF)
        monkeypatch.undo()
        assert content(url) == empty
    assert not run_nightly(url, None, AS_OF).repeated


def test_the_city_is_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """The same seed gives the same files, whatever the hash seed of the process."""
    script = (
        "import sys, pathlib; from warning.demo.city import make_city;"
        "make_city(200, 5).write(pathlib.Path(sys.argv[1]))"
    )
    sums = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", script, str(out)],
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        )
        files = sorted(path for path in out.rglob("*") if path.is_file())
        sums.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert sums[0] == sums[1]
    assert make_city(200, 6).truth_parties.shape != (0, 0)
