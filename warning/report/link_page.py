"""A link as a picture: its waterfall in words, and as one HTML file with the drawing in it."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warning.child_names import CHILD, called_in
from warning.children import (
    children_among,
    compared,
    grown_names,
    nameless_children,
    without,
    without_schools,
    young_names,
)
from warning.digits import hidden_address, without_houses
from warning.language import english, say
from warning.masking import (
    SureNames,
    bare_names,
    masked,
    people_named,
    summary,
    sure_names,
    without_people,
)
from warning.matching.standardise.lexicons import kin
from warning.matching.vocabulary import with_codes
from warning.matching.waterfall import Step, Waterfall
from warning.records import RECORD, record_ids_in
from warning.scoring.facts import record_facts
from warning.settings import Settings
from warning.victims import tell_refuge

#: Drawing in pixels: the bars' left edge and width, a row's height, the first row's top.
LEFT, WIDTH, ROW, TOP = 560, 330, 36, 34


def part_names() -> dict[str, str]:
    """What parts are called."""
    return {
        "prior": say("起点", "prior"), "id": say("证件号", "ID number"),
        "name": say("名称", "name"), "phone": say("电话", "phone"), "sex": say("性别", "sex"),
        "age": say("年龄", "age"),
        "place": say("地点", "place"), "county": say("县区", "county"),
        "kind": say("类别", "kind"), "counterpart": say("对方", "counterpart"),
        "occasion": say("同一时机", "occasion"),
        "household": say("同住一处", "household"), "trade": say("行业", "trade"),
        "form": say("组织形式", "legal form"), "registration": say("登记唯一", "registration"),
        "time": say("时间", "time"), "told": say("自述时间", "told time"), "people": say("涉及人", "people"),
        "text": say("文字", "text"), "channels": say("渠道", "channels"),
        "again": say("又、再次", "said again"), "source": say("来源所示", "source says"),
        "calibration": say("按判断校准", "calibration by verdicts"),
    }  # fmt: skip


def level_names() -> dict[str, str]:
    """What levels are called; a level that is not here is shown as it is."""
    return {
        "missing": say("缺", "missing"), "equal": say("相同", "equal"),
        "same": say("相同", "same"), "different": say("不同", "different"),
        "equal, unchecked": say("相同，未校验", "equal, unchecked"),
        "one slip": say("差一处", "one slip"), "mask fits": say("与遮掩相符", "mask fits"),
        "birth date equal": say("出生日期相同", "birth date equal"),
        "numbers differ": say("号码不同", "numbers differ"),
        "valid numbers differ": say("有效号码不同", "valid numbers differ"),
        "same sound": say("同音", "same sound"), "one character": say("差一字", "one character"),
        "mask length differs": say("遮掩字数不符", "mask length differs"),
        "one in the other": say("一处含另一处", "one in the other"),
        "same area": say("同一小区或村", "same area"),
        "registered name equal": say("登记名称相同", "registered name equal"),
        "stem equal": say("字号相同", "stem equal"), "same words": say("用词相同", "same words"),
        "one short for the other": say("简称", "one short for the other"),
        "same trade": say("同行业", "same trade"), "once": say("同县同业仅一家", "registered once"),
        "otherwise": "—", "close": say("相近", "close"),
        "one side": say("仅一处写明", "on one side only"),
        "same year": say("同一年", "same year"), "near": say("相近", "near"),
        **{f"within {hours} hour{'s' * (hours > 1)}": say(f"{hours} 小时内", f"within {hours} h")
           for hours in (1, 2, 4, 8, 12, 24)},
        "later": say("更久", "later"), "later, as told": say("更久，与自述时间相符", "later, as told"),
        "same hour": say("同一小时", "same hour"),
        "same day": say("同一天", "same day"), "other hour": say("不同小时", "other hour"),
        "other day": say("不同天", "other day"), "unknown": say("不详", "unknown"),
        "beyond the window": say("超出时间窗", "beyond the window"),
        "after the earlier report": say("在前一次报告之后", "after the earlier report"),
        "same town": say("同一乡镇", "same town"), "elsewhere": say("别处", "elsewhere"),
        "two or more": say("两个以上", "two or more"), "one": say("一个", "one"),
        "one of many records": say("一个，但记录众多", "one of many records"),
        "one, others opposite": say("一个，对方是别人", "one, others opposite"),
        "one of many records, others opposite": say(
            "一个，但记录众多，对方是别人", "one of many records, others opposite"),
        "an organisation, others opposite": say(
            "一个单位，对方是别人", "an organisation, others opposite"),
        "an organisation, claims of others": say(
            "一个单位，同一渠道中不同的人各自提出诉求", "an organisation, claims of others"),
        "only callers": say("没有，一份只有报警人", "none, one names its caller alone"),
        "none, nor a place": say("没有，也没有共同地点", "none, nor a place"),
        "others on both sides": say("没有，双方都是别人", "none, others on both sides"),
        "none": say("没有", "none"), "unnamed": say("未写明", "unnamed"),
        "same group": say("同一大类", "same group"),
        "nearly the same": say("几乎相同", "nearly the same"), "other": say("不同", "other"),
        "it was before": say("后一条写明前一次已报警或发生过", "the later tells of the earlier one"),
        "only the later says so": say("仅后一条写明", "only the later says so"),
        "duplicate": say("重复", "duplicate"), "related": say("关联", "related"),
        "nothing": say("无", "nothing"),
    }  # fmt: skip


@dataclass(frozen=True)
class Hiding:
    """How the values of two mentions are shown masked: made once for as many pairs as are shown.

    Children have no name and no school. Of two reports of which one tells of domestic violence
    neither narrative nor place is shown, whatever is compared, but the town; and of nobody a place
    that is called a refuge, nor what is told of it.

    Attributes:
        records, parties: those of the records that are compared.
        everyone: whom these records name.
        everybody: the names that are masked in every text.
        settings: the configuration.
    """

    records: pd.DataFrame
    parties: pd.DataFrame
    everyone: pd.DataFrame
    everybody: SureNames
    settings: Settings

    def of(self, kind: str, left: str, right: str) -> Callable[[str, str], str]:
        """What shows a part's value masked, by the part's name, for two mentions.

        Args:
            kind: of the link, or ``place``.
            left, right: keys of the two mentions.
        """
        own, people = _of(self.records, left, right), _of(self.parties, left, right)
        young = young_names(people, own)
        named = _of(self.everyone, left, right)["name"]
        nameless = len(nameless_children(people, own)) > 0
        texts = zip(own["narrative"], own["reported_at"], strict=True)
        grown = grown_names(people, own.assign(case_id="")).get("", {})
        called = called_in(
            named, children_among(named, young), texts, nameless=nameless, grown=grown
        )
        children = called.children
        known = young.union(compared(children).values())
        whom, everybody = bare_names(named), self.everybody
        at_refuge = any(tell_refuge(own["address"].dropna(), self.settings))
        coded, _ = with_codes(own, people, self.settings)
        violent = bool(record_facts(coded, self.settings)["domestic_violence"].any())

        def shown(name: str, value: str) -> str:
            if violent and name in ("text", "place"):
                return value and violence()
            if name == "text" and at_refuge:
                return not_shown()
            if name == "text" and kind == "incident":
                told = without(value, children, called=called)
                return without_houses(summary(told, whom, everybody))
            if name == "place" and tell_refuge([value], self.settings)[0]:
                return place_not_shown()
            if name == "name" and kind == "person":
                word, whose = _parted(value)
                if children_among([whose], known):
                    return word + CHILD
            told = hidden_value(kind, name, value, whom, everybody)
            with_child = bool(children) or called.nameless
            return without_schools(told) if name == "place" and with_child else told

        return shown


def hiding(
    keys: Iterable[str],
    records: pd.DataFrame,
    parties: pd.DataFrame,
    mentions: pd.DataFrame,
    settings: Settings,
) -> Hiding:
    """How mentions are shown masked.

    Args:
        keys: of all that will be shown.
        records, parties, mentions: that the store knows: whom the records name, and what of.
        settings: the configuration.
    """
    whole, everyone = list(keys), people_named(parties, mentions)
    return Hiding(
        _of(records, *whole), _of(parties, *whole), _of(everyone, *whole),
        sure_names(everyone["name"]), settings,
    )  # fmt: skip


def hidden(found: Waterfall, masks: Hiding) -> Waterfall:
    """The waterfall with names, numbers and the numbers of houses masked, in narratives, too.

    Args:
        found: as the evidence gives it.
        masks: of its two mentions, and others or not.
    """
    shown = masks.of(found.kind, found.left, found.right)
    steps = tuple(
        replace(one, left=shown(one.name, one.left), right=shown(one.name, one.right))
        for one in found.steps
    )
    return replace(found, steps=steps)


def _of(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """The rows of the records of these keys (``channel|record_id``, or a party's).

    Where a number holds a ``|``, of each record whose key it may be: what is masked for one too
    many hides nobody less.
    """
    records = [(key.partition("|")[0], one) for key in keys for one in record_ids_in(key)]
    return frame[pd.MultiIndex.from_frame(frame[RECORD]).isin(records)]


def violence() -> str:
    """What stands masked in place of what may tell where a victim of domestic violence is."""
    return say("（涉家庭暴力，经过不显示）", "(domestic violence: not shown)")


def not_shown() -> str:
    """What stands masked in place of a text, and does not tell why."""
    return say("（经过不显示）", "(narrative not shown)")


def place_not_shown() -> str:
    """What stands masked in place of a place that tells where somebody fled to."""
    return say("（地点不显示）", "(place not shown)")


def hidden_value(
    kind: str, name: str, value: str, whom: Sequence[str], everybody: SureNames
) -> str:
    """One value that was compared, masked by itself; see :class:`Hiding` for what its records say.

    Args:
        kind: of the link.
        name: of the part; ``town`` of a place's that tells a town or what is above.
        value: as it was compared.
        whom, everybody: as for :func:`warning.masking.summary`.
    """
    if name in ("id", "phone"):
        return _number(value)
    if name == "age":
        return value and value[:3] + "*"
    if name in ("place", "town"):
        return hidden_address(without_people(value, whom, everybody))
    if name == "name":
        return _name(value) if kind == "person" else without_people(value, whom, everybody)
    return value


def _name(value: str) -> str:
    word, whose = _parted(value)
    return word + masked(whose) if whose else ""


def _parted(value: str) -> tuple[str, str]:
    """Of what stands for the name of kin (丈夫:王丽) the word and the name; of a name no word."""
    word, sign, whose = value.partition(":")
    return (word + sign, whose) if word in kin() else ("", value)


def _number(value: str) -> str:
    """The ends alone: enough to see a slip there, too little to know the number."""
    return (
        value[:3] + "*" * max(0, len(value) - 5) + value[-2:] if len(value) > 6 else value and "*"
    )


def decision(found: Waterfall) -> str:
    """What was decided, in one sentence."""
    chance = f"{found.probability:.1%}"
    line = f"{found.threshold:g}"
    if found.verdict:
        return say(
            f"由人判断：{'相同' if found.verdict == 'same' else '不同'}（依据本身的概率 {chance}）",
            f"an analyst decided: {found.verdict} (probability {chance})",
        )
    if found.beyond is not None:
        hours, window = (f"{one:.1f}".removesuffix(".0") for one in found.beyond)
        told = say(f"两次报告相隔 {hours} 小时，超过 {window} 小时，不比较是否为同一事件：不关联"
                   f"（依据本身的概率 {chance}）",
                   f"reported {hours} h apart, more than {window} h: never compared as one incident, "
                   f"no link (probability of the evidence alone {chance})")  # fmt: skip
    elif found.is_link:
        told = say(f"概率 {chance}，达到阈值 {line}：关联",
                   f"probability {chance}, threshold {line}: a link")  # fmt: skip
    elif found.too_thin:
        told = say(f"概率 {chance} 已达阈值 {line}，但依据不足（单凭姓名或电话不关联）",
                   f"probability {chance} reaches {line}, but rests on too little "
                   "(a name or a phone alone never links)")  # fmt: skip
    else:
        told = say(f"概率 {chance}，低于阈值 {line}：不关联",
                   f"probability {chance}, below {line}: no link")  # fmt: skip
    if found.together != found.is_link:
        by = say("、", ", ").join(found.through)
        told += (
            say(f"；经由其他记录归为同一个（{by or '整体依据'}）",
                f"; one cluster through other mentions ({by or 'on average'})")
            if found.together
            else say("；因与同组其他记录矛盾而分开", "; kept apart by the rest of their clusters")
            if found.compared
            else say("；但没有分组规则把两者带到一起比较", "; but no blocking rule brought them together")
        )  # fmt: skip
    if found.resting:
        told += say(
            f"；曾由人判断：{'相同' if found.resting == 'same' else '不同'}，其后记录改指他人，该判断不再适用",
            f"; an analyst had decided: {found.resting}; a record names somebody else since, "
            "so that this no longer holds",
        )
    return told


def changes(found: Waterfall) -> list[str]:
    """What would have changed the decision, a sentence each."""
    names = part_names()
    lines = []
    if found.undo:
        parts = say("、", ", ").join(names.get(one, one) for one in found.undo)
        lines.append(say(f"缺少其中任一项即不关联：{parts}",
                         f"without any one of these it were no link: {parts}"))  # fmt: skip
    elif found.is_link:
        lines.append(say("缺少任何一项都仍然关联", "no single part's absence would undo it"))
    if found.needed:
        parts = say("；", "; ").join(
            f"{names.get(name, name)} → {chance:.1%}" for name, chance in found.needed
        )
        lines.append(say(f"若下列任一项相符即关联：{parts}",
                         f"any one of these, if it agreed, would make it a link: {parts}"))  # fmt: skip
    elif not found.is_link and found.kind != "incident":
        lines.append(say("没有哪一项单独足以使其关联", "no single part would make it a link"))
    return lines


def step_words(step: Step) -> tuple[str, str, str]:
    """Name, the two values (a line each), level, as they are shown."""
    name = part_names().get(step.name, step.name)
    values = f"{step.left or '—'}\n{step.right or '—'}" if step.left or step.right else ""
    if step.source:
        values = "\n".join(step.source)
    return name, values, level_names().get(step.level, step.level)


@dataclass(frozen=True)
class Bar:
    """One drawn row: texts and a bar from ``start`` for ``width`` pixels at ``top``.

    ``values`` and ``level`` may be of two lines.
    """

    name: str
    values: str
    level: str
    bits: str
    start: float
    width: float
    top: float
    colour: str
    total: bool


def bars(found: Waterfall) -> tuple[list[Bar], float]:
    """The drawing's rows and where the threshold stands, in pixels."""
    limit = math.log2(found.threshold / (1 - found.threshold))
    running, spans = found.prior, [(0.0, found.prior)]
    for step in found.steps:
        spans.append((running, running + step.bits))
        running += step.bits
    spans.append((0.0, found.weight))
    low = min(0.0, limit, *(min(span) for span in spans)) - 1
    high = max(0.0, limit, *(max(span) for span in spans)) + 1
    scale = WIDTH / (high - low)

    def at(bits: float) -> float:
        return LEFT + (bits - low) * scale

    words = [(part_names()["prior"], say("任取两处是同一个的可能", "any two at random"), "")]
    words += [step_words(step) for step in found.steps]
    words.append((say("合计", "weight"), f"{found.probability:.1%}", ""))
    drawn = []
    for number, ((name, values, level), (a, b)) in enumerate(zip(words, spans, strict=True)):
        ends = number in (0, len(words) - 1)
        colour = "#5b6b7f" if ends else "#2f7d5b" if b >= a else "#b4452f"
        lines = "\n".join(_cut(line, 38) for line in values.split("\n"))
        drawn.append(
            Bar(_cut(name, 16), lines, _folded(level, 24), f"{b - a:+.1f}",
                at(min(a, b)), max(1.5, abs(b - a) * scale), TOP + number * ROW, colour, ends)
        )  # fmt: skip
    return drawn, at(limit)


def link_page(found: Waterfall) -> str:
    """One HTML page with the drawing in it: no network, no script."""
    drawn, threshold = bars(found)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("link.html").render(
        say=say, lang="en" if english() else "zh-CN", found=found, bars=drawn,
        threshold=threshold, right=LEFT + WIDTH, row=ROW, height=TOP + len(drawn) * ROW + 14,
        lines=[decision(found), *changes(found)],
    )  # fmt: skip


def _cut(text: str, most: int) -> str:
    """The text, cut where it takes more room than ``most`` Latin letters, a Chinese one two."""
    room = 0
    for at, letter in enumerate(text):
        room += 2 if ord(letter) > 0x2E80 else 1
        if room > most:
            return text[: max(0, at - 1)] + "…"
    return text


def _folded(text: str, most: int) -> str:
    """The text in one line or two of ``most`` as :func:`_cut` measures, between words where it can."""
    head = _cut(text, most)
    if head == text:
        return text
    first = head[:-1].rpartition(" ")[0] or head[:-1]
    return f"{first}\n{_cut(text[len(first) :].lstrip(), most)}"
