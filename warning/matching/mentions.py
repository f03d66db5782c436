"""Parties that stand only in the text: which of them are parties of the record, and who else.

A mention that fits a named party of its record is that party; an organisation fits also where only
one of the two names tells the branch or the town. One that fits none becomes a row of
its own beside the record's parties, and is linked by the same evidence as they are. Kin without a
name (其丈夫) is known by whose kin it is.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.standardise.names import names
from warning.matching.standardise.narrative import narrative_mentions
from warning.matching.standardise.organisations import organisations, without_branch
from warning.records import PARTY, RECORD

#: What the number of a party that stands only in the text begins with.
TOLD = "~"
#: Years; whoever is younger stands beside a quarrel of those who call for him.
OF_AGE = 18


@dataclass(frozen=True)
class Told:
    """Mentions and the parties they add.

    Attributes:
        mentions: as :func:`narrative_mentions` gives, with party_no: of the record's own party or
            of the added one; missing for kin.
        added: rows like the canonical parties, one a person or organisation that only the text
            names.
    """

    mentions: pd.DataFrame
    added: pd.DataFrame


def told_parties(records: pd.DataFrame, parties: pd.DataFrame) -> Told:
    """Find the mentions of all narratives and the parties that only they name.

    Args:
        records, parties: canonical, with codes.
    """
    mentions = narrative_mentions(records)
    kin = mentions["kind"] == "kinship"
    people = names(mentions["text"].where(mentions["kind"] == "person"))
    firms = _firms(mentions["text"].where(mentions["kind"] == "organisation"))
    mentions = mentions.assign(
        name=people["name"], surname=people["surname"], is_mask=people["is_mask"],
        pinyin=people["pinyin"], **firms, row=np.arange(len(mentions)),
    )  # fmt: skip
    own = _own_party(mentions[~kin], parties)
    mentions["party_no"] = own.reindex(mentions.index).astype("str")
    rest = mentions[~kin & mentions["party_no"].isna()]
    what = rest["name"].fillna(_branch_meant(rest)).fillna(rest["text"])
    first = rest.assign(what=what).groupby([*RECORD, "kind", "what"])["start"].transform("min")
    mentions.loc[rest.index, "party_no"] = TOLD + first.astype("str")
    new = mentions.loc[rest.index].sort_values("branch", ascending=False, kind="stable")
    new = new.drop_duplicates(PARTY).sort_index()
    added = pd.DataFrame(
        {
            **{column: new[column] for column in PARTY},
            "role_code": new["role"],
            # A small child who only stands by is nobody whom a report means with 马某.
            "name": new["text"].where((new["kind"] == "person") & (new["role"] != "witness")),
            "organisation": new["text"].where(new["kind"] == "organisation"),
        }
    )
    added = added.reindex(columns=parties.columns).astype(parties.dtypes.to_dict())
    return Told(mentions[[*RECORD, "start", "end", "text", "kind", "role", "party_no"]], added)


def _firms(written: "pd.Series[str]") -> dict[str, "pd.Series[Any]"]:
    """What organisations are known by in their record; whole_ is without a branch or a town."""
    firms, whole = organisations(written), organisations(without_branch(written))
    stem = whole["stem"]
    in_town = whole["is_public_hub"] & whole["town"].notna()
    return {
        **{part: firms[part] for part in ("core", "stem", "trade", "town")},
        "branch": firms["name"].notna() & (firms["name"] != whole["name"]),
        "whole_core": whole["core"],
        "whole_stem": stem.mask(in_town, stem.str.replace(r"^.{2,6}?[镇乡]", "", regex=True)),
        "whole_trade": whole["trade"],
    }


def _branch_meant(mentions: pd.DataFrame) -> "pd.Series[str]":
    """The core of each organisation; of one whose branch the text names too, the branch's."""
    core = mentions["core"]
    branches = core.where(mentions["branch"]).groupby(
        [mentions[key] for key in (*RECORD, "whole_core")]
    )
    only = branches.transform("first").where(branches.transform("nunique") == 1)
    return core.where(mentions["branch"] | only.isna(), only)


def _own_party(mentions: pd.DataFrame, parties: pd.DataFrame) -> "pd.Series[str]":
    """The party of the same record that each mention fits best; missing where none does."""
    known, firms = names(parties["name"]), _firms(parties["organisation"])
    table = parties[PARTY].assign(
        own_name=known["name"], own_surname=known["surname"], own_mask=known["is_mask"],
        own_pinyin=known["pinyin"], **{f"own_{part}": told for part, told in firms.items()},
    )  # fmt: skip
    pairs = mentions.drop(columns="party_no", errors="ignore").merge(table, on=RECORD)
    either = pairs["is_mask"].eq(True) | pairs["own_mask"].eq(True)
    trades = (pairs["trade"] == pairs["own_trade"]) | pairs["trade"].isna()
    whole = (pairs["whole_stem"] == pairs["own_whole_stem"]) & pairs["whole_stem"].notna()
    whole &= (pairs["whole_trade"] == pairs["own_whole_trade"]) | pairs["whole_trade"].isna()
    # 临泽农商银行 is the record's 沙河支行; another branch, or the same of another town, is not.
    towns = pairs["town"].isna() | pairs["own_town"].isna() | (pairs["town"] == pairs["own_town"])
    level = np.select(
        [
            (pairs["name"] == pairs["own_name"]) & pairs["name"].notna(),
            (pairs["core"] == pairs["own_core"]) & pairs["core"].notna() & towns,
            (pairs["stem"] == pairs["own_stem"]) & pairs["stem"].notna() & trades & towns,
            whole & ~(pairs["branch"] & pairs["own_branch"]) & towns,
            (pairs["pinyin"] == pairs["own_pinyin"]) & ~either & pairs["pinyin"].notna(),
            (pairs["surname"] == pairs["own_surname"]) & either & pairs["surname"].notna(),
        ],
        [4, 4, 3, 2, 3, 1],
        0,
    )
    fitting = pairs.assign(level=level)[level > 0].sort_values(
        ["row", "level", "party_no"], ascending=[True, False, True]
    )
    best = fitting.drop_duplicates("row").set_index("row")["party_no"]
    return mentions["row"].map(best)


def with_entities(
    told: Told,
    links: pd.DataFrame,
    kin: tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each mention its entity.

    Args:
        told: of :func:`told_parties`.
        links: party_links of the parties and the added ones.
        kin: entities and probabilities of the mentions of kin, as of
            :func:`~warning.matching.kin.kin_entities`.

    Returns:
        The mentions (channel, record_id, start, end, text, kind, role, entity_id), and the kin as
        rows of party links with role_code, so that they count in incidents and cases.
    """
    mentions = told.mentions.merge(links[[*PARTY, "entity_id"]], on=PARTY, how="left")
    is_kin = mentions["kind"] == "kinship"
    mentions.loc[is_kin, "entity_id"] = kin[0]
    # Of one who is both, the respondent stands before the witness.
    rows = mentions[is_kin].assign(probability=kin[1]).sort_values("role", kind="stable")
    rows = rows.drop_duplicates([*RECORD, "entity_id"]).sort_index()
    acting = rows[[*RECORD, "entity_id", "probability"]].assign(
        party_no=kin_party(rows["start"]), entity_type="person", role_code=rows["role"],
    )  # fmt: skip
    columns = [*RECORD, "start", "end", "text", "kind", "role", "entity_id"]
    return mentions[columns].astype({"entity_id": "str"}), acting


def stands_aside(
    parties: pd.DataFrame, records: pd.DataFrame, facts: pd.DataFrame
) -> npt.NDArray[np.bool_]:
    """Who stands beside a quarrel between others: a child, and an organisation of the text alone.

    A caller whose child is named with the other side, or a school as the scene, is a party.

    Args:
        parties: canonical with codes, told ones too.
        records: channel, record_id, reported_at.
        facts: channel, record_id, party_no, born (year) of people; of several of a party the last.

    Returns:
        Of each row of ``parties``; a child is who turns 17 at most in the year of the report.
    """
    told = facts.drop_duplicates(PARTY, keep="last")[[*PARTY, "born"]]
    known = parties[PARTY].merge(told, on=PARTY, how="left")
    known = known.merge(records[[*RECORD, "reported_at"]], on=RECORD, how="left")
    young = (known["reported_at"].dt.year - known["born"] < OF_AGE).to_numpy(bool)
    child = young & (parties["role_code"] == "party").to_numpy(bool)
    only_told = parties["party_no"].str.startswith(TOLD) & parties["organisation"].notna()
    return np.asarray(child | only_told.to_numpy(bool), np.bool_)


def kin_party(start: "pd.Series[int]") -> "pd.Series[str]":
    """The numbers of the parties that mentions of kin, which begin there, add to their records."""
    return TOLD + start.astype("str")
