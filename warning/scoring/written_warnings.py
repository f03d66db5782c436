"""Whether a text tells that a written warning (告诫书) was given, for violence in a family.

The words of ``warned`` in ``lexicons/risk_words.yaml`` are looked for, and of one that is a verb
with the paper (出具告诫书) both orders and what may stand between (出具了一份《家庭暴力告诫书》,
告诫书于当日送达). An act counts unless the clause denies it (未, 没有, 拒绝, 尚未), asks whether it
was (是否, 如), or asks for it, advises or plans it (要求, 申请, 建议, 可, 应当, 拟) and does not say
that it is done (已, 了). In doubt a text tells of none: the case is looked at once more.

What stands before an act is looked at for ``BEFORE`` characters, all repetitions are bounded: the
time is linear in the text.
"""

import re
from collections.abc import Iterable

#: Characters before an act in which what governs it is looked for.
BEFORE = 40
PAPER = "告诫书"

_END = "，。；：！？,.;:!?\\s"
_KINDS = "反家庭暴力|反家暴|家庭暴力|家暴"
#: Between a verb and the paper.
_BETWEEN = f'(?:了|过|的|一份|一张|书面|对方|男方|双方|其|{_KINDS}|[《〈“"]){{0,4}}'
#: Between the paper and a verb; a verb behind 后 is another event's.
_TOWARDS = f'[》〉”"]?[，,]?[^{_END}后]{{0,14}}?'
_HOW = (
    "(?:经|依法|依规|按规定|当场|现场|当即|当日|及时|立即|尽快|尽早|分别|再次|多次|正式|书面|予以|给予|"
    "直接|主动|再|也|均|都|先|并|且|同时){0,4}"
)
_WHOM = f"(?:(?:对(?!方)|[于向给为由就按让请因在到去找帮叫])[^{_END}后并]{{1,14}})?"
#: What may stand between an act and a word that governs it from near.
_HELPING = f"{_HOW}{_WHOM}{_HOW}{_WHOM}{_HOW}"
_POLICE = "民警|警察|辅警|警方|公安机关|公安局|公安|派出所|我所|本所|我局"

#: 应其要求, 经领导同意: why it was done, not that it is asked for.
_GROUNDS = re.compile(
    f"(?:应(?![当该予由])|按照|按|根据|依据|依|经)[^{_END}]{{0,8}}?"
    "(?:要求|请求|申请|同意|批准|研究|请示|询问|核实|核查|咨询)"
)
#: What the police asked or told before they did it, what somebody must not do, another order.
_ADMONISHED = re.compile(
    rf"(?:{_POLICE})[^{_END}]{{0,6}}(?:要求|建议|希望|责令|告知|请)[^{_END}]{{1,24}}?(?=[，,]|后|并|同时)|"
    rf"告知[^{_END}]{{1,24}}?(?=[，,]|并|同时)|申请人身(?:安全)?保护令|"
    f"(?:要求|责令|告知|警告|希望)[^{_END}]{{0,8}}(?:不得|不要|不准|不许|不再|停止|保证|冷静)"
    f"[^{_END}]{{0,16}}?(?=[，,]|后|并|同时)"
)
_DENIED = re.compile(
    r"(?:未(?![成婚遂来满必])|没(?!收)|不予|不给|不肯|不愿|不想|不同意|不符合|不具备|不属于|拒绝|拒不|"
    r"拒|放弃|暂缓|免予|撤销|取消|[均暂尚并今从]无|无(?:任何)?(?=出具|下达|送达)|"
    r"不(?:得|要|准|能|会|应|用|必|需要?|宜)?(?=HELPING$)|(?:无[需须法权]|难以)(?=HELPING$))"
    r"(?:(?![后已遂但而])[^END]){0,20}$".replace("HELPING", _HELPING).replace("END", _END)
)
_DOUBTED = re.compile(
    rf"(?:是否|有无|有没有|能否|可否|会否|能不能|可不可以|未见|未发现|没见|否认|如果|假如|倘若|一旦|"
    rf"如(?![期实下数约上今此同])|若(?!干))[^{_END}]{{0,20}}$"
)
_ASKED = re.compile(
    r"(?:(?:要求|请求|恳求|(?<!被)申请(?!人)|诉求|建议|希望|盼|期望|期待|想(?!不开)|打算|准备|计划|"
    r"考虑(?!到)|研究|(?<!模)拟(?!定)|请(?![示假客教])|提议|督促|敦促|催|协调|责成|争取|咨询|询问|"
    r"(?<![访慰询顾])问(?![题话询候])|如何|怎样|怎么|何时|为何|为什么|可以|应当|应该|必须|需要|承诺|答应|"
    r"下一步|下步|必要时|视情|适时|可能|才能|等待)[^END]{0,24}|"
    r"(?:将|(?<![主重])要|[需须会让]|(?<![反回适相])应|(?<![认许])可|(?<![接招对优])待(?:[^END]{1,12}后)?|"
    r"同意|后续|能|尽快)HELPING)$".replace("HELPING", _HELPING).replace("END", _END)
)
#: Already done: nothing of it is asked for any more.
_ALREADY = re.compile(f"已经?{_HELPING}$")
_DONE = re.compile("[了过]|已$")
#: Behind the act: what makes it a plan, a question or a failure.
_NOT_YET = re.compile(
    f'[》〉”"]?(?:[的之](?:申请|请求|要求|建议)|(?:申请|请求|要求|建议)(?=[{_END}书被未]|$)|'
    r"[的之]?(?:条件|流程|程序|手续|必要|规定|标准|可能)|前(?![夫妻往科])|之前|以前|未果|不成|失败|"
    rf"被拒|被驳回|未获|未予|未被|[吗么?？]|没有?(?=[{_END}]|$))"
)
#: Behind 告诫书已: what was done with it or became of it, and is not to give it.
_OTHERWISE = re.compile(
    f"经?(?:[向由被][^{_END}]{{1,8}}|被)?(?:申请|要求|请求|提出|咨询|研究|准备|上报|呈报|拟|起草|草拟|"
    "失效|无效|过期|到期|届满|超期|超过|终止|解除|取消|作废|失去效力|撤销|撤回|丢失|遗失)"
)


def acts_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds the words, each with ``act``: the verb, or the word as it is.

    Args:
        words: of :func:`warning.matching.standardise.wording.plain_words`.
    """
    forms, verbs = [], []
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        verb = re.sub(f"(?:了|过|{_KINDS})*$", "", word.removesuffix(PAPER))
        if not word.endswith(PAPER) or not verb:
            forms.append(re.escape(word))
            continue
        forms.append(f"{re.escape(verb)}{_BETWEEN}{PAPER}")
        if len(verb) > 1:
            verbs.append(re.escape(verb))
    act, behind = "|".join(forms) or "(?!)", "|".join(verbs) or "(?!)"
    return re.compile(f"(?=(?P<act>{act})|{PAPER}{_TOWARDS}(?P<behind>{behind}))")


def is_given(text: str, acts: re.Pattern[str]) -> bool:
    """Whether a text tells that a written warning was given.

    Args:
        text: as :func:`warning.matching.standardise.wording.as_read` gives it.
        acts: of :func:`acts_of`.

    >>> acts = acts_of(["出具告诫书"])
    >>> is_given("民警依法出具了告诫书", acts), is_given("要求民警出具告诫书", acts)
    (True, False)
    """
    return any(_is_told(text, found) for found in acts.finditer(text))


def _is_told(text: str, found: re.Match[str]) -> bool:
    """Whether nothing denies, doubts or asks for an act where it stands."""
    start, end = found.span(found.lastgroup or "act")
    act = text[start:end]
    if _NOT_YET.match(text, end) or (act.endswith("已") and _OTHERWISE.match(text, end)):
        return False
    *earlier, own = re.split("[，,。；;：:！？!?\\s]", text[max(0, start - BEFORE) : start])
    own = _ADMONISHED.sub("", _GROUNDS.sub("", own))
    if _DENIED.search(own) or _DOUBTED.search(own):
        return False
    if _ALREADY.search(own) or _DONE.search(act):
        return True
    if earlier and re.fullmatch(_HELPING, own):  # 要求处理，并出具告诫书
        own = _ADMONISHED.sub("", _GROUNDS.sub("", f"{earlier[-1]}，")).rstrip("，") + own
    return _ASKED.search(own) is None
