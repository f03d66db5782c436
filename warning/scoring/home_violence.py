"""Whether a text tells of violence in a family or between partners, whatever its category.

What is looked for are words of ``lexicons/risk_words.yaml`` in the orders in which reports tell it:
whom somebody suffered from (被其丈夫酒后殴打, 遭老公毒打), who did it (老公又动手打人, 丈夫把我打了, 儿子打母亲),
and a quarrel of a couple that came to blows (夫妻打架, 与丈夫争吵，被打伤). Of a partner it is enough that
they did it; of others in the family it must be told to whom, for a son's brawl is none of it.

It does not count where it is denied (没有打她, 否认被丈夫打), where a stranger is whom they hit or
whose family it is (邻居的丈夫, 与邻居争吵，被其儿子打), nor 打 that is no blow (打电话). It is sought over every
blank and line break, as all that protects somebody. Around each word at most ``AROUND`` characters
are read: the time is linear in the text.
"""

import re
from functools import lru_cache

from warning.matching.standardise.wording import either, plain_words
from warning.settings.risk_words import RiskWords

#: Characters before and behind a word that are looked at.
AROUND = 40

_END = "。；;！!？?"
_STOP = f"，,、：:（）() {_END}"
_LAST_END = re.compile(f"^.*[{_END}]", re.DOTALL)
_FIRST_END = re.compile(f"[{_END}]")
#: 打 that is a blow: by what follows it, and not 打了个电话.
_HIT = (
    "打(?!了?[一两几三个多次通场]{0,3}(?:电话|官司|牌|麻将|工|招呼|针|球|游戏|[欠借收白]条|报警(?!人)|车|款|钱))"
    "(?=[了她他我其得伤死倒成骂人过妻老媳孩儿女父母爸妈哥姐弟妹哭晕至致到自报耳嘴脸头肿出破，。；、]|一[顿巴耳拳]|$)"
)
_OWN = (
    "(?:(?:自己|本人|报警人|[其她他我])的?|现任|(?:同居|分居)的?|(?:酒后|醉酒|喝醉酒?|喝了酒)的?|"
    "亲生?|[大小二三老])"
)
_NOT = (
    "没|未(?![婚成])|否认|不(?:是|打|动手|再|会|敢|曾)|并非|无(?![故端理缘辜业])|(?:语言|冷|软|网络)暴力|"
    "[一二两]起被|一同被"
)
_DENIED = re.compile(
    f"(?:否认|是否|有无|并非|不是|不属于|不存在|没|无(?![故端理缘辜业由])|未(?![婚成])|如果|假如|以免|防止)[^{_STOP}]{{0,4}}$"
)
_WITH = "(?:[与跟]|(?<![缓调温])和(?![解好平睦]))"
_SUFFERS = re.compile(f"(?:被|遭到?|遭受|受到?|挨)(?P<own>{_OWN}{{0,3}})$")
_TOGETHER = re.compile(f"(?:{_WITH}|同){_OWN}{{0,3}}$")
_BY_COUPLE = re.compile(f"(?:{_WITH}|[同被遭对])[^{_STOP}]{{0,6}}$")
_WHOSE = re.compile("[其她他]")
#: What may stand before a relative who is of the one who tells.
_OWN_FAMILY = re.compile(
    f"(?:^|[{_STOP}称诉说映道是因其我她他己亲大小二三养继时后日又现名位人]|(?:自己|我|她|他|报警人)的)$"
)
_THREATENS = "扬言|威胁|恐吓|声称|要打"
_QUARREL = "吵|争|口角|矛盾|纠纷|冲突|琐事|离婚"


class HomeViolence:
    """What tells of violence in a family, by the words of a configuration.

    >>> reader = HomeViolence(RiskWords.packaged())
    >>> [reader.is_told(text) for text in ("被丈夫酒后殴打", "丈夫打电话报警", "没有被丈夫打")]
    [True, False, False]
    """

    def __init__(self, words: RiskWords) -> None:
        def of(written: tuple[str, ...]) -> str:
            return either(plain_words(written))

        partner, strangers = of(words.partners), of(words.strangers)
        relative = of((*words.partners, *words.family))
        hit = f"(?:{of(words.blows)}|{_HIT})(?![^{_STOP}]{{0,6}}?(?:{strangers}|对方))"
        gap = f"(?:(?!{_NOT}|{strangers})[^{_STOP}被遭])"
        deed = f"(?!的)(?:(?!{_WITH}){gap}){{0,12}}?"
        whom = f"(?:[她他我其]|自己|本人|报警人|老人|孩子|{relative})(?!的?(?:{strangers}))"
        self.blow = re.compile(either([*plain_words((*words.blows, *words.brawls)), "打"]))
        self.words = re.compile(of((*words.partners, *words.family, *words.couples)))
        self.couple = re.compile(of(words.couples))
        self.partner = re.compile(partner)
        self.suffered = re.compile(f"(?!的){gap}{{0,12}}?(?!打人){hit}")
        self.hits = re.compile(f"{deed}{hit}")
        mild = f"(?!的)(?:(?!{_WITH}|{_THREATENS}){gap}){{0,12}}?"
        self.hits_whom = re.compile(
            f"{mild}(?:[把将对]{_OWN}?{whom}{mild}{hit}|{hit}(?:(?!{_WITH}){gap}){{0,4}}?{whom})"
        )
        away = f"(?:(?!{_NOT}|{strangers}|{_WITH}|[一共]同|一起)[^{_END}])"
        blow = (
            f"(?:[被遭][到受]?{_OWN}?(?:对方|[男女]方|{relative})?|(?:对方|[男女][方的]|{partner}))"
            f"(?:(?!{_NOT}|{strangers})[^{_STOP}]){{0,8}}?{hit}"
        )
        self.came_to_blows = re.compile(
            f"(?!的){away}{{0,16}}?(?:{of(words.brawls)}|(?:{_QUARREL}){away}{{0,16}}?{blow})"
        )
        told_by = "(?!报|称|反映|来电|举报|听|求助|致电|说|接|到|赶|劝|拉|发现)"
        self.others = re.compile(
            f"(?:{strangers}|对方){told_by}|{_WITH}(?!{_OWN}{{0,3}}(?:{relative}|孩子))"
        )
        self.theirs = re.compile(f"(?:{strangers}|对方|某)家?的?{_OWN}?$")

    def is_told(self, text: str) -> bool:
        """Whether a text tells of it.

        Args:
            text: as :func:`warning.matching.standardise.wording.as_read` gives it, without blanks.
        """
        if self.blow.search(text) is None:
            return False
        return any(self._holds(text, found) for found in self.words.finditer(text))

    def names_partners(self, text: str) -> bool:
        """Whether a text names a partner or a couple, whatever they did."""
        return any(one.search(text) is not None for one in (self.partner, self.couple))

    def _holds(self, text: str, found: re.Match[str]) -> bool:
        """Whether it is told beside a word for somebody of a family."""
        start, end = found.span()
        before = _LAST_END.sub("", text[max(0, start - AROUND) : start])
        behind = _FIRST_END.split(text[end : end + AROUND], maxsplit=1)[0]
        if self.couple.fullmatch(found[0]):
            passed = _BY_COUPLE.search(before) or _DENIED.search(before)
            return not passed and self._came_to_blows(behind)
        suffers = _SUFFERS.search(before)
        if suffers is not None:
            earlier = before[: suffers.start()]
            if _DENIED.search(earlier) or self.suffered.match(behind) is None:
                return False
            return not (_WHOSE.search(suffers["own"]) and self.others.search(earlier))
        is_partner = self.partner.fullmatch(found[0]) is not None
        together = _TOGETHER.search(before)
        if together is not None:
            denied = _DENIED.search(before[: together.start()])
            return is_partner and not denied and self._came_to_blows(behind)
        if _DENIED.search(before) or self.theirs.search(before) or self.others.search(before):
            return False
        if is_partner:
            return self.hits.match(behind) is not None
        return bool(_OWN_FAMILY.search(before)) and self.hits_whom.match(behind) is not None

    def _came_to_blows(self, behind: str) -> bool:
        """Whether a couple did, by what stands behind them."""
        return self.came_to_blows.match(behind) is not None


@lru_cache(maxsize=8)
def home_violence(words: RiskWords) -> HomeViolence:
    """The reader of these words, made once."""
    return HomeViolence(words)
