"""Matters: which incidents are one quarrel."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from warning.matching.identity import founding_ids
from warning.settings.matching_incidents import CasesSettings

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
SIDES = {"claimant": 1, "respondent": 2}
RESPONDENT = SIDES["respondent"]
#: Of more people in one incident, none of whose sides is told, no two tell who quarrels.
BRAWL = 100


def matters_of(
    incidents: pd.DataFrame, who: pd.DataFrame, asking: pd.DataFrame, where: pd.DataFrame,
    settings: CasesSettings,
) -> pd.DataFrame:  # fmt: skip
    """The matter of each incident.

    1. Incidents in which the same two parties oppose each other are one matter. A pair whose
       complaining side stands in no other incident tells little (a neighbour called, a name was
       misread): an incident that has only such pairs is as if it named one party.
    2. An incident that names one party joins the one matter that has this party, place and family
       of category; without such a matter, those that share the three are one.
    3. Else an incident that names one person alone joins the one matter that he has of that
       family of category, wherever it happened.

    Args:
        incidents: incident_id, reported_at, category.
        who: incident_id, entity_id, role_code, entity_type, aside (of ``parties_to``), probability,
            times (in how many incidents the entity stands).
        asking: who asks of whom in one report, as of ``asking_of``.
        where: incident_id, place_id, probability.
        settings: what a join of the second and the third way is worth.

    Returns:
        case_id, kind, subject, incident_id, probability: one row an incident.
    """
    size, at = len(incidents), pd.Index(incidents["incident_id"])
    quarrel = _quarrelling(who)
    pairs = opposed(quarrel, asking)
    pair_row, pair_code, pair_name = _coded(at, pairs)
    firm: Flags = _among(size, pair_row[~pairs["loose"].to_numpy(bool)])
    paired = _among(size, pair_row)

    one = quarrel.merge(incidents[["incident_id", "category"]], on="incident_id")
    family = "+" + one["category"].str.slice(0, 2)
    there = one.assign(family=family).merge(where, on="incident_id", suffixes=("", "_place"))
    there["subject"] = there["entity_id"] + "+" + there["place_id"] + there["family"]
    row, code, name = _coded(at, there)
    free = ~firm[row]
    groups = size + _components(size, row[free], code[free])
    label = np.where(firm, _components(size, pair_row, pair_code), groups).astype(np.int64)
    by_place = pd.Series(label).map(_only_matter(label, firm, row, code))

    known = (one["entity_type"] == "person") & (one["times"] <= settings.busy)
    anywhere = one.assign(subject=one["entity_id"] + family)[known]
    person_row, person_code, _ = _coded(at, anywhere)
    alone = firm[person_row] | ~paired[person_row]
    by_person = pd.Series(label).map(
        _only_matter(label, firm, person_row[alone], person_code[alone])
    )
    label = np.asarray(by_place.fillna(by_person).fillna(pd.Series(label)), np.int64)

    sure = _surest(size, pair_row, pairs["probability"].where(~pairs["loose"], 0.0))
    worth = np.where(paired[row], settings.complainant_once, settings.same_place)
    near = (there["probability"] * there["probability_place"] * worth).to_numpy()
    sure = np.where(firm, sure, _surest(size, row, near))
    far = _surest(size, person_row, anywhere["probability"] * settings.elsewhere)
    sure = np.where(by_place.isna() & by_person.notna(), far, sure)
    named = _first_name(
        size, [(pair_row, pair_code, pair_name), (row[free], code[free], name[free])]
    )
    return _described(incidents, label, firm, sure, named)


def _described(
    incidents: pd.DataFrame,
    label: Integers,
    firm: Flags,
    sure: npt.NDArray[np.float64],
    named: npt.NDArray[np.object_],
) -> pd.DataFrame:
    """The matters' ids (of the founding incident), subjects (of the first that shows a pair)."""
    table = pd.DataFrame(
        {"incident_id": incidents["incident_id"].to_numpy(), "label": label, "firm": firm,
         "reported": incidents["reported_at"].to_numpy(), "own": named}
    )  # fmt: skip
    table["own"] = table["own"].where(table["own"].notna(), table["incident_id"])
    count = table.groupby("label")["label"].transform("size").to_numpy()
    table["probability"] = np.where((count > 1) & (sure > 0), sure, 1.0)
    table = table.sort_values(["reported", "incident_id"])
    first = table.drop_duplicates("label").set_index("label")
    ids = founding_ids("c", pd.DataFrame({"incident": first["incident_id"]}))
    table["case_id"], table["kind"] = table["label"].map(ids), "matter"
    shown = table.sort_values("firm", ascending=False, kind="stable").drop_duplicates("label")
    table["subject"] = table["label"].map(shown.set_index("label")["own"])
    return table[["case_id", "kind", "subject", "incident_id", "probability"]]


def _among(size: int, rows: Integers) -> Flags:
    result = np.zeros(size, bool)
    result[rows] = True
    return result


def _surest(size: int, rows: Integers, probability: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The highest probability of each incident; 0 where it has none."""
    result = np.zeros(size)
    np.maximum.at(result, rows, np.asarray(probability, float))
    return result


def _only_matter(label: Integers, firm: Flags, row: Integers, code: Integers) -> "pd.Series[int]":
    """The matter that each group of free incidents joins, by the label of the group.

    A key that several matters have tells nothing, and a group whose keys lead to several stays.

    Args:
        label: of each incident: its matter where firm, else its group.
        firm: incidents whose matter is known.
        row, code: which incident has which key.
    """
    known = firm[row]
    fits = pd.Series(label[row[known]]).groupby(code[known]).agg(["nunique", "min"])
    target = pd.Series(code[~known]).map(fits.loc[fits["nunique"] == 1, "min"])
    reach = pd.DataFrame({"group": label[row[~known]], "matter": target.to_numpy()})
    met = reach.dropna().groupby("group")["matter"].agg(["nunique", "min"])
    return met.loc[met["nunique"] == 1, "min"]


def _first_name(
    size: int,
    named: list[tuple[Integers, Integers, npt.NDArray[np.object_]]],
) -> npt.NDArray[np.object_]:
    """What names each incident: the first source that has a name, of its names the smallest.

    Args:
        size: incidents.
        named: a source each: incident, code of the name (in the order of names), name.
    """
    result = np.full(size, None, dtype=object)
    for rows, codes, names in reversed(named):
        order = np.lexsort((codes, rows))
        first = order[np.flatnonzero(np.diff(rows[order], prepend=-1))]
        result[rows[first]] = names[first]
    return result


def _quarrelling(who: pd.DataFrame) -> pd.DataFrame:
    """The parties to the quarrel, with their side; a caller is one only where he can be.

    A reporter is a party where no claimant and at most one other party is named, or one beside whom
    all others stand aside. There a child is on the reporter's side, and a scene on none.
    """
    side = who["role_code"].map(SIDES).fillna(0).astype("int64")
    caller, aside = who["role_code"] == "reporter", who["aside"].astype(bool)
    told, taking = (
        who["incident_id"].map(who[others].groupby("incident_id")["entity_id"].nunique()).fillna(0)
        for others in (~caller, ~caller & ~aside)
    )
    asked = who["incident_id"].isin(who.loc[who["role_code"] == "claimant", "incident_id"])
    called = who["incident_id"].isin(who.loc[caller, "incident_id"])
    beside = aside & called & ~asked & (told > 1) & (taking == 1)
    table = who.assign(side=side.where(~(caller | beside), 1))
    party = ~asked & ((told < 2) | (taking == 1))
    table = table[(~caller | party) & ~(beside & (who["entity_type"] == "organisation"))]
    table = table.sort_values(["incident_id", "entity_id", "side"], ascending=[True, True, False])
    return table.drop_duplicates(["incident_id", "entity_id"])


def opposed(quarrel: pd.DataFrame, asking: pd.DataFrame) -> pd.DataFrame:
    """incident_id, subject (two entity ids), probability, loose of every pair that can be opposed.

    Sides oppose each other; whose side is not told can be opposed to anybody, where so few stand in
    the incident (``BRAWL``) that two of them tell a quarrel. Two respondents are opposed where one
    asks of the other in a report: both sides reported. Others of them may be on one side (a couple
    of whom their creditor complains).

    Args:
        quarrel: incident_id, entity_id, entity_type, side (1 asks, 2 is asked, 0 either),
            probability, times; an entity once an incident.
        asking: as of ``asking_of``.
    """
    quarrel = quarrel.assign(loose=(quarrel["times"] == 1) & (quarrel["side"] != RESPONDENT))
    by_side = [quarrel[quarrel["side"] == side] for side in range(3)]
    many = by_side[0]["incident_id"].value_counts()
    few = by_side[0][~by_side[0]["incident_id"].isin(many.index[many > BRAWL])]
    asked = by_side[RESPONDENT].add_suffix("_other")
    asked = asked.rename(columns={"incident_id_other": "incident_id"})
    reporting = by_side[RESPONDENT].merge(asking, on=["incident_id", "entity_id"])
    both = pd.concat(
        [
            *(
                one.merge(other, on="incident_id", suffixes=("", "_other"))
                for one, other in (
                    (by_side[1], by_side[2]), (by_side[0], by_side[1]),
                    (by_side[0], by_side[2]), (few, few),
                )
            ),
            reporting.merge(asked, on=["incident_id", "entity_id_other"]),
        ],
        ignore_index=True,
    )  # fmt: skip
    both = both[(both["side"] != 0) | (both["side_other"] != 0)
                | (both["entity_id"] < both["entity_id_other"])]  # fmt: skip
    one, other = both["entity_id"], both["entity_id_other"]
    swapped = one > other
    people = (both[["entity_type", "entity_type_other"]] == "person").all(axis=1)
    return pd.DataFrame(
        {
            "incident_id": both["incident_id"],
            "subject": other.where(swapped, one) + "+" + one.where(swapped, other),
            "probability": both["probability"] * both["probability_other"],
            "loose": (both["loose"] | both["loose_other"]) & people,
        }
    ).drop_duplicates(["incident_id", "subject"])


def _coded(at: pd.Index, pairs: pd.DataFrame) -> tuple[Integers, Integers, npt.NDArray[np.object_]]:
    row = at.get_indexer(pd.Index(pairs["incident_id"])).astype(np.int64)
    code = pd.factorize(pairs["subject"], sort=True)[0].astype(np.int64)
    return row, code, pairs["subject"].to_numpy(dtype=object)


def _components(size: int, row: Integers, code: Integers) -> Integers:
    """Rows that share a code, directly or through others, get one label."""
    keys = int(code.max()) + 1 if len(code) else 0
    shape = (size + keys, size + keys)
    graph = coo_matrix((np.ones(len(row)), (row, code + size)), shape=shape)
    labels: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels[:size].astype(np.int64)
