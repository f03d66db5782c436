"""Whom 其丈夫 means, told as small stories."""

import pandas as pd
import pyarrow as pa

from warning.matching.kin import BESIDE, FITTING, KINSHIPS, kin_entities, named_kin
from warning.matching.standardise.narrative import KIN

ROLES = {"甲": "claimant", "乙": "respondent", "丙": "respondent", "丁": "witness"}
#: Name → sex and year of birth.
KNOWN = {
    "王": ("女", 1980.0), "李": ("男", 1979.0), "赵": ("男", 2008.0), "周": ("女", None),
    "吴": (None, None),
}  # fmt: skip


def meant(
    reports: dict[str, str], *asked: tuple[str, str], named: tuple[tuple[str, str, str], ...] = ()
) -> list[tuple[str, float]]:
    """Who the kin of (report, word) are, in reports told as 王甲 李乙: name and role."""
    rows = [
        ("110", report, str(number), party[0], ROLES[party[1]])
        for report, parties in reports.items()
        for number, party in enumerate(parties.split(), 1)
    ]
    columns = ["channel", "record_id", "party_no", "entity_id", "role_code"]
    acting = pd.DataFrame(rows, columns=columns).assign(entity_type="person", probability=1.0)
    facts = acting[["channel", "record_id", "party_no"]].copy()
    facts["sex"] = pd.Series([KNOWN[name][0] for name in acting["entity_id"]], dtype="str")
    facts["born"] = [KNOWN[name][1] for name in acting["entity_id"]]
    kin = pd.DataFrame(asked, columns=["record_id", "text"]).assign(channel="110")
    texts = pd.DataFrame(named, columns=["record_id", "text", "entity_id"], dtype="str")
    entities, sure = kin_entities(kin, acting, facts, texts.assign(channel="110"))
    return list(zip(entities.tolist(), sure.tolist(), strict=True))


def test_the_one_complained_of_in_the_same_report() -> None:
    """王 complains of 李: 其丈夫 is 李; 周 has no known age, but the sex speaks against her."""
    assert meant({"A": "王甲 李乙"}, ("A", "其丈夫")) == [("李", BESIDE)]
    assert meant({"D": "王甲 吴乙"}, ("D", "其丈夫")) == [("吴", BESIDE)]
    assert meant({"B": "王甲 周乙"}, ("B", "其丈夫"))[0][1] == 1.0


def test_who_was_meant_before_is_meant_again() -> None:
    """A later report names nobody: the same word of the same speaker is the same person."""
    reports = {"A": "王甲 李乙", "B": "王甲", "C": "周甲"}
    assert (
        meant(reports, ("A", "其丈夫"), ("B", "其丈夫"), ("C", "其丈夫"))[:2]
        == [("李", BESIDE)] * 2
    )
    assert meant(reports, ("A", "其丈夫"), ("B", "其父亲"))[1][0] not in KNOWN


def test_who_was_named_as_such_is_meant() -> None:
    """A text says 其丈夫李强 of the second respondent: he is meant where it says 其丈夫 alone."""
    mentions = pd.DataFrame(
        {"channel": "110", "record_id": "A", "start": [0, 7, 10], "kind": "person",
         "entity_id": ["王", "李", "赵"]}
    )  # fmt: skip
    records = pd.DataFrame(
        {"channel": "110", "record_id": ["A"], "narrative": ["王丽称被其丈夫李强、赵三殴打"]}
    )
    found = named_kin(mentions, records)
    assert found.values.tolist() == [["110", "A", "其丈夫", "李"]]
    reports = {"A": "王甲 李乙 吴丙", "B": "王甲"}
    assert meant(reports, ("B", "其丈夫"), named=(("A", "其丈夫", "吴"),)) == [("吴", BESIDE)]


def test_the_only_one_around_who_fits() -> None:
    """Nobody stands beside the word: of 李 and 赵 elsewhere only 赵 can be 王's son."""
    reports = {"A": "王甲 李乙 赵丙", "B": "王甲"}
    assert meant(reports, ("B", "其儿子")) == [("赵", FITTING)]
    assert meant(reports, ("B", "其丈夫")) == [("李", FITTING)]
    assert meant(reports, ("B", "其母亲"))[0][0] not in KNOWN
    assert meant({"A": "王甲 李丁", "B": "王甲"}, ("B", "其丈夫"))[0][0] not in KNOWN  # a witness


def test_kin_of_nobody_known_is_one_of_its_own() -> None:
    """The same kin of the same speaker is one; another speaker's, another kin, is another."""
    reports = {"A": "王甲", "B": "王甲", "C": "周甲", "D": "李丁"}
    asked = [("A", "其丈夫"), ("B", "其丈夫"), ("B", "其儿子"), ("C", "其丈夫"), ("D", "其丈夫")]
    found = meant(reports, *asked)
    names = [name for name, _ in found]
    assert names[0] == names[1]
    assert len(set(names)) == 4
    assert {sure for _, sure in found} == {1.0}


def test_every_word_for_kin_is_one_that_texts_are_searched_for() -> None:
    """No word is misspelt: each is found in a text, whole."""
    for word in KINSHIPS:
        found = KIN.search(f"被{word}殴打")
        assert found is not None
        assert found["kin"] == word


def test_a_long_text_is_held_once_however_many_it_names() -> None:
    """A night took as much memory as each text's length times the people it names."""
    text = "经审理查明，其丈夫李强拖欠租金。" * 5_000
    starts = range(text.index("李"), len(text), 800)
    mentions = pd.DataFrame({"start": starts}).assign(
        channel="诉调", record_id="A", kind="person", entity_id="李"
    )
    records = pd.DataFrame({"channel": ["诉调"], "record_id": ["A"], "narrative": [text]})
    usual, other = pa.default_memory_pool(), pa.mimalloc_memory_pool()
    before = other.max_memory()
    pa.set_memory_pool(other)
    try:
        named = named_kin(mentions, records)
    finally:
        pa.set_memory_pool(usual)
    assert named["text"].tolist() == ["其丈夫"] * len(starts)
    assert other.max_memory() < before + 4 * len(text.encode())
