"""What ``judge`` tells of a verdict that cannot hold, or not beside others."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from warning.cli import run
from warning.contradictions import against
from warning.records import PARTY, RECORD, keys_of
from warning.store import Store

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def city(hamlet_night: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A store with a night, as ``WARNING_STORE``."""
    shutil.copy(hamlet_night, tmp_path / "w.db")
    url = f"sqlite:///{tmp_path / 'w.db'}"
    monkeypatch.setenv("WARNING_STORE", url)
    return url


def verdicts(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """One a minute: left, right, verdict."""
    frame = pd.DataFrame(rows, columns=["left", "right", "verdict"]).astype("str")
    at = pd.Timestamp("2026-11-04") + pd.to_timedelta(range(len(rows)), "min")
    return frame.assign(kind="incident", user="u", at=at)


def test_what_contradicts_a_verdict_is_found_along_chains() -> None:
    """The one that parts, and the chain that joins, while the last verdicts are these."""
    rows = [("a", "b", "same"), ("c", "d", "same"), ("b", "c", "same"), ("e", "f", "same")]
    told = verdicts(*rows, ("a", "d", "different"))
    (found,) = against(told, "incident", [("c", "b")])
    assert [*zip(found["left"], found["right"], strict=True)] == [
        ("a", "d"), ("a", "b"), ("b", "c"), ("c", "d"),
    ]  # fmt: skip
    assert against(told, "incident", [("e", "f")]) == []
    assert against(told, "person", [("b", "c")]) == []
    taken_back = verdicts(*rows, ("a", "d", "different"), ("b", "c", "unsure"))
    assert against(taken_back, "incident", [("a", "d")]) == []


def test_a_contradiction_is_told_with_whose_it_is(city: str, capsys: Capture) -> None:
    """It is recorded; what does not hold beside it can be taken back."""
    with Store.open(city) as store:
        one, two, three = keys_of(store.table("incident_links")[RECORD]).head(3)
    judge = ["judge", "incident"]
    assert run([*judge, one, two, "same", "--user", "张工"]) == 0
    assert run([*judge, two, three, "same", "--user", "李工"]) == 0
    assert capsys.readouterr().err == ""
    assert run([*judge, three, one, "different", "--user", "王工"]) == 0
    told = capsys.readouterr().err
    assert all(who in told for who in ("张工", "李工", "王工", "The different one holds"))
    assert run([*judge, one, two, "unsure", "--user", "张工"]) == 0
    assert capsys.readouterr().err == ""


def test_a_verdict_that_never_holds_is_refused(city: str, capsys: Capture) -> None:
    """Of one mention with itself, and of the two sides of one record as one person."""
    with Store.open(city) as store:
        parties = store.table("parties")
    other = parties[parties["role"] == "对方当事人"].iloc[0]
    left, right = (f"110|{other['record_id']}|{number}" for number in ("1", other["party_no"]))
    for pair in ([left, left, "different"], [left, right, "same"]):
        assert run(["judge", "person", *pair, "--user", "a"]) == 2
    told = capsys.readouterr().err
    assert "twice the same key" in told
    assert "the two sides of one record" in told
    assert run(["judge", "person", left, right, "different", "--user", "a"]) == 0
    with Store.open(city) as store:
        assert store.table("verdicts")["verdict"].tolist() == ["different"]


def test_what_id_numbers_keep_apart_is_told_with_the_pair_to_judge(
    city: str, capsys: Capture
) -> None:
    """Of a mention without a number, until two with the numbers are judged the same."""
    with Store.open(city) as store:
        people = store.table("party_links").merge(store.table("parties"), on=PARTY)
    people = people[people["entity_type"] == "person"].assign(key=keys_of(people[PARTY]))
    numbered = people[people["id_number"].str.fullmatch("[0-9]{17}[0-9X]").fillna(False)]
    bare = people[people["id_number"].isna() & people["entity_id"].isin(numbered["entity_id"])]
    (one, entity) = bare[["key", "entity_id"]].iloc[0]
    with_number = numbered.loc[numbered["entity_id"] == entity, "key"].iloc[0]
    far = numbered[numbered["entity_id"] != entity]
    other = far.loc[far["record_id"] != bare["record_id"].iloc[0], "key"].iloc[0]
    judge = ["judge", "person", "--user", "a"]
    assert run([*judge, one, other, "same"]) == 0
    assert f'warning judge person "{with_number}" "{other}" same' in capsys.readouterr().err
    assert run([*judge, one, other, "different"]) == 0
    assert run([*judge, with_number, other, "same"]) == 0
    assert run([*judge, one, other, "same"]) == 0
    assert capsys.readouterr().err == ""
