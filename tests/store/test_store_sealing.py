"""People's numbers at rest: sealed in the columns, found by keyed hashes, sealed anew."""

import base64
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from tests.postgresql import Server
from tests.store.test_store_load import AT
from warning.cli import run
from warning.errors import StoreError
from warning.nightly import run_nightly
from warning.reading import from_frames
from warning.records import CanonicalTables
from warning.settings import load_settings
from warning.store import Store, database, keys
from warning.store.sealing import MARK, Seal, party_keys

NUMBER, PHONE = "11010519491231002X", "13800138000"
OTHER = base64.b64encode(bytes(range(32, 64))).decode()


def one_call(narrative: str = "争吵") -> CanonicalTables:
    """A report with one person."""
    records = pd.DataFrame(
        {"record_id": ["A1"], "channel": "110", "reported_at": "2024-01-01", "narrative": narrative}
    )
    parties = pd.DataFrame(
        {"record_id": ["A1", "A1"], "party_no": ["1", "2"], "name": ["张三", "李四"],
         "id_number": [NUMBER, None], "phone": [f"{PHONE}、010-62345678", PHONE]}
    )  # fmt: skip
    return from_frames(records, parties, load_settings().channels, clock=pd.Timestamp("2025-01-01"))


def raw(store: Store, query: str) -> list[tuple[object, ...]]:
    """What stands in the database itself."""
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_numbers_are_sealed_in_the_database_and_open_in_the_frames(empty_url: str) -> None:
    """The columns hold no number; who reads through the store sees them as they were."""
    with Store.open(empty_url) as store:
        store.load(one_call(), "a", AT)
        rows = raw(store, "SELECT id_number, phone FROM parties ORDER BY party_no")
        parties = store.known(pd.Timestamp("2025-01-01"))[1]
        assert store.table("parties")["phone"].tolist() == parties["phone"].tolist()
    assert all(value is None or str(value).startswith(MARK) for row in rows for value in row)
    assert parties["id_number"].iloc[0] == NUMBER
    assert pd.isna(parties["id_number"].iloc[1])
    assert parties["phone"].tolist() == [f"{PHONE}、010-62345678", PHONE]


def test_a_database_file_holds_no_number(tmp_path: Path) -> None:
    """Neither the file nor its write-ahead log has the number or the phone in it."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        store.load(one_call(), "a", AT)
        for path in tmp_path.iterdir():
            content = path.read_bytes()
            assert NUMBER.encode() not in content
            assert PHONE.encode() not in content


def test_a_person_is_found_by_keyed_hashes(empty_url: str) -> None:
    """Each whole number of a party has its hash: further phones too, masked numbers none."""
    with Store.open(empty_url) as store:
        store.load(one_call(), "a", AT)
        found = store.table("party_keys")
    assert sorted(zip(found["party_no"], found["kind"], strict=True)) == [
        ("1", "id_number"), ("1", "phone"), ("1", "phone"), ("2", "phone"),
    ]  # fmt: skip
    shared = found[found["kind"] == "phone"]["hash"].value_counts()
    assert shared.tolist() == [2, 1]


def test_a_phone_of_another_country_keeps_the_hash_that_stores_hold() -> None:
    """Who was erased, or objected, by a reading of before 0.14 stays so in later loads."""
    rows = one_call().parties.assign(version=1, id_number=None, phone=["+852 9123 0001", "8529123"])
    assert party_keys(rows.astype({"id_number": "str"}), Seal())["hash"].nunique() == 1


def test_a_store_without_its_key_is_refused(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With another key or none nothing is opened, and the message names the key that is needed."""
    with Store.open(empty_url) as store:
        store.load(one_call(), "a", AT)
        name = store.seal.keys[0].key_id
    monkeypatch.setenv("WARNING_KEY", OTHER)
    with pytest.raises(StoreError, match=name):
        Store.open(empty_url)
    monkeypatch.delenv("WARNING_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    with pytest.raises(StoreError, match=r"no key.*"):
        Store.open(empty_url)
    assert not (tmp_path / "none").exists()


def test_a_rotation_seals_anew_and_loses_nothing(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a rotation the new key opens the numbers, and the same file is still a repeat."""
    with Store.open(empty_url) as store:
        store.load(one_call(), "a", AT)
        before, frame = store.table("party_keys"), store.table("parties")
        old = raw(store, "SELECT id_number, phone FROM parties ORDER BY party_no")
    monkeypatch.setenv("WARNING_KEY", f"{OTHER} {base64.b64encode(bytes(range(32))).decode()}")
    with Store.open(empty_url) as store:
        assert store.rotate() == 2
        assert raw(store, "SELECT id_number, phone FROM parties ORDER BY party_no") != old
        pd.testing.assert_frame_equal(store.table("parties"), frame)
        assert not set(store.table("party_keys")["hash"]) & set(before["hash"])
        assert store.load(one_call(), "a", AT).repeats == 1
        assert store.load(one_call("打架"), "a", AT).versions == 1
    with Store.open(empty_url) as store:
        assert len(store.known(pd.Timestamp("2025-01-01"))[1]) == 2
        with pytest.raises(StoreError, match="newest key"):
            store.rotate()


def test_a_rotation_again_ends_one_whose_vacuum_was_killed(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the old key sealed is still in the files: no new key is asked for to take it away."""
    with Store.open(empty_url) as store:
        store.load(one_call(), "a", AT)
    monkeypatch.setenv("WARNING_KEY", f"{OTHER} {base64.b64encode(bytes(range(32))).decode()}")

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as meanwhile, Store.open(empty_url) as store:
        meanwhile.setattr(database, "give_back", killed)
        with pytest.raises(SystemExit):
            store.rotate()
    with Store.open(empty_url) as store:
        assert store.owed_since() is not None
        assert store.rotate() == 2
        assert store.owed_since() is None
        with pytest.raises(StoreError, match="newest key"):
            store.rotate()


def test_a_store_that_was_open_goes_on_with_the_new_key(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that keeps its store open neither seals with the old key nor fails at night."""
    with Store.open(empty_url) as kept:
        kept.load(one_call(), "a", AT)
        monkeypatch.setenv("WARNING_KEY", f"{OTHER} {base64.b64encode(bytes(range(32))).decode()}")
        with Store.open(empty_url) as other:
            assert other.rotate() == 2
        assert kept.load(one_call(), "a", AT).repeats == 1
        assert kept.load(one_call("打架"), "a", AT).versions == 1
        assert not run_nightly(kept, None, "2025-01-01").repeated
    with Store.open(empty_url) as store:
        assert set(store.table("parties")["id_number"].dropna()) == {NUMBER}


def test_a_plain_store_is_sealed_when_a_key_comes(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Records stored without a key are sealed at the first opening with one."""
    key = keys.os.environ["WARNING_KEY"]
    monkeypatch.delenv("WARNING_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null/none")
    with Store.open(empty_url) as store:
        assert not store.seal.on
        store.load(one_call(), "a", AT)
        assert raw(store, "SELECT id_number FROM parties ORDER BY party_no")[0][0] == NUMBER
    monkeypatch.setenv("WARNING_KEY", key)
    with Store.open(empty_url) as store:
        assert store.seal.on
        assert str(raw(store, "SELECT phone FROM parties")[0][0]).startswith(MARK)
        assert store.load(one_call(), "a", AT).repeats == 1
        assert len(store.table("party_keys")) == 4


def test_no_file_of_a_server_keeps_a_number_that_was_plain(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dead rows would hold it until somebody vacuums: sealing does."""
    url, phone = postgresql.database(), "13798712345"

    def stands_in_files() -> bool:
        with Store.open(url) as store, store.writing() as connection:
            connection.execute(text("CHECKPOINT"))
        files = (Path(postgresql.directory) / "data" / "base").rglob("*")
        return any(phone.encode() in path.read_bytes() for path in files if path.is_file())

    with monkeypatch.context() as without:
        without.delenv("WARNING_KEY")
        without.setenv("XDG_CONFIG_HOME", "/dev/null/none")
        with Store.open(url) as store:
            call = one_call()
            store.load(replace(call, parties=call.parties.assign(phone=phone)), "a", AT)
        assert stands_in_files()
    with Store.open(url) as store:
        assert set(store.table("parties")["phone"]) == {phone}
    assert not stands_in_files()


def test_a_changed_value_is_noticed(empty_url: str) -> None:
    """A sealed value that was changed or moved to another column is refused."""
    with Store.open(empty_url) as store:
        store.load(one_call(), "a", AT)
        with store.writing() as connection:
            connection.execute(text("UPDATE parties SET id_number = phone"))
        with pytest.raises(StoreError, match="was changed"):
            store.known(pd.Timestamp("2025-01-01"))


def test_key_files_are_their_owners_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file has mode 0600; one that others may read, or that holds no key, is refused."""
    path = tmp_path / "deep" / "key"
    ring = keys.make_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        keys.make_keys(path)
    assert keys.add_key(path).keys[1] == ring.keys[0]
    monkeypatch.delenv("WARNING_KEY")
    monkeypatch.setenv("WARNING_KEY_FILE", str(path))
    found = keys.find_keys()
    assert found is not None
    assert len(found.keys) == 2
    assert "secret" not in repr(found)
    path.chmod(0o640)
    with pytest.raises(StoreError, match="others may read"):
        keys.find_keys()
    path.chmod(0o600)
    for content in ("", "warning-key-1 short\n", "ssh-rsa AAAA\n"):
        path.write_text(content)
        with pytest.raises(StoreError, match=r"no key|is empty"):
            keys.find_keys()
    path.unlink()
    with pytest.raises(StoreError, match="no such key file"):
        keys.find_keys()


@pytest.mark.parametrize("written", [",", "warning-key-1", "warning-key-1,", "warning-key-1:"])
def test_a_variable_without_a_key_is_refused(written: str) -> None:
    """As a key file without one is: in words, whatever stands there in place of the key."""
    with pytest.raises(StoreError, match=r"WARNING_KEY: .*no key"):
        keys.find_keys({"WARNING_KEY": written})


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with neither HOME nor an entry in passwd, and no key."""

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    for name in ("WARNING_KEY", "WARNING_KEY_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["keys", "new"], "set WARNING_KEY_FILE"),
        (["load", "a.csv", "--store", "sqlite:///new.db"], "set WARNING_KEY_FILE"),
        (["check", "--store", "sqlite:///sealed.db"], "name its file in WARNING_KEY_FILE"),
    ],
)
def test_a_user_without_a_home_is_told_to_name_a_key(
    command: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    """In words; and no number is stored plain in silence."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("record_id,channel,reported_at\nA1,110,2024-03-01 10:00:00\n")
    Store.open("sqlite:///sealed.db").close()
    request.getfixturevalue("homeless")
    assert run(command) == 1
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told


def test_a_store_of_a_server_needs_no_home(homeless: None, empty_postgresql: str) -> None:
    """It works without a key: whoever runs it decides."""
    with Store.open(empty_postgresql) as store:
        assert not store.seal.on


def test_sealing_gives_back_any_text() -> None:
    """What is sealed and opened again is the same, whatever the text; missing stays missing."""
    seal = Seal((keys.Key(bytes(32)), keys.Key(bytes(range(32)))))
    values = pd.Series(["", "1", "sealed:x", "王\U00020bb7", "x" * 10_000, None], dtype="str")
    back = seal.unseal(seal.seal(values, "phone"), "phone")
    pd.testing.assert_series_equal(back, values)
