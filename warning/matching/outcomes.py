"""What became of a quarrel, by the words in which it is written: 双方未就赔偿达成协议 is unsettled.

The words of ``channels.yaml`` are looked for in the text, and the forms that no list holds beside
them (达成书面协议, 调解多次仍未果, 协议未能达成, 又发生冲突). A word that is denied or refused
(未能…, 不予…, 拒绝…) says the opposite of a settlement and nothing of anything else; a word of what
is asked, planned or supposed (建议…, 如…, 待…) says nothing. Of what is left the last settlement,
failure or withdrawal decides; without one a penalty, then what is done with the matter.

All patterns have bounded gaps, what stands before a word is looked at for ``BEFORE`` characters,
and only the last ``MOST`` characters of a text are read.
"""

import re
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from warning.matching.standardise.wording import as_read, plain_codes, run_together, spelled_apart

#: Characters before a word in which a denial of it is looked for.
BEFORE = 24
#: Characters of a text that are read, from its end: there stands how it ended.
MOST = 2_000
#: Codes of which the last one in the text decides.
DECIDED = ("settled", "unsettled", "withdrawn")
#: The others, the most telling first; the last of one kind is as good as the first.
OTHERWISE = ("penalised", "transferred", "closed", "mediated", "accepted")
#: What a code says when it is denied or refused; nothing where it stands in neither.
DENIED = {"settled": "unsettled", "closed": "accepted"}
REFUSED = DENIED | {"mediated": "unsettled"}

_END = "，。；：！？、,.;:!?\\s"
_NO = "没有|没能|没法|没|未能|未曾|未予|未得|未有|未经|未获|未|尚无"
_HARDLY = "无法|未能|没能|没法|不能|不可能|难以|很难|无意|未促成|没促成|未使|未说服|否认"
#: Denials that a blank or line break does not part from what they deny.
_LEADS_ON = "没有|没能|没法|未能|未曾|未予|未经|未|尚无|无法|不能|难以|不予"
_REFUSING = (
    "拒绝|拒不|不愿意|不愿|不肯|不想|不同意|不接受|不认可|不配合|不服|不赞成|不打算|不准备|"
    "无意愿|放弃(?!追究)|不属于|不属|不符合|不在|不宜|不适用|不具备"
)
_NEEDLESS = "无需|无须|毋需|毋须|不需要|不需|不必|不用|不要求|免予|免于|免除|撤销|暂缓|不存在|不再"
#: What may stand between a denial and its word: no verb of another event.
_HELPING = (
    "能够|能|曾|予以|给予|予|再次|再|进行|有|得到|得以|经过|经|当场|现场|及时|最终|完全|一次|立即|"
    "如期|按期|双方|当事人|任何|成功|参加|接受|同意|继续|申请|提出|选择|采取|通过|受到|被|作出|作|做|"
    "行政|治安|刑事|达到|构成|实施|执行|促成|形成|取得|达成|人|太|很|顺利|实际|彻底|全部|全面|正式|真正|是|到位|出"
)
_TOWARDS = "就|对|在|与|和|跟|因|由|于|将|按照|按|向|使|让|依"
#: Here another event begins, so that a denial reaches no further.
_TURN = "后|已|并|即|遂|故|被|但|而|又|经调|现(?!场)|依法|自行|自愿|最终|均"

_DENYING = re.compile(
    rf"(?P<denied>(?:{_NO}|(?<![得能])不(?!得不)|(?<![^{_END}均都也])无)"
    rf"(?:{_HELPING})*(?:(?:{_TOWARDS})[^{_END}]{{1,14}}?)?(?:{_HELPING})*)$"
)
_REACHING = re.compile(
    rf"(?:(?P<hard>{_HARDLY})|(?P<refused>{_REFUSING})|(?P<needless>{_NEEDLESS}))"
    rf"(?P<gap>(?:(?!{_TURN})[^{_END}]){{0,12}})$"
)
#: What is asked, planned or supposed.
_SUPPOSED = re.compile(
    rf"(?:如果|如若|假如|(?<!例)如(?![期实下数约上今])|倘若|若(?!干)|一旦|建议|希望|争取|力争|引导|"
    rf"劝其|请求|期待|尽快|等待|(?<![接招对优善等期])待|(?<!模)拟|是否|能否|可否|可以(?!看)|"
    rf"(?<![按据应依])要求|想要|准备|打算|逾期|否则|不得(?!不)|避免|告知|促进)"
    rf"(?:(?!后|已|并|即|下|终)[^{_END}]){{0,10}}$"
)
_NOT_YET = re.compile("(?:之前|以前|前(?!提)|的?(?:可能|意愿|意向|条件|方案|希望)|率)")

_AGREED = "协议书|协议|一致|共识|谅解|和解|调解(?!意向|意愿|方案|小组)"
_TALK = "调解|调处|协商|沟通|谈判|商谈|劝解|劝说|劝导|化解|和解|做工作|工作|协调|处理|调停|规劝|疏导|协议"
_FAILING = (
    "未果|无果|无效|失败|不成功|不成|未成功|未成(?!年)|没成功|没成(?!年)|破裂|不了|不下来|不好|"
    "终止|中止|无法进行|无法继续|陷入僵局|没有结果|未有结果|无结果|作废|没有成功|未能成功|未达成|没达成|没有达成|未能达成|无法达成"
)
#: Behind what is not yet fulfilled: when it will be (未履行部分于月底前付清).
_LATER = "于|在|由|按|将|约定|分期|自|另"
#: Forms beside the words of the settings, with what each says.
_FORMS = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (rf"(?:达成|签订|签署|签了|签下)(?:(?!未|没|不|无)[^{_END}]){{0,8}}?(?:{_AGREED})", "settled"),
        (r"(?:协议|一致|共识|和解)(?:已经|已|最终|终于|终|顺利|当场)?达成", "settled"),
        (r"和解(?![决释答除读散聘约雇放体救封冻压])", "settled"),
        (r"(?:协商|沟通|商量)一致", "settled"),
        # 双方自行协商解决 tells what they did; 由, 告知, 同意 and 协商不成 beside it, what they are to do.
        (rf"(?<![^{_END}])双方(?:均|都|已|已经|当场|现场|私下)?自行协商解决(?=[{_END}]|$)(?!.{{0,4}}(?:不成|未果))",
         "settled"),
        (r"协商解决(?:完毕|了)|(?:已|已经)(?:自行|私下)?协商解决", "settled"),
        (r"握手言和|言归于好|重归于好|和好如初|已和好", "settled"),
        (r"(?:取得|获得|得到|互相|相互|表示|予以|达成)(?:了|对方|互相|相互)?谅解", "settled"),
        (rf"(?:已|已经)[^{_END}]{{0,4}}(?:化解|解决|调解好)(?!中)", "settled"),
        (r"(?:化解|调解)(?:完毕|到位)|成功(?:化解|调解)|得到(?:妥善|圆满)?(?:化解|解决)", "settled"),
        (r"(?:已|已经)(?:全部|全额)?履行|履行完毕", "settled"),
        (r"达不成|达成不了|谈不拢|谈不成|谈崩|调不成|调不下来|调解?不了", "unsettled"),
        (rf"(?:{_TALK})[^{_END}]{{0,8}}[，,]?(?:均|仍|都|始终|一直|但|最终)?(?:{_FAILING})", "unsettled"),
        (r"(?:未能|没能|没有|未|没)(?:调解?|谈)(?:好|成|妥|通|拢|下来)", "unsettled"),
        (r"(?:终止|中止)(?:了)?(?:人民|现场)?调解", "unsettled"),
        (r"反悔|翻悔|变卦|不认账|毁约|拒绝签字|拒签|不签字|不愿签字|未签字|拒不签字", "unsettled"),
        (r"(?:未|没有|没|拒不|拒绝|不|未能|不愿|不肯)(?:按[^，。；]{1,8}?|再|实际|全部|完全|如期)?(?:履行|兑现|执行协议)"
         rf"(?!的?部分(?:款项?)?(?:{_LATER}))",
         "unsettled"),
        (r"(?:分歧|差距|悬殊|争议)(?:较大|过大|很大|太大|巨大)", "unsettled"),
        (r"各执一词|各执己见|互不相让|互不让步|不欢而散|僵持不下", "unsettled"),
        (rf"(?:拒绝|拒不|不愿意|不愿|不肯|不同意|不接受|不认可)(?=了?(?:[{_END}]|$))", "unsettled"),
        (r"(?:拒绝|拒不|不愿意|不愿|不肯|不同意)[^，。；]{0,4}(?:赔偿|赔付|和解|协商|道歉)(?!的部分)", "unsettled"),
        (r"(?:未能|没能|没有|未|没)(?:自行)?协商解决", "unsettled"),
        (rf"(?:又|再次|再度|再起)[^{_END}]{{0,4}}?(?:争吵|争执|吵|打|动手|闹|冲突|纠缠|起诉|纠纷)", "unsettled"),
        # What says something only where it is denied: 矛盾未能化解, 问题尚未解决.
        (r"化解|解决|协议|一致|共识|谈拢|谈妥|谈成|调成|谅解|妥协|让步", ""),
    )
)  # fmt: skip
_NO_LONGER = re.compile("(?:不|未|没有|没|不会)再?$")
#: Before 争议较大 and 再次起诉, not before 调解未果, which 拒绝 and 放弃 bring about.
_NONE_OF_IT = re.compile(
    f"(?:(?:无|不存在)(?=分歧|差距|悬殊|争议)|(?:拒绝|放弃(?:对[^{_END}]{{1,6}})?)(?=又|再))"
)
#: 是否达成协议：否, as a form prints it.
_TICKED = re.compile(r"是否([^：:，。；]{1,12})[：:]\s*(是|否|有|无|已|未)")


class _Said(NamedTuple):
    """A word or form in a text; ``code`` is empty where it says something only if denied."""

    start: int
    end: int
    code: str


def outcome_of(text: str, words: dict[str, str]) -> str | None:
    """The code of an outcome as a channel writes it.

    Args:
        text: a word (办结) or a sentence (经三次调解未果，移交司法所).
        words: known words and their codes; one that is the whole text is believed, whatever it says.

    Returns:
        One of ``OUTCOMES``; None where nothing is said.
    """
    if text in words:
        return words[text]
    words = _plain(tuple(words.items()))
    whole = run_together(text)
    if whole in words:
        return words[whole]
    text = as_read(text[-MOST:], spelled_apart(tuple(words), _LEADS_ON))
    text = _TICKED.sub(lambda m: ("已" if m[2] in "是有已" else "未") + m[1], text)
    tokens = _tokens(text, words)
    meant = (_meant(text, said, tokens[:number]) for number, said in enumerate(tokens))
    found = [code for code in meant if code is not None]
    decided = [code for code in found if code in DECIDED]
    if decided:
        return decided[-1]
    return next((code for code in OTHERWISE if code in found), None)


@lru_cache(maxsize=64)
def _plain(words: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return plain_codes(dict(words))


def _tokens(text: str, words: dict[str, str]) -> list[_Said]:
    """What stands in the text, in its order; of two in one place the longer, else the word given."""
    found = [_Said(m.start(), m.end(1), words[m[1]]) for m in _any_of(tuple(words)).finditer(text)]
    for pattern, code in _FORMS:
        found += [_Said(m.start(), m.end(), code) for m in pattern.finditer(text)]
    kept: list[_Said] = []
    for said in sorted(found, key=lambda said: (said.start, -said.end)):
        if not kept or said.end > kept[-1].end:
            kept.append(said)
    return kept


@lru_cache(maxsize=64)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """At each place the longest of the words of two characters and more."""
    long = sorted((word for word in words if len(word) > 1), key=lambda w: (-len(w), w))
    return re.compile(f"(?=({'|'.join(map(re.escape, long)) or '(?!)'}))")


def _meant(text: str, said: _Said, earlier: list[_Said]) -> str | None:
    """What a word says where it stands, behind ``earlier`` ones; None: nothing."""
    before = text[max(0, said.start - BEFORE) : said.start]
    if said.code == "unsettled":
        doubtful = _SUPPOSED.search(before) or _NO_LONGER.search(before)
        none = any(
            other.end() == said.start
            for other in _NONE_OF_IT.finditer(text, max(0, said.start - BEFORE), said.end)
        )
        return None if doubtful or none else "unsettled"
    near = takewhile(lambda other: other.end > said.start - BEFORE, reversed(earlier))
    ends = [other.end for other in near if other.end <= said.start and not _part_of(other, said)]
    denied = _denied(text[max([said.start - BEFORE, 0, *ends]) : said.start], said.code)
    if denied is not None:
        return denied or None
    if _NOT_YET.match(text, said.end) and said.code != "accepted":
        return None
    if said.code not in ("withdrawn", "accepted") and _SUPPOSED.search(before):
        return None
    return said.code or None


def _denied(before: str, code: str) -> str | None:
    """What a word of this code says behind a denial ("": nothing); None where there is none."""
    code = code or "settled"
    reaching = _REACHING.search(before)
    if reaching is not None and reaching["needless"]:
        return ""
    if reaching is not None and not (reaching["refused"] and code == "penalised"):
        return REFUSED.get(code, "")
    denying = _DENYING.search(before)
    if denying is None:
        return None
    refused = denying["denied"].startswith(("不", "无"))
    return (REFUSED if refused else DENIED).get(code, "")


def _part_of(mediation: _Said, said: _Said) -> bool:
    """Whether a mediation is the way to what follows: 未能(调解)达成协议."""
    way = mediation.code in ("mediated", "")
    return way and said.code in ("settled", "") and said.start - mediation.end <= 1
