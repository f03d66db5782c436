"""A copy for the person of what is kept of them, which gives nobody else away.

Whoever asks may be the other side: the one whom a victim of domestic violence fled, or against
whom somebody petitioned. Such records are in no copy, not even that there are any: an officer reads
them and answers (PIPL 45 with 18 and 35; 反家庭暴力法 5; 信访工作条例 30).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from warning.escalation.bundles import carried
from warning.keeping.certainty import must_be_one
from warning.keeping.finding import Person
from warning.keeping.further import among
from warning.language import say, worded
from warning.masking import all_names, bare_names, sure_names, without_people
from warning.matching.vocabulary import with_codes
from warning.petitions import petitions
from warning.records import RECORD, VERSION
from warning.scoring.facts import record_facts
from warning.settings import Settings, load_settings
from warning.spelling import bare_name, told_name
from warning.store import Store

#: Why a record is left to an officer.
VIOLENCE, PETITION = "violence", "petition"
#: What is told of each record, beside category, outcome and county, which are told by their codes.
FACTS = ("channel", "record_id", "reported_at", "occurred_at", "origin", "injuries", "deaths")
#: What the codes of :data:`warning.records.ROLES`, OUTCOMES and ORIGINS are called.
ROLE_WORDS = {
    "reporter": "报告人", "claimant": "申请人", "respondent": "对方", "party": "当事人",
    "witness": "证人", "handler": "经办人",
}  # fmt: skip
OUTCOME_WORDS = {
    "accepted": "已受理", "mediated": "已调解", "settled": "已化解", "unsettled": "未化解",
    "transferred": "已移交", "penalised": "已处罚", "withdrawn": "已撤回", "closed": "已办结",
}  # fmt: skip
ORIGIN_WORDS = {"reported": "报告", "discovered": "主动发现"}


@dataclass(frozen=True)
class OwnCopy:
    """The copy, and what of the person's is not in it.

    Attributes:
        content: parties (their own rows), records (facts of each), cases, letters, and left_out:
            what no copy holds, and who answers for it.
        held_back: ``channel|record_id`` → :data:`VIOLENCE` or :data:`PETITION`: for the officer
            who answers, never for whom the copy is for.
    """

    content: dict[str, Any]
    held_back: Mapping[str, str]


def left_out() -> str:
    """What no copy holds, in the same words whether there is any of it or not."""
    return say(
        "本副本不含：记叙、处理结果原文、地点、经办单位等可能涉及他人的文字；其他当事人；"
        "依法应当保密的记录及其所在系列（不论有无）。对这些内容，由受理本申请的单位的经办人审阅后另行答复；"
        "对答复有异议的，可向该单位提出。依据：个人信息保护法第四十五条、第十八条第一款、第三十五条。",
        "Not in this copy: narratives, the wording of outcomes, places, units and other texts that may "
        "tell of others; the other parties; records that the law keeps confidential, and their cases, "
        "whether there are any or not. An officer of the office that took this request reads them and "
        "answers; who disagrees turns to that office. PIPL 45 with 18(1) and 35.",
    )  # fmt: skip


def own_copy(store: Store, person: Person, settings: Settings | None = None) -> OwnCopy:
    """A copy for the person: their own rows, and of their records what tells of nobody else.

    Args:
        store: the store.
        person: who asks.
        settings: which records are of domestic violence or petitions, and what codes mean; those
            of the package without.

    Raises:
        RefusedError: the rows may be of several people.
    """
    must_be_one(person)
    settings = settings or load_settings()
    cases = _cases(store, person)
    near = pd.concat([cases[RECORD], person.in_records]).drop_duplicates()
    everybody = store.table("parties")
    records = store.table("records").merge(near, on=RECORD)
    records, parties = with_codes(records, everybody.merge(near, on=RECORD), settings)
    confidential = _confidential(records, parties, cases, settings)
    theirs = _keys(person.in_records)
    open_keys = person.in_records[~theirs.isin(list(confidential))]
    versions = records.merge(person.parties[VERSION].drop_duplicates(), on=VERSION)
    told = records.merge(person.told[RECORD].drop_duplicates(), on=RECORD)
    shown = pd.concat([versions, told]).drop_duplicates(VERSION).merge(open_keys, on=RECORD)
    rows = parties[among(parties, person.parties, [*VERSION, "party_no"])]
    rows = rows.merge(open_keys, on=RECORD)
    hidden_cases = set(cases.loc[_keys(cases).isin(list(confidential)), "case_id"])
    shown_cases = set(cases.merge(open_keys, on=RECORD)["case_id"]) - hidden_cases
    letters = carried(store.rows("letters", "letter_id", person.letters))
    open_letters, withheld = (
        set(letters.loc[letters["case_id"].isin(some), "letter_id"])
        for some in (shown_cases, set(person.cases) - shown_cases)
    )
    content = {
        "parties": _plain(_own_rows(person, rows, everybody, store.table("mentions"))),
        "records": _plain(_facts(shown, settings)),
        "cases": sorted(shown_cases),
        "letters": sorted(open_letters - withheld),
        "left_out": left_out(),
    }
    own = {key: why for key, why in confidential.items() if key in set(theirs)}
    return OwnCopy(content, own)


def _cases(store: Store, person: Person) -> pd.DataFrame:
    """case_id, kind, incident_id, channel, record_id of the person's cases."""
    cases = store.rows("cases", "case_id", set(person.cases))[["case_id", "kind"]]
    members = store.rows("case_incidents", "case_id", set(person.cases))
    members = members[["case_id", "incident_id"]].merge(cases, on="case_id")
    linked = store.rows("incident_links", "incident_id", set(members["incident_id"]))
    return members.merge(linked[["incident_id", *RECORD]], on="incident_id")


def _confidential(
    records: pd.DataFrame, parties: pd.DataFrame, cases: pd.DataFrame, settings: Settings
) -> dict[str, str]:
    """The keys of records that an officer answers for, with why.

    Violence covers the event and the whole matter: the same quarrel reported in other words.
    """
    violent = records.loc[record_facts(records, settings)["domestic_violence"], RECORD]
    here = cases[_keys(cases).isin(set(_keys(violent)))]
    same = cases["incident_id"].isin(here["incident_id"]) | (
        cases["case_id"].isin(here["case_id"]) & (cases["kind"] == "matter")
    )
    complaints = set(_keys(records[petitions(records, parties, settings.escalation)]))
    dangerous = {*_keys(violent), *_keys(cases[same])}
    return dict.fromkeys(sorted(complaints), PETITION) | dict.fromkeys(sorted(dangerous), VIOLENCE)


def _keys(rows: pd.DataFrame) -> "pd.Series[str]":
    return rows["channel"] + "|" + rows["record_id"]


def _facts(records: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Channel, key, times and coded values, in words; two versions that tell the same are one."""
    taxonomy, counties = settings.channels.taxonomy, settings.escalation.counties
    facts = records[list(FACTS)].assign(
        origin=_words(records["origin"], ORIGIN_WORDS),
        category=records["category_code"].map(taxonomy),
        outcome=_words(records["outcome_code"], OUTCOME_WORDS),
        county=records["county_code"].map(counties),
    )
    return facts.drop_duplicates().sort_values(["reported_at", *RECORD])


def _own_rows(
    person: Person, rows: pd.DataFrame, parties: pd.DataFrame, mentions: pd.DataFrame
) -> pd.DataFrame:
    """The person's rows: the role by its code, and nobody else named in address and organisation.

    ``parties`` and ``mentions`` are all of the store's.
    """
    own = bare_names([*person.parties["name"].dropna(), *person.told["name"]])
    mine = set(map(told_name, own))
    others = {bare_name(name) for name in all_names(parties, mentions)}
    others = {name for name in others if told_name(name) not in mine}
    everybody = sure_names(others)
    there = parties.merge(rows[RECORD].drop_duplicates(), on=RECORD)
    whom = {
        key: bare_names(name for name in told.dropna() if told_name(bare_name(name)) not in mine)
        for key, told in there.groupby(RECORD)["name"]
    }

    def masked_in(column: str) -> "pd.Series[str]":
        told = zip(rows["channel"], rows["record_id"], rows[column], strict=True)
        texts = [
            without_people(text, whom.get((channel, record), ()), everybody)
            if isinstance(text, str)
            else None
            for channel, record, text in told
        ]
        return pd.Series(texts, index=rows.index, dtype="str")

    own_rows = rows.assign(
        role=_words(rows["role_code"], ROLE_WORDS),
        address=masked_in("address"),
        organisation=masked_in("organisation"),
    )
    return own_rows[list(person.parties.columns)]


def _words(codes: "pd.Series[str]", words: Mapping[str, str]) -> "pd.Series[str]":
    return codes.map(lambda code: worded(code, words), na_action="ignore")


def _plain(rows: pd.DataFrame) -> Any:
    """A list of rows that JSON can write; what is missing is null."""
    return json.loads(rows.to_json(orient="records", date_format="iso", force_ascii=False))
