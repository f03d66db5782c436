"""Records that only tell how a quarrel was settled, or that a call back found all well.

A mediator's record or a call back (回访) is no new event of its case. A text is read clause by
clause: each must tell of the mediation or of what was agreed, one of a mediator or a call back, one
that it is settled, and none of a deed, nor of what is not so or not kept (不, 没, 逾期), but for what
is known as harmless (不再追究). In doubt the record tells of something new.
"""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.settled_before import deeds
from warning.matching.standardise.lexicons import surnames
from warning.matching.standardise.wording import plain_words, run_together
from warning.matching.vocabulary import harmed
from warning.settings.channels import SettledBefore
from warning.tabular import among_names

#: Characters of a text and of a clause beyond which neither only tells of a settlement.
MOST, MOST_OF_CLAUSE = 300, 60
_CLAUSES = re.compile(r"[，,。.；;！!？?：:\s]+")
#: That nothing more happened: 近期无争吵, 未再发生矛盾; 未再发生矛盾激化 says less.
_QUIET = (
    "(?<![有非])(?:(?:未|没有)(?:再次?)?(?:发生|出现|发现)过?|再?无)(?:任何|新的?)?"
    "(?:争吵|吵架|吵闹|争执|矛盾|纠纷|冲突|打架|异常)(?:行为|现象|情况)?(?!激化|升级|之前|前)"
)
#: An office that mediates, in a clause without the police, who do so on the spot.
_OFFICE = (
    "^(?![^，]{0,60}(?:警|派出所|公安|现场))[^，]{0,40}"
    "(?:社区|居委会|村委会|村两委|街道|镇政府|乡政府|妇联|工会|人社|住建|教育局|水管所|农经站|诉前)"
    "[^，]{0,12}(?:调解|协调|协商)"
)
#: Who mediates beside the police on the spot, or calls back.
_MEDIATOR = re.compile(
    "回访|司法所|调委会|调解委员会|人民调解|法院|综治中心|调解中心|调解员|^申请人|" + _OFFICE
)
#: What stands in every text that :data:`_MEDIATOR` finds something in.
_MEDIATED = "回访|司法所|调委会|法院|综治中心|申请人|调解|协调|协商"
_SETTLED = re.compile(
    "达成(?:了)?(?:一致|和解|谅解|(?:调解)?协议)|签[订署].{0,6}协议|调解成功|和解|和好|握手言和|互相谅解"
    "|(?:已|已经|均已|都已|得到)(?:妥善|全部|圆满)?(?:解决|化解)|按(?:协议|约定)履行|(?:当场|全部)履行|履行完毕"
    f"|满意|关系(?:恢复)?正常|{_QUIET}"
)
#: What is agreed or done by it: 保证戒赌, 已退款, 每月付600元.
_AGREED = (
    "(?:保证|承诺|同意|答应|自愿|悔改|无异议|言和|退款|退还|返还|补栽|修复|责令|调低|划定车位"
    r"|轮流|理赔|付清|付\d{1,8}(?:\.\d{1,2})?万?元)"
)
_TELLS = re.compile(
    "回访|调解|协议|达成一致|和解|和好|谅解|履行|赔偿|支付|解决|化解|(?:未|没有)再发生|再?无新|感谢|道歉"
    f"|^申请人.{{1,40}}[与和].{{1,40}}|满意|关系(?:恢复)?正常|{_QUIET}|{_AGREED}|{_OFFICE}"
)
#: The matter that a text may begin with, of which is told neither a report nor a time.
_MATTER = re.compile(
    "^(?!.{0,60}(?:报|称|反映|投诉|举报|求助|来|产生|引|今|日|晚|早|午|刚)).{1,50}(?:纠纷|矛盾|一事)$"
)
#: Of a list with 、 what may stand beside a part that tells: an office, a name, one with its place.
_LISTED = re.compile("经.{1,8}|.{1,3}(?:所|局|会|站|办|联|社区|街道|庭)")
_NAMED = re.compile("(?:.{0,14}(?:小区|村|社|组|楼|室))?([\u4e00-\u9fff]{2,3})")
#: What is promised not to be done: 承诺20时后不施工, 保证不再占道; 答应的事不办 is none.
_REFRAINS = (
    r"(?:保证|承诺|同意|答应|自愿)(?:今后|以后|日后|夜间|晚上|\d{1,2}[时点](?:以?[后前])?)?"
    "不再?(?:施工|装修|喧哗|播放|占|堆放|停放|追究|主张|反映|投诉|信访|上访)"
)
#: What looks like a deed or a new event and is none.
_HARMLESS = re.compile(
    f"{_REFRAINS}|(?:戒除?|不再)(?:赌博?|毒|酗酒|喝酒|饮酒|吸毒)"
    "|互不(?:追究|干涉|打扰|影响|侵犯)|[互两]不相欠|不计前嫌|不当得利|不动产"
    "|被申请人|被告(?![知诫诉])|(?:未|没有)再(?:次)?发生|再?无新的?(?:矛盾|纠纷|情况|问题)"
    f"|新(?!的?(?:矛盾|纠纷|问题))|(?:互相|互)?不再(?:追究|主张)|不得(?=喧哗)|另计|{_QUIET}"
    "|(?:请求|要求|希望)(?=[^，]{0,20}调解)"
)
_NEW = ("不", "并非", "绝非", "远非", "逾期", "拖", "迟迟", "延迟", "推迟", "延期", "延后",
        "仅", "少付", "少支付", "欠着", "欠付", "困难", "勉强", "满意度", "非满意", "赖账", "赖掉",
        "发生", "争执", "扰民", "违约", "作废", "破裂", "激化", "告吹", "发现", "口角", "违背", "违反",
        "食言", "变卦", "撕", "停止履行", "停止支付", "偷", "抢", "吓", "倒", "流入", "跟踪", "尾随", "闯",
        "赌", "嫖", "酗酒", "吸毒", "贩毒", "毒品", "要求", "请求", "希望", "索要", "讨要", "催",
        "保证后", "承诺后", "同意后", "答应后", "满意后")  # fmt: skip


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
    near = (texts.str.len() <= MOST) & texts.str.contains(_MEDIATED).fillna(value=False)
    asked = np.flatnonzero(near.to_numpy(bool))
    result[asked] = [
        _SETTLED.search(text) is not None and _only_settles(text, deed)
        for text in texts.iloc[asked].tolist()
    ]
    result[result] = ~harmed(records[result], words.risk)
    return result


def _only_settles(text: str, deed: "re.Pattern[str]") -> bool:
    """Whether each clause tells of a settlement, and none of a deed."""
    clauses = [run_together(clause) for clause in _CLAUSES.split(text) if clause]
    plain = [_HARMLESS.sub("，", clause) for clause in clauses]
    told = clauses[1:] if _MATTER.search(clauses[0]) else clauses
    return (
        all(map(_tells, told))
        and any(_MEDIATOR.search(clause) for clause in clauses)
        and any(_SETTLED.search(clause) for clause in clauses)
        and not any(deed.search(clause) for clause in plain)
    )


def _tells(clause: str) -> bool:
    """Whether a clause tells of a settlement: of a list each part that is no office and no name."""
    parts = clause.split("、")
    telling = [_TELLS.search(part) is not None for part in parts]
    return any(telling) and all(
        len(part) <= MOST_OF_CLAUSE and (tells or _only_lists(part))
        for part, tells in zip(parts, telling, strict=True)
    )


def _only_lists(part: str) -> bool:
    """Whether a part of a list is but an office or a name."""
    name = _NAMED.fullmatch(part)
    return _LISTED.fullmatch(part) is not None or (name is not None and name[1][0] in surnames())


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
