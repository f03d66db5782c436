"""Kin without a name (其丈夫): who of those around the speaker it is."""

import hashlib
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.standardise.narrative import KIN
from warning.records import PARTY, RECORD
from warning.tabular import among_names

SPEAKERS = ("claimant", "reporter", "party")
AROUND = ("claimant", "respondent", "party")
#: How often it was right on the demo city (docs/decisions/025): the one whom the same report
#: complains of, and who was so in another of the speaker's; the only one around the speaker who fits.
BESIDE, FITTING = 0.98, 0.84


class Kinship(NamedTuple):
    """What a word for kin says: the sex, and how many years after the speaker one was born."""

    sex: str
    least: float
    most: float


def _kinships() -> dict[str, Kinship]:
    words = {
        "男": {
            (-25, 25): "丈夫 老公 夫 前夫 哥哥 弟弟 兄弟 兄 弟 男友 男朋友",
            (-60, -14): "父亲 父 公公 岳父",
            (14, 60): "儿子 子 女婿",
        },
        "女": {
            (-25, 25): "妻子 老婆 妻 前妻 姐姐 妹妹 女友 女朋友",
            (-60, -14): "母亲 母 婆婆 岳母",
            (14, 60): "女儿 女 儿媳",
        },
    }
    return {
        f"其{word}": Kinship(sex, *years)
        for sex, of_sex in words.items()
        for years, listed in of_sex.items()
        for word in listed.split()
    }


KINSHIPS = _kinships()
LONGEST = 4
KIN_BEFORE = re.compile(rf"(?:{KIN.pattern})$")


def kin_entities(
    kin: pd.DataFrame, acting: pd.DataFrame, facts: pd.DataFrame, named: pd.DataFrame
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """Who each mention of kin is, and how likely.

    1. The only person whom the same report complains of, unless sex or age speak against it.
    2. Else whoever the same word of the same speaker meant so in other reports, or named there
       (其丈夫李强).
    3. Else the only person around the speaker, in any report, whose sex and age fit.
    4. Else an entity of its own: that kin of that speaker.

    What decides stands in the speaker's own reports alone.

    Args:
        kin: channel, record_id, text.
        acting: party links with role_code of the speakers' reports, one row a party, no kin.
        facts: channel, record_id, party_no, sex, born (year) of people.
        named: as of :func:`named_kin`.

    Returns:
        Entity ids and probabilities, in the order of ``kin``.
    """
    people = acting[acting["entity_type"] == "person"]
    speakers = speakers_of(acting)
    asked = kin[[*RECORD, "text"]].merge(speakers, on=RECORD, how="left")
    asked["at"] = np.arange(len(asked))
    around = _around(people, asked["speaker"])
    there = asked.merge(around, on=[*RECORD, "speaker"])
    there = there[there["role_code"] == "respondent"].drop_duplicates(["at", "entity_id"])
    words = asked[["speaker", "text"]].dropna().drop_duplicates()
    pairs = words.merge(around[["speaker", "entity_id"]].drop_duplicates(), on="speaker")
    pairs["fits"] = _fits(pairs, people, facts)

    there = there.merge(pairs, on=["speaker", "text", "entity_id"])
    there = _alone(there[there["fits"] >= 0], ["at"])
    told = named.merge(speakers, on=RECORD)
    told = pd.concat([there, told[told["entity_id"] != told["speaker"]]])
    counted = told.groupby(["speaker", "text", "entity_id"]).size().reset_index(name="times")
    meant = counted.sort_values(["times", "entity_id"], ascending=[False, True])
    meant = meant.drop_duplicates(["speaker", "text"])
    fitting = _alone(pairs[pairs["fits"] > 0], ["speaker", "text"])

    beside = asked["at"].map(there.set_index("at")["entity_id"]).astype("str")
    often, likely = (
        asked.merge(table, on=["speaker", "text"], how="left")["entity_id"].astype("str")
        for table in (meant, fitting)
    )
    found = beside.fillna(often).fillna(likely)
    sure = np.where(beside.notna() | often.notna(), BESIDE, FITTING)
    own = [
        _kin_id("|".join((channel, record)) if pd.isna(speaker) else speaker, text)
        for channel, record, speaker, text in asked[[*RECORD, "speaker", "text"]].itertuples(
            index=False
        )
    ]
    missing = found.isna().to_numpy()
    entity = np.where(missing, np.array(own, object), found.to_numpy(object))
    return entity, np.where(missing, 1.0, sure)


def named_kin(mentions: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Kin whom a text names (其丈夫李强): channel, record_id, text (其丈夫), entity_id.

    Args:
        mentions: channel, record_id, start, kind, entity_id.
        records: channel, record_id, narrative.
    """
    people = mentions.loc[mentions["kind"] == "person", [*RECORD, "start", "entity_id"]]
    told = people.merge(records[RECORD].assign(at=np.arange(len(records))), on=RECORD)
    # Texts are long, and one may name hundreds: none is joined to each of them.
    which, rows = pd.factorize(told["at"])
    texts = records["narrative"].iloc[rows].tolist()
    before = [
        KIN_BEFORE.search(texts[one], max(0, start - LONGEST), start)
        for one, start in zip(which, told["start"], strict=True)
    ]
    told["text"] = pd.Series([found and found["kin"] for found in before], told.index, dtype="str")
    return told.loc[told["text"].notna(), [*RECORD, "text", "entity_id"]]


def kin_facts(people: pd.DataFrame) -> pd.DataFrame:
    """What of standardised people tells whose kin they can be."""
    return people[[*PARTY, "sex"]].assign(born=people["born"].str.slice(0, 4).astype(float))


def speakers_of(acting: pd.DataFrame) -> pd.DataFrame:
    """channel, record_id, speaker: who speaks in each report."""
    speaks = acting[acting["role_code"].isin(SPEAKERS)].sort_values(PARTY)
    whose = speaks.drop_duplicates(RECORD)[[*RECORD, "entity_id"]]
    return whose.rename(columns={"entity_id": "speaker"})


def _around(people: pd.DataFrame, speakers: "pd.Series[str]") -> pd.DataFrame:
    """channel, record_id, speaker, entity_id, role_code: who stands beside each speaker."""
    names = speakers.dropna().unique()
    own = people.loc[among_names(people["entity_id"], names), [*RECORD, "entity_id"]]
    own = own.drop_duplicates().rename(columns={"entity_id": "speaker"})
    near = people[
        among_names(people["record_id"], own["record_id"]) & people["role_code"].isin(AROUND)
    ]
    beside = near[[*RECORD, "entity_id", "role_code"]].merge(own, on=RECORD)
    return beside[beside["entity_id"] != beside["speaker"]].drop_duplicates()


def _alone(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The rows that are the only ones of their key."""
    return table[~table.duplicated(columns, keep=False)]


def _fits(pairs: pd.DataFrame, people: pd.DataFrame, facts: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Whether sex and age of each pair's entity fit the word: 1 yes, 0 unknown, −1 no."""
    entities = pd.concat([pairs["entity_id"], pairs["speaker"]])
    rows = people.loc[among_names(people["entity_id"], entities), [*PARTY, "entity_id"]]
    known = rows.merge(facts[[*PARTY, "sex", "born"]], on=PARTY).sort_values(PARTY)
    sexes = known.groupby(["entity_id", "sex"]).size().reset_index(name="times")
    sexes = sexes.sort_values(["times", "sex"], ascending=False).drop_duplicates("entity_id")
    sex = sexes.set_index("entity_id")["sex"]
    born = known.dropna(subset=["born"]).groupby("entity_id")["born"].first()
    told = [KINSHIPS.get(text, Kinship("", np.nan, np.nan)) for text in pairs["text"]]
    wanted = pd.DataFrame(told, index=pairs.index, columns=list(Kinship._fields))
    years = pairs["entity_id"].map(born).astype(float) - pairs["speaker"].map(born).astype(float)
    own = pairs["entity_id"].map(sex)
    same = (own == wanted["sex"]).to_numpy(bool)
    inside = (years.ge(wanted["least"]) & years.le(wanted["most"])).to_numpy(bool)
    named = (wanted["sex"] != "").to_numpy(bool)
    against = named & ((own.notna().to_numpy() & ~same) | (years.notna().to_numpy() & ~inside))
    return np.where(against, -1, (named & same & inside).astype(np.int64))


def _kin_id(person: str, kin: str) -> str:
    return "p-" + hashlib.blake2b(f"{person}|{kin}".encode(), digest_size=6).hexdigest()
