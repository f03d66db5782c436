"""Texts that only withdraw what was reported before, or say that it is settled.

A text is read clause by clause. Each must say one of a few things and nothing else: that there was
an earlier complaint, that the matter is settled, that the complaint is withdrawn, thanks. A clause
that is none of these could tell of something new, and so does a word of ``new_by`` or of risk,
however it is written: in doubt the record is an incident. So it is where what is taken back may be
the very matter of the record (撤回报警, 撤回起诉) and nothing tells of an earlier one. All
repetitions are bounded.
"""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.standardise.wording import plain_words, run_together
from warning.settings.channels import SettledBefore
from warning.settings.risk_words import RiskWords

#: Characters of a text and of a clause beyond which neither only withdraws.
MOST, MOST_OF_CLAUSE = 200, 60
_CLAUSES = re.compile(r"[，,。.；;！!？?、：:\s]+")
_WHO = (
    "来电人|来访人|来电群众|来访群众|群众|市民|居民|业主|村民|住户|租户|消费者|诉求人|投诉人|举报人|反映人|"
    "求助人|报警人|报案人|信访人|当事人|申请人|申诉人|本人|双方|其|我|他|她|"
    "[\u4e00-\u9fff](?:某某|某|先生|女士|同志)"
)
_SAYS = "来电|致电|来访|来信|电话|告知|说明|反馈|表示|反映|称|说"
_WHEN = "现在|现|目前|今日|今天|今|当日|随后|于是|因此|故|遂|特此|特"
_LEAD = f"(?:{_WHO}|{_SAYS}|{_WHEN}){{0,6}}"
_ASKS = "自愿|主动|决定|愿意|同意|申请|要求|请求|希望|提出|办理|想要|想"
_BACK = "撤回|撤销|取消"
_SURELY = "(?:已经|已|均已|都已|得到|得以|获得)(?:经|全部|全额|妥善|圆满|顺利|彻底|及时|自行|协商|得到){0,3}"
_SOLVED_END = (
    "(?:了|完毕|完成|好|到位|成功)?(?:全部|相关|所有|拖欠)?"
    "(?:款项|欠款|费用|工资|货款|押金|租金|损失|供水|供电|供暖|正常|事宜|问题|协议)?(?:了)?"
)
_THING = "(?:的?(?:事项|问题|工单|件|单|请求|申请|内容)){0,2}了?"
#: Whose record is the matter itself, so that taking it back may be how that very matter ended.
_AT_HAND = re.compile("报警|报案|求助|警情|起诉|诉讼|申诉|信访|上访|撤案|销案")
_SOMEBODY = (
    "人|者|员|商家|店家|厂家|老板|房东|租客|租户|住户|业主|邻居|司机|保安|群众|市民|居民|村民|学生|"
    "男子|女子|对方|丈夫|妻子|老公|老婆|前夫|前妻|男友|女友"
)
#: Words of risk that tell of nothing new: a settlement, a written warning, who is whose.
_NO_DEEDS = ("negations", "between", "ignore", "warned", "settled", "partners", "family",
             "couples", "strangers")  # fmt: skip
#: What was complained of; 投诉后… tells what came of it, unless 已, 现, 经.
_DESCRIBED = "(?:(?!后[^已现均经得]).){0,30}"
_COURTESY = re.compile(
    f"{_LEAD}(?:(?:对[^，。]{{0,10}})?(?:表示)?(?:非常|十分|衷心)?(?:感谢|致谢|满意|认可)[^，。]{{0,8}}|谢谢"
    "|(?:请|请予|请求|希望)?(?:予以)?(?:办结|销单|结案|备案|知悉)(?:处理)?|特此(?:说明|告知)"
    "|(?:双方)?(?:已|再)?无(?:其他|其它|任何)?(?:诉求|争议|异议|要求|纠纷|意见))?"
)


def only_settles_before(narratives: pd.Series, words: SettledBefore) -> npt.NDArray[np.bool_]:
    """Which texts say that an earlier complaint is settled or withdrawn, and nothing else.

    Args:
        narratives: text, missing where there is none.
        words: what tells; of none, no text does.
    """
    reader = _Reader(words)
    result = np.zeros(len(narratives), np.bool_)
    short = narratives.str.len() <= MOST
    asked = np.flatnonzero(short & narratives.str.contains(reader.candidates).fillna(value=False))
    result[asked] = [reader.only_settles(text) for text in narratives.iloc[asked]]
    return result


def deeds(risk: RiskWords) -> tuple[str, ...]:
    """The words of risk that tell of what somebody did or suffered."""
    return tuple(word for group, words in risk if group not in _NO_DEEDS for word in words)


class _Reader:
    """The statements that are known, as patterns of whole clauses."""

    def __init__(self, words: SettledBefore) -> None:
        complaint, before = _any_of(words.complaints), _any_of(words.before)
        gone, solved = _any_of(words.withdrawn_by), _any_of(words.settled_by)
        earlier = f"(?:(?<!因)(?:{before})|原(?={complaint}))"
        settled = f"(?:{_SURELY}(?:{solved})|双方(?:自行)?(?:{solved})|(?:{solved})(?:了|完毕))"
        self.candidates = f"{before}|原(?:{complaint})|{gone}|{_BACK}|不再|作废"
        self.new = re.compile(_any_of(plain_words((*words.new_by, *deeds(words.risk)))))
        self.not_new = re.compile(_any_of(plain_words(words.not_new_by)))
        self.before = re.compile(earlier)
        # 投诉的商家堵门 tells what somebody did, 投诉的商家已退款 how the matter ended.
        theirs = f"(?!过?的.{{0,8}}(?:{_SOMEBODY})(?!{settled}))"
        self.earlier = re.compile(
            f"{_LEAD}(?:就|对|关于)?{earlier}{_DESCRIBED}(?:{complaint}){theirs}{_DESCRIBED}|"
            f"{_LEAD}原(?:{complaint}){_DESCRIBED}"
        )
        self.settled = re.compile(f".{{0,40}}{settled}{_SOLVED_END}")
        reason = f"(?:(?:因|由于|鉴于)?[^因]{{0,12}}{settled}{_SOLVED_END})?"
        ask = f"(?:{_ASKS}|予以|已经|已|将|现|自愿){{0,4}}"
        which = f"(?:{earlier}|其|该|此|此次|本次|这次|上述|自己的?){{0,2}}"
        what = f"{which}(?:(?:对|关于).{{1,14}}的)?(?:{complaint}){_THING}"
        self.withdrawn = re.compile(
            f"{_LEAD}{reason}{_LEAD}{ask}(?:(?:{_BACK})了?{what}|(?:{gone})(?:了|申请|处理)?|"
            f"不再(?:(?:{complaint}).{{0,4}}|追究)|(?:对|将)?{what}(?:已|现)?(?:作废|{_BACK}))"
        )
        # 当事人撤诉 and 不再追究 may be how the very matter of this record ended.
        self.own = re.compile(
            f"(?<!{')(?<!'.join(_ASKS.split('|'))})(?:{gone})(?:了|处理)?$|不再追究"
        )

    def only_settles(self, text: str) -> bool:
        """Whether each clause is one of the statements, and one of them ends an earlier matter."""
        known = ended = False
        if self.new.search(self.not_new.sub("，", run_together(text))):
            return False
        at_hand = _AT_HAND.search(text) is not None
        for clause in filter(None, _CLAUSES.split(text)):
            if len(clause) > MOST_OF_CLAUSE:
                return False
            earlier = self.earlier.fullmatch(clause) is not None
            withdrawn = self.withdrawn.fullmatch(clause) is not None
            settled = self.settled.fullmatch(clause) is not None
            if not (earlier or withdrawn or settled or _COURTESY.fullmatch(clause)):
                return False
            known = known or earlier
            own = at_hand or self.own.search(clause) is not None
            ended |= withdrawn and (known or not own or self.before.search(clause) is not None)
            ended |= settled and known
        return ended


def _any_of(words: Iterable[str]) -> str:
    """A pattern of these words, the longest first; of none, nothing matches."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"
