"""Records that only tell how a quarrel was settled, or that a call back found all well.

A mediator's record or a call back (回访) is no new event of its case. A text is read clause by
clause: each must tell of the mediation or of what was agreed, one of a mediator or a call back, one
that it is settled, and none of a deed. In doubt the record tells of something new.
"""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.settled_before import deeds
from warning.matching.standardise.wording import plain_words, run_together
from warning.matching.vocabulary import harmed
from warning.settings.channels import SettledBefore
from warning.tabular import among_names

#: Characters of a text and of a clause beyond which neither only tells of a settlement.
MOST, MOST_OF_CLAUSE = 300, 60
_CLAUSES = re.compile(r"[，,。.；;！!？?、：:\s]+")
#: Who mediates beside the police on the spot, or calls back.
_MEDIATOR = re.compile(
    "回访|司法所|调委会|调解委员会|人民调解|法院|综治中心|调解中心|调解员|^申请人"
)
_SETTLED = re.compile(
    "达成(?:了)?(?:一致|和解|谅解|(?:调解)?协议)|签订.{0,6}协议|调解成功|和解|和好|互相谅解"
    "|(?:已|已经|均已|都已|得到)(?:妥善|全部|圆满)?(?:解决|化解)|按(?:协议|约定)履行|(?:当场|全部)履行|履行完毕"
)
_TELLS = re.compile(
    "回访|调解|协议|和解|和好|谅解|履行|赔偿|支付|解决|化解|(?:未|没有)再发生|再?无新|感谢|满意|道歉"
    "|^申请人.{1,40}[与和].{1,40}"
)
#: What looks like a deed or a new event and is none.
_HARMLESS = re.compile(
    "被申请人|(?:未|没有)再(?:次)?发生|再?无新的?(?:矛盾|纠纷|情况|问题)|新(?!的?(?:矛盾|纠纷|问题))"
    "|(?:互相|互)?不再(?:追究|主张)"
)
_NEW = ("发生", "争执", "拖欠", "扰民", "不履行", "违约", "作废", "破裂", "激化", "告吹")


def only_settlements(records: pd.DataFrame, words: SettledBefore) -> npt.NDArray[np.bool_]:
    """Which records tell only of a settlement or a call back, and that nobody came to harm.

    Args:
        records: narrative, category; injuries and deaths where there are.
        words: what tells of something new, risk words too; without any, no record does.
    """
    result = np.zeros(len(records), np.bool_)
    if not words.new_by:
        return result
    new = plain_words((*words.new_by, *_NEW, *deeds(words.risk)))
    deed = re.compile("|".join(map(re.escape, sorted(new, key=len, reverse=True))))
    texts = records["narrative"].astype("str")
    near = (texts.str.len() <= MOST) & texts.str.contains(_SETTLED.pattern).fillna(value=False)
    asked = np.flatnonzero(near.to_numpy(bool))
    result[asked] = [_only_settles(text, deed) for text in texts.iloc[asked]]
    result[result] = ~harmed(records[result], words.risk)
    return result


def _only_settles(text: str, deed: "re.Pattern[str]") -> bool:
    """Whether each clause tells of a settlement, and none of a deed."""
    clauses = [run_together(clause) for clause in _CLAUSES.split(text) if clause]
    plain = [_HARMLESS.sub("，", clause) for clause in clauses]
    return (
        all(len(clause) <= MOST_OF_CLAUSE and _TELLS.search(clause) for clause in clauses)
        and any(_MEDIATOR.search(clause) for clause in clauses)
        and any(_SETTLED.search(clause) for clause in clauses)
        and not any(deed.search(clause) for clause in plain)
    )


def settling(records: pd.DataFrame, words: SettledBefore) -> pd.Series:
    """The incidents all of whose records only tell of a settlement or a call back.

    Args:
        records: incident_id, and as of :func:`only_settlements`.
        words: as there.
    """
    only = only_settlements(records, words)
    found = records.loc[only, "incident_id"].drop_duplicates()
    return found[~among_names(found, records.loc[~only, "incident_id"])]


def last_moments(members: pd.DataFrame, settled: pd.Series) -> pd.Series:
    """Case → its last incident but those that only settle it; where it has no other, the last.

    Args:
        members: case_id, incident_id, reported_at.
        settled: of :func:`settling`.
    """
    others = members[~among_names(members["incident_id"], settled)]
    last, known = (part.groupby("case_id")["reported_at"].max() for part in (members, others))
    return known.reindex(last.index).fillna(last)
