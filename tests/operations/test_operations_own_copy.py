"""A copy of one's own data: useful to whom it is of, and silent about everybody else."""

import io
import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

import warning
from tests.copying import filled
from warning.cli import run
from warning.keeping.finding import find
from warning.keeping.own_copy import PETITION, VIOLENCE, OwnCopy, own_copy
from warning.store import Store, tables

#: Who asks: whom his wife fled, whom a neighbour petitioned against, who quarrelled over a wall.
HE = "629900198005121231"
HOUSE = "临泽县新华镇西街村三社17号"
REFUGE = "躲在沙河镇娘家"
WHERE = {"V": f"{HOUSE}（娘家）", "T": "临泽县沙河镇一工村二社3号",
         "O": "临泽县倪家营镇下营村一社8号"}  # fmt: skip
WORDS = {
    "V1": ("110", "家庭暴力", f"刘春兰报警称遭丈夫马大强殴打，现{REFUGE}", "刘春兰转至庇护所，13722223333"),
    "V2": ("110", "婚恋家庭", "刘春兰又来电，称丈夫马大强再次上门吵闹", "现场调解"),
    "T1": ("访调", "邻里纠纷", "范小满反映村主任马大强侵占集体土地", "范小满要求保密"),
    "T2": ("12345", "信访", "反映村主任马大强贪污低保款", None),
    "T3": ("12345", "其他", "反映村主任马大强优亲厚友", None),
    "O1": ("110", "邻里纠纷", "马大强与杜若飞因院墙争吵", "经民警韦一鸣现场调解"),
    "O2": ("110", "邻里纠纷", "马大强与杜若飞又因院墙争吵", "经民警韦一鸣现场调解"),
}  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A night over his records."""
    records, parties = [], []
    for day, (key, (channel, category, narrative, outcome)) in enumerate(WORDS.items(), 1):
        records.append(
            {"record_id": key, "channel": channel, "category": category, "narrative": narrative,
             "outcome": outcome, "reported_at": f"2024-10-{day:02d} 10:00:00",
             "address": WHERE[key[0]],
             "county_code": "620723", "longitude": 100.123456, "latitude": 39.123456,
             "handling_unit": "新华派出所韦一鸣"}
        )  # fmt: skip
        other = {"V": "刘春兰", "T": "范小满", "O": "杜若飞"}[key[0]]
        role = "上访人" if key == "T3" else "申请人"
        own = {"role": "村主任", "name": "马大强", "id_number": HE, "phone": "13811110000",
               "address": HOUSE, "organisation": "杜若飞粮油店"}  # fmt: skip
        for number, person in enumerate(({"role": role, "name": other}, own), 1):
            parties.append(
                {"record_id": key, "channel": channel, "party_no": str(number), **person}
            )
    url = f"sqlite:///{tmp_path_factory.mktemp('copy') / 'w.db'}"
    warning.load(url, pd.DataFrame(records), pd.DataFrame(parties))
    warning.run_nightly(url, as_of="2024-11-01")
    return url


@pytest.fixture(scope="module")
def copy(url: str) -> OwnCopy:
    """His copy."""
    with Store.open(url) as store:
        return own_copy(store, find(store, id_number=HE))


def linked_to_cases(store: Store) -> pd.DataFrame:
    """Records with the ids of their cases."""
    return store.table("incident_links").merge(store.table("case_incidents"), on="incident_id")


def test_a_copy_tells_neither_a_victim_s_refuge_nor_a_petitioner(copy: OwnCopy) -> None:
    """Not by name, number, text or point of the map, and not that there are such records."""
    text = json.dumps(copy.content, ensure_ascii=False)
    for secret in ("刘春兰", "范小满", "娘家", "庇护所", "13722223333", "100.1", '"V1"', '"V2"',
                   '"T1"', '"T2"', '"T3"', "访调", "12345", "家庭暴力", "信访", "杜若飞", "韦一鸣",
                   "派出所"):  # fmt: skip
        assert secret not in text
    assert [row["record_id"] for row in copy.content["records"]] == ["O1", "O2"]
    assert [row["record_id"] for row in copy.content["parties"]] == ["O1", "O2"]


def test_a_copy_is_of_use_to_whom_it_is_of(copy: OwnCopy, url: str) -> None:
    """When, by which channel, what about, how it ended, what is kept of oneself, who answers."""
    record, _ = copy.content["records"]
    assert record["reported_at"].startswith("2024-10-06T10:00")
    assert (record["channel"], record["category"], record["county"]) == ("110", "邻里", "临泽县")
    assert (record["outcome"], record["origin"]) == ("mediated", "reported")
    own, _ = copy.content["parties"]
    assert (own["name"], own["id_number"], own["phone"]) == ("马大强", HE, "13811110000")
    assert (own["role"], own["address"]) == ("party", HOUSE)
    assert own["organisation"] == "杜某某粮油店"
    with Store.open(url) as store:
        linked = linked_to_cases(store)
    open_ones = linked["record_id"].isin(["O1", "O2"])
    own_cases = set(linked.loc[open_ones, "case_id"]) - set(linked.loc[~open_ones, "case_id"])
    assert own_cases
    assert copy.content["cases"] == sorted(own_cases)
    assert "18" in copy.content["left_out"]


def test_the_whole_matter_of_violence_is_left_to_an_officer(copy: OwnCopy, url: str) -> None:
    """A later call of the couple says nothing of violence and would tell that she called."""
    with Store.open(url) as store:
        linked = linked_to_cases(store)
        matters = store.table("cases").query("kind == 'matter'")
    of_matters = linked[linked["case_id"].isin(matters["case_id"])].groupby("record_id")["case_id"]
    cases = {key: set(found) for key, found in of_matters}
    assert cases["V1"] & cases["V2"]
    assert copy.held_back == {
        "110|V1": VIOLENCE, "110|V2": VIOLENCE,
        "访调|T1": PETITION, "12345|T2": PETITION, "12345|T3": PETITION,
    }  # fmt: skip


def test_a_letter_of_several_cases_is_of_whoever_is_in_one_of_them(
    copy: OwnCopy, url: str, tmp_path: Path
) -> None:
    """Its first case may be other people's; in no copy where it carries a case that is in none."""
    with Store.open(url) as store:
        hidden = sorted(set(find(store, id_number=HE).cases) - set(copy.content["cases"]))[0]
    own, there = copy.content["cases"][0], filled(Path(url.removeprefix("sqlite:///")),
                                                  f"sqlite:///{tmp_path / 'w.db'}", tmp_path)  # fmt: skip
    carries = {"d-1": ["c-others", own], "d-2": [own, hidden], "d-3": ["c-others", "c-more"]}
    with Store.open(there) as store:
        with store.writing() as connection:
            for letter_id, (first, *others) in carries.items():
                content = {"others": [{"case_id": case_id} for case_id in others]}
                row = dict.fromkeys(
                    ("kind", "recipient", "sender", "status", "document", "reason"), ""
                )
                row |= {"letter_id": letter_id, "case_id": first, "drafted_for": first, "version": 1,
                        "drafted_at": datetime(2024, 11, 1), "content": content}  # fmt: skip
                connection.execute(tables.letters.insert().values(**row))
        person = find(store, id_number=HE)
        assert {"d-1", "d-2", "d-3"} & set(person.letters) == {"d-1", "d-2"}
        assert len(person.letters) == len(set(person.letters))
        letters = own_copy(store, person).content["letters"]
    assert set(letters) - set(copy.content["letters"]) == {"d-1"}


def test_the_sentence_on_what_is_left_out_is_the_same_for_everybody(
    copy: OwnCopy, url: str
) -> None:
    """It tells nobody that a record is held back; the neighbour's copy has none of these."""
    with Store.open(url) as store:
        person = find(store, id_number=HE)
        key = ["channel", "record_id"]
        parties = person.parties[person.parties["record_id"] == "O1"]
        alone = type(person)(**{**vars(person), "parties": parties, "cases": (),
                                "told": person.told.merge(parties[key], on=key)})  # fmt: skip
        other = own_copy(store, alone)
    assert other.held_back == {}
    assert other.content["left_out"] == copy.content["left_out"]
    assert set(other.content) == set(copy.content)


def test_the_officer_is_told_what_to_answer(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Which records are not in the copy, and why, beside the file and not in it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{HE}\n"))
    out = tmp_path / "copy.json"
    command = ["rights", "export", "--id-number", "-", "--reason", "本人申请", "--out", str(out)]
    assert run([*command, "--store", url]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "5 records are not in the copy" in told
    assert "110|V1 (domestic violence)" in told
    assert "访调|T1 (a petition)" in told
    assert "V1" not in out.read_text()
