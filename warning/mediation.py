"""Whether somebody refused mediation and has not come back on it: then nobody may mediate.

人民调解法 17. A refusal is one of mediation itself (拒绝调解, 不愿到司法所调解, 组织调解，对方不同意), not
of an agreement, a proposal or a place of it, and not one that is denied, supposed or possible
(未拒绝调解, 如一方拒绝调解, 有权拒绝调解). What is said last counts: a settlement ends a refusal, and so
does both sides' or a later consent to mediation, or that of whoever alone refused it (拒绝调解，经做工作
愿意调解). All patterns have bounded gaps.
"""

import re

import pandas as pd

from warning.matching.outcomes import MOST, outcome_of
from warning.matching.standardise.wording import as_read, spelled_apart
from warning.settings import Settings

_END = "，。；：！？、,.;:!?\\s"
#: What may stand between a verb and the mediation that is its object.
_BETWEEN = (
    "(?:接受|参加|参与|进行|配合|继续|采取|申请|到场|前往|再次|再|任何|人民|现场|当场|当面|上门|行政|"
    "司法(?!所|局)|联合|诉前|治安|公安机关|公安|民警|警方|派出所|司法所|司法局|村委会|村委|村里|社区|居委会|街道|"
    "乡镇|镇政府|乡政府|人民调解委员会|调解委员会|调委会|综治中心|物业|工作人员|村干部|社区干部|网格员|调解员|"
    "市场监管所|市场监管局|消协|法院|人社局|第三方|对方|双方|他人|此次|本次|组织|主持|安排|的|了|其|由|与|和|跟|"
    "在|到|去|通过|以|就此事){0,6}"
)
#: Mediation itself, not what comes of it or who does it.
_MEDIATION = (
    "(?:调解|调处|调停)(?!方案|意见|结果|结论|协议|书|笔录|金额|数额|条件|内容|建议|员|"
    f"的(?:[{_END}]|后果|权利|情形|情况|话))"
)
_REFUSING = "拒绝|拒不|不同意|不愿意|不愿|不肯|不接受|不想|不打算|不配合|无意|放弃"
#: Who says that they want none: of others 不要调解 and 不需要调解 may be advice, or a question.
_WANTING_NONE = "(?:(?<!民警)(?:表示|称|说|坚持)|(?<!告知)(?:双方|当事人|[男女对一]方|报警人)均?)(?:不要|不需要)"
#: Somebody who wants another to mediate refuses none: 不同意现场调解，要求到司法所调解.
_ELSEWHERE = rf"(?![，,]?(?:但|而|只|并)?(?:要求|愿意|同意|希望|请求|申请)[^{_END}]{{0,10}}调解)"
_REFUSAL = re.compile(
    rf"(?:{_REFUSING}|{_WANTING_NONE}){_BETWEEN}{_MEDIATION}{_ELSEWHERE}"
    rf"|拒调(?![查取])"
    rf"|(?:无|没有|毫无){_BETWEEN}调解的?(?:意愿|意向|意思)"
    rf"|(?:要求|建议|提出|提议|征询|征求|询问|组织|通知|动员|劝|申请|请求)[^{_END}]{{0,10}}调解(?:意愿|意见|建议)?"
    rf"[，,]?(?:双方当事人|当事人|双方|一方|对方|其)?(?:但|却|明确|坚决|均|都|仍|当场|表示){{0,3}}"
    rf"(?:拒绝|不同意|不愿意|不愿|不接受)(?=[{_END}]|$)"
    rf"|调解(?:被|遭到?)(?:双方|一方|对方|当事人)?(?:拒绝|拒)"
)  # fmt: skip
#: Before a refusal: it is denied, supposed, or somebody's right.
_NOT_SAID = re.compile(
    rf"(?:(?:未|没有|没|并非|不是|不会|不能|不再|不得|不要|不应|否认|从不|不)(?:明确|当场|表示|任何人|一方|对方|"
    rf"当事人|双方|有人){{0,3}}"
    rf"|(?:有权|可以|可能|是否|能否|担心|防止|避免|以免)[^{_END}]{{0,6}}"
    rf"|(?:^|[{_END}]|告知|表示|称)(?:如果|如若|如(?!意|期|实)|假如|倘若|若|一旦)[^{_END}]{{0,12}})$"
)
#: Consent of both, or of whoever comes back on a refusal.
_CONSENT = re.compile(
    rf"(?:双方|各方|三方|均|都|后|又|现|最终|终于|改为|转而|重新)(?:(?![不未没拒如若是])[^{_END}]){{0,8}}?"
    rf"(?:同意|愿意|接受|自愿){_BETWEEN}{_MEDIATION}"
)
#: What behind the only refusal takes it back: 拒绝调解，经做工作愿意调解; 由拒绝调解转为同意. Not where
#: another is talked over (经对李某做工作), nor where somebody still refuses behind it.
_TURNED = re.compile(
    rf"(?<=调[解处停])(?:(?:转变?|变|改)为|到|[，,。；;]后?经(?:(?![对向给让])[^{_END}]){{0,10}}?"
    r"(?:做(?:通?思想)?工作|劝[说导解]|疏导|动员|说服|教育)(?:工作)?后?[，,]?(?:其|双方|均|都|也|已|最终|终于|表示|现){0,3})"
    rf"(?:同意|愿意|接受|自愿)(?:{_BETWEEN}{_MEDIATION}|(?=[{_END}]|$))"
    r"(?!.{0,30}(?:但|却|一方|对方|反悔|仍|拒|又不|不[愿肯]|不同意))"
)
#: What a wrapped line or a typed blank does not part.
_APART = spelled_apart(
    tuple(
        f"{verb}{mediation}" for verb in _REFUSING.split("|") for mediation in ("调解", "接受调解")
    )
)
#: Characters before a refusal in which a denial of it is looked for.
_BEFORE = 24


def refused_mediation(rows: pd.DataFrame, settings: Settings) -> frozenset[str]:
    """The cases in which the last word on mediation is a refusal.

    Of a petition the narrative is not read, for no document tells of it; how it ended is.

    Args:
        rows: case_id, narrative, outcome, as their source writes them, petition, settled (the fact);
            of each case the oldest first.
        settings: words of a settlement.
    """
    last: dict[str, bool] = {}
    columns = ("case_id", "narrative", "outcome", "petition", "settled")
    for case_id, narrative, outcome, petition, settled in zip(
        *(rows[name].tolist() for name in columns), strict=True
    ):
        parts = [outcome] if petition else [narrative, outcome]
        text = "。".join(part for part in parts if isinstance(part, str))
        is_refused = False if settled else is_refusal(text, settings)
        if is_refused is not None:
            last[str(case_id)] = is_refused
    return frozenset(case_id for case_id, is_refused in last.items() if is_refused)


def is_refusal(text: str, settings: Settings) -> bool | None:
    """Whether a text's last word on mediation is a refusal; None where it says nothing of it."""
    text = as_read(text[-MOST:], _APART)
    refusals = [
        found.start()
        for found in _REFUSAL.finditer(text)
        if not _NOT_SAID.search(text[max(0, found.start() - _BEFORE) : found.start()])
    ]
    consents = [found.start() for found in _CONSENT.finditer(text)]
    if not refusals:
        return False if consents else None
    if max(consents, default=-1) > refusals[-1]:
        return False
    if len(refusals) == 1 and _TURNED.search(text, refusals[0]):
        return False
    known = dict.fromkeys(settings.scoring.words.settled, "settled")
    return outcome_of(text, known) != "settled"
