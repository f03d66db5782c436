"""The ledger: a stage that was done is not done again, and is exactly what it was."""

from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

from tests.conftest import from_memory, load_town
from tests.copying import filled
from tests.sharing import shared
from tests.store.test_store_databases import contents
from warning import nightly
from warning.demo.city import AS_OF
from warning.errors import RefusedError, StoreError
from warning.matching.links import Links
from warning.nightly import run_nightly, stored_links
from warning.reading import from_frames
from warning.records import CanonicalTables
from warning.settings import load_settings
from warning.store import Store, ledger
from warning.store.ledger import Stages, begin_attempt, end_attempt, fingerprint
from warning.store.packing import pack, unpack

FIRST, SECOND = pd.Timestamp("2024-12-01"), pd.Timestamp("2025-01-01")


def test_links_come_back_exactly(night_store: str) -> None:
    """Every frame has its values, dtypes, order and index again."""
    with Store.open(night_store) as store:
        links = stored_links(store)
    back = unpack(pack(links), Links)
    for name, frame in vars(links).items():
        if isinstance(frame, pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(back, name), frame, check_freq=False)
        else:
            assert getattr(back, name) == frame


def test_lists_and_mappings_in_a_frame_come_back() -> None:
    """Object columns, missing among them, and an empty frame survive."""
    frame = pd.DataFrame(
        {"a": pd.Series([{"x": ["张"]}, None, [1]], dtype="object"), "n": [1, 2, 3]}
    )
    back = unpack(pack(frame), pd.DataFrame)
    pd.testing.assert_frame_equal(back, frame)
    assert not back.attrs
    pd.testing.assert_frame_equal(unpack(pack(frame.head(0)), pd.DataFrame), frame.head(0))


def test_a_stage_that_was_done_is_taken_up(empty_url: str) -> None:
    """The same start finds the stage; another start computes it anew."""
    as_of = pd.Timestamp("2024-12-31")
    calls = []

    def compute() -> pd.DataFrame:
        calls.append(1)
        return pd.DataFrame({"n": [len(calls)]})

    with Store.open(empty_url) as store:
        for start, kept in (("one", []), ("one", ["link"]), ("two", []), ("two", ["link"])):
            stages = Stages(store, as_of, start, lambda: as_of)
            stages.run("link", pd.DataFrame, compute)
            assert stages.kept == kept
    assert len(calls) == 2


def test_a_stage_of_another_kind_of_value_is_done_again(tmp_path: Path) -> None:
    """One bit of an SQLite file makes text of bytes; where all bytes are there, they are read."""
    as_of, calls = pd.Timestamp("2024-12-31"), []

    def compute() -> pd.DataFrame:
        calls.append(1)
        return pd.DataFrame({"n": [1]})

    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        for damage, times in (("x''", 1), ("'text'", 2), ("CAST(x'ff00fe' AS TEXT)", 3),
                              ("CAST(content AS TEXT)", 3)):  # fmt: skip
            with store.writing() as connection:
                connection.execute(text(f"UPDATE stages SET content = {damage}"))
            Stages(store, as_of, "start", lambda: as_of).run("link", pd.DataFrame, compute)
            assert len(calls) == times, damage


def test_a_night_goes_on_from_its_last_stage(
    town_files: list[Path], night_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that failed while it was kept is finished without linking or drafting again."""
    url = f"sqlite:///{tmp_path / 'w.db'}"
    load_town(town_files, url)
    keep = Store.keep

    def fails(store: Store, night: object) -> bool:
        raise RuntimeError("while keeping")

    monkeypatch.setattr(Store, "keep", fails)
    with pytest.raises(RuntimeError, match="while keeping"):
        run_nightly(url, None, AS_OF)
    monkeypatch.setattr(Store, "keep", keep)

    def linked_again(*_: object) -> None:
        raise AssertionError("linked again")

    monkeypatch.setattr(nightly, "link", linked_again)
    run_nightly(url, None, AS_OF)
    with Store.open(url) as store:
        attempts, stages = store.table("attempts"), store.table("stages")
    assert attempts["outcome"].tolist() == ["failed", "done"]
    assert attempts["exit_code"].tolist() == [3, 0]
    assert sorted(stages["stage"]) == ["draft", "grade", "link"]
    assert stages["content"].isna().all()
    # The undisturbed night is other tests' too, and looking at people is audited.
    ledger = {"attempts", "stages", "audit"}
    undisturbed, resumed = contents(night_store), contents(url)
    assert {k: v for k, v in undisturbed.items() if k not in ledger} == {
        k: v for k, v in resumed.items() if k not in ledger
    }


def test_a_night_waits_for_another_writer(new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large load that begins while a night links costs neither the night nor what it linked."""
    from tests.store.test_store_load import AT, tables

    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.1)
    link, told = nightly.link, []
    with ExitStack() as writing, Store.open(new_url) as store, Store.open(new_url) as other:
        store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)

        def link_beside_it(*given: Any, **more: Any) -> Links:
            writing.enter_context(other.writing())
            return link(*given, **more)

        def log(event: str, **_: object) -> None:
            told.append(event)
            writing.close()

        monkeypatch.setattr(nightly, "link", link_beside_it)
        monkeypatch.setattr("warning.store.database.log", log)
        run_nightly(store, None, FIRST)
        assert store.table("attempts")["outcome"].tolist() == ["done"]
    assert told == ["waits_for_another_writer"]


def test_who_waits_in_vain_and_who_is_asked_to_stop(
    new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The patience of who is at work has an end, and ends with a request to stop."""
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("warning.store.connection.WORK_SECONDS", 15)
    clock, tries = SimpleNamespace(monotonic=count(step=10).__next__), []
    monkeypatch.setattr("warning.store.database.time", clock)
    monkeypatch.setattr("warning.store.database.log", lambda event, **_: tries.append(event))
    used = pytest.raises(StoreError, match="in use")
    with Store.open(new_url) as store, Store.open(new_url) as other:
        with store.at_work(patient=True):
            attempt = begin_attempt(store, FIRST, FIRST)
            with other.writing(), used:
                end_attempt(store, attempt, "stopped", 1, FIRST)
        assert tries == []
        with store.at_work(patient=True), other.writing(), used:
            end_attempt(store, attempt, "failed", 1, FIRST)
        assert tries == ["waits_for_another_writer"]
        with store.at_work(patient=True), other.writing():
            with used:
                begin_attempt(store, FIRST, FIRST)
            with used:  # it has waited: that it did so in vain is told at once
                end_attempt(store, attempt, "failed", 1, FIRST)
        assert len(tries) == 2
        with other.writing(), used:
            end_attempt(store, attempt, "failed", 1, FIRST)
        assert len(tries) == 2


def test_new_records_make_the_stages_anew(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is loaded between two attempts is in the night; what cannot be read is made anew."""
    from tests.store.test_store_load import AT, tables

    with Store.open(empty_url) as store:
        store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
        before = fingerprint(store, "settings")
        assert fingerprint(store, "settings") == before
        store.load(tables(("A2", "2024-01-01 10:00:00", "争吵")), "b", AT)
        assert fingerprint(store, "settings") != before
        assert fingerprint(store, "others") != fingerprint(store, "settings")
        before = fingerprint(store, "settings")
        monkeypatch.setattr(ledger, "FORMAT", "parquet")  # of an older version
        assert fingerprint(store, "settings") != before


def test_a_load_of_repeats_keeps_the_stages(empty_url: str) -> None:
    """An inbox without an archive is loaded again before every attempt: it brings nothing new."""
    from tests.store.test_store_load import AT, tables

    loaded = tables(("A1", "2024-01-01 10:00:00", "争吵"))
    with Store.open(empty_url) as store:
        store.load(loaded, "a", AT)
        before = fingerprint(store)
        assert store.load(loaded, "a", AT).repeats == 1
        assert fingerprint(store) == before
        store.load(tables(("A1", "2024-01-01 10:00:00", "打架")), "b", AT)
        assert fingerprint(store) != before


def naming(*rows: tuple[str, str, str]) -> CanonicalTables:
    """Canonical tables of rows (record_id, reported_at, organisation)."""
    records = pd.DataFrame(rows, columns=["record_id", "reported_at", "organisation"])
    records["channel"] = "12345"
    parties = records[["channel", "record_id", "organisation"]].assign(party_no="1")
    records = records[["channel", "record_id", "reported_at"]]
    return from_frames(records, parties, load_settings().channels, clock=SECOND)


def test_a_night_knows_which_records_are_others_than_the_last_one_knew(tmp_path: Path) -> None:
    """New, corrected, and reported since, a version too; whom a corrected one named keeps the id."""
    one, other = "张掖市北斗测绘有限公司", "张掖市天枢运输有限公司"
    at = FIRST.to_pydatetime()
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(naming(*[(f"C{day}", f"2024-11-{day:02}", one) for day in (8, 14)],
                          ("C30", "2024-12-30", one), ("C20", "2024-11-20", one)),
                   "a", at)  # fmt: skip
        store.load(naming(("C20", "2024-12-30", one)), "a", at)
        run_nightly(store, None, FIRST)
        before = store.table("party_links").set_index("record_id")["entity_id"]
        store.load(naming(("C08", "2024-11-08", other), ("C8", "2024-11-08", other)), "b", at)
        known, _ = store.known(SECOND, versions=True)
        previous = store.previous(None, known)
        assert previous is not None and previous.changed is not None
        assert sorted(previous.changed["record_id"]) == ["C08", "C20", "C30", "C8"]
        run_nightly(store, None, SECOND)
        now = store.table("party_links").set_index("record_id")["entity_id"]
        assert now["C14"] == now["C30"] == before["C14"] == before["C8"]
        assert now["C8"] == now["C08"] != before["C8"]
        previous = store.previous(None, known)
        assert previous is not None and previous.changed is not None and previous.changed.empty


def test_a_rebuild_takes_up_no_stage_of_a_night_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--rebuild`` after an attempt without it links everything."""
    from tests.store.test_store_load import AT, tables

    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
        run_nightly(store, from_memory(), FIRST)
        with monkeypatch.context() as patch:
            patch.setattr(Store, "keep", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run_nightly(store, from_memory(), SECOND)
        rebuilt = run_nightly(store, from_memory(), SECOND, rebuild=True)
    assert not rebuilt.summary["linked_from_memory"]


def test_a_refused_night_is_no_attempt(empty_url: str) -> None:
    """A night out of order or in the future leaves the ledger as it was."""
    with Store.open(empty_url) as store:
        with pytest.raises(RefusedError):
            run_nightly(store, None, "2999-01-01")
        assert store.table("attempts").empty


@pytest.fixture(scope="module")
def first_night(
    town_files: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, pd.DataFrame]:
    """The town's store with its first night, and the warnings that it told; tests copy it."""

    def make(directory: Path) -> pd.DataFrame:
        url = f"sqlite:///{directory / 'w.db'}"
        load_town(town_files, url)
        return run_nightly(url, from_memory(), FIRST).warnings

    directory, told = shared(tmp_path_factory, "first_night", make)
    return directory / "w.db", told


def test_parts_of_a_score_stay_for_the_last_night_and_where_a_tier_changed(
    first_night: tuple[Path, pd.DataFrame], new_url: str, tmp_path: Path
) -> None:
    """Of earlier nights probability, tier and reasons stay whole, and the same night tells them."""
    path, told = first_night
    with Store.open(filled(path, new_url, tmp_path)) as store:
        pd.testing.assert_frame_equal(store.last_warnings(), told)
        assert told["contributions"].notna().all()
        run_nightly(store, from_memory(), SECOND)
        assert store.last_warnings()["contributions"].notna().all()
        kept = run_nightly(store, from_memory(), FIRST).warnings
    changed = told["tier"] != told["previous_tier"]
    assert 0 < changed.sum() < len(told)
    assert kept["contributions"].notna().tolist() == changed.tolist()
    rest = [name for name in told if name != "contributions"]
    pd.testing.assert_frame_equal(kept[rest], told[rest])
