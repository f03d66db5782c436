"""Letters and plans as Word documents, after GB/T 9704-2012 信函格式.

The form is a template's (``config/templates/*.docx``, which an office may edit in Word); here is
only what stands in it. No seal is drawn. The same input gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from warning.escalation.case_file import CaseFile, facts, grade, refusal, timeline
from warning.escalation.deadlines import day
from warning.escalation.recipients import is_unplaced
from warning.escalation.templates import (
    Names,
    Template,
    Value,
    clean,
    read_template,
    with_rows,
    with_text,
)
from warning.escalation.undated import UNKNOWN_DAY

DRAFT = "草稿·待签发"
BLANK = "＿＿＿＿＿＿＿＿"
#: A masthead of more characters is narrowed so that it stays on its line.
MASTHEAD_CHARACTERS = 12
TIMELINE = {"timeline": frozenset({"time", "channel", "category", "summary"})}
LETTER = Names(
    texts=frozenset({"masthead", "mark", "number", "title", "recipient", "pattern", "grounds",
                     "sender", "date"}),
    lists=frozenset({"facts", "asks", "copies"}),
    tables=TIMELINE | {"reply": frozenset({"item", "content"})},
)  # fmt: skip
PLAN = Names(
    texts=frozenset({"masthead", "mark", "number", "title", "pattern", "grounds", "sender", "date",
                     "will", "safety_note", "closing", "visits"}),
    lists=frozenset({"facts", "members", "safety_heading", "safety"}),
    tables=TIMELINE
    | {
        "steps": frozenset({"step", "due", "post"}),
        "measures": frozenset({"measure", "reason", "post"}),
        "posts": frozenset({"level", "name", "contact"}),
    },
)  # fmt: skip
NO_JUDGEMENT = "所指为尚未化解的矛盾，不是对任何人的评价。"
#: What is asked where a child is among the people, and by which law.
CHILDREN = "涉未成年人：依法落实强制报告，由专人办理，不得泄露其身份"
CHILDREN_LAW = "未成年人保护法第十一条"
#: What is asked first where no county is known that could be asked.
UNPLACED = "本件属地不明（或不在本市）"
PLACING = "请先核定属地，再按属地办理"
#: Who verifies where a plan of before does not say it, lowest first.
LEVELS = ("村级", "乡级", "县级")
COUNTS = "〇一两三四五六七八九"


def template_of(name: str, path: Path | None) -> Template:
    """The template ``letter`` or ``plan`` in the file ``path``; None is the packaged one.

    Raises:
        SettingsError: the file is no template.
    """
    if path is None:
        path = Path(str(resources.files("warning") / "config" / "templates" / f"{name}.docx"))
    changed = path.stat().st_mtime if path.exists() else 0.0
    return read_template(path, LETTER if name == "letter" else PLAN, changed)


def letter_document(
    letter: Mapping[str, Any],
    case_file: CaseFile,
    template: Path | None = None,
    others: Sequence[CaseFile] = (),
) -> bytes:
    """A letter: masthead, number, title, recipient, facts, pattern, grounds, asks, reply form.

    Args:
        letter: a row of ``letters``; ``dated`` is the day of its approval, where it was approved.
        case_file: the case it speaks of.
        template: an office's own template; None is the packaged one.
        others: the further cases of a letter that carries several.
    """
    content = letter["content"]
    files = (case_file, *others)
    violent = any(file.is_domestic_violence for file in files)
    number = letter.get("number")
    copies = list(content.get("copies", ()))
    what = (
        f"关于{case_file.county_name}{len(files)}起矛盾的{letter['kind']}"
        if others
        else (f"关于{case_file.county_name}一起{case_file.category_name}矛盾的{letter['kind']}")
    )
    values: dict[str, Value] = {
        **_frame(str(content.get("masthead", letter["sender"])), str(letter["sender"])),
        "mark": "" if _is_signed(letter) else DRAFT,
        "number": number if isinstance(number, str) else "",
        "title": what,
        "recipient": str(letter["recipient"]),
        "facts": _each(files, [_letter_facts(file) for file in files]),
        "pattern": "".join(_each(files, [grade(file) for file in files])) + NO_JUDGEMENT,
        "grounds": "".join(_each(files, _grounds(letter, files))),
        "asks": [*_placing(letter), *_asks(letter, content, files, violent=violent)],
        "date": day(letter.get("dated", letter["drafted_at"])),
        "copies": [f"抄送：{'、'.join(copies)}。"] if copies else [],
        "timeline": [
            {**row, "category": mark + row["category"]}
            for mark, file in zip(_each(files, [""] * len(files)), files, strict=True)
            for row in timeline(file)
        ],
        "reply": [
            {"item": str(item), "content": ""} for item in content.get("required_reply_items", ())
        ],
    }
    return template_of("letter", template).fill(values)


def task_force_document(
    task_force: Mapping[str, Any], case_file: CaseFile, template: Path | None = None
) -> bytes:
    """A plan 一问题一专班一方案; names of officers are blanks for people to fill.

    It is dated by the day of its start, before that by the proposal.
    """
    content = task_force["content"]
    violent = case_file.is_domestic_violence
    levels = content.get("levels", LEVELS)
    measures, left_out = _measures(content, case_file)
    values: dict[str, Value] = {
        **_frame(
            str(content.get("masthead", "一问题一专班一方案")), str(content.get("sender", ""))
        ),
        "mark": "" if task_force["status"] in {"active", "closed"} else DRAFT,
        "number": f"编号 {task_force['task_force_id']}",
        "title": f"{case_file.county_name}{case_file.category_name}矛盾化解工作专班方案",
        "safety_heading": ["安全计划（先行）"] if violent else [],
        "safety": [f"受害人安全评估、告诫书、人身安全保护令、庇护与联络安排：{BLANK}"]
        if violent
        else [],
        "facts": [facts(case_file, "附件")],
        "pattern": _pattern(case_file),
        "grounds": f"提出理由：{task_force['reason']}。等级依据：{case_file.reasons}。",
        "members": [
            f"组长：{task_force['lead']}　　姓名：{BLANK}",
            f"成员单位：{task_force['members']}",
        ],
        "posts": [{"level": level, "name": "", "contact": ""} for level in reversed(levels)],
        "steps": [
            {"step": str(step), "due": str(due), "post": ""}
            for step, due in content.get("milestones", {}).items()
        ],
        "measures": [
            *([_measure({"measure": PLACING, "reason": UNPLACED})] * (not case_file.county_name)),
            *measures,
            *([_measure({"measure": CHILDREN, "reason": CHILDREN_LAW})] * case_file.has_child),
        ],
        "will": _will(case_file, left_out),
        "safety_note": "见本方案首部。" if violent else BLANK,
        "closing": _closing(levels, content.get("quiet_days"), violent=violent),
        "visits": f"{_visitors(levels)}回访并记录：{BLANK}",
        "date": day(content.get("dated", task_force["proposed_at"])),
        "timeline": timeline(case_file),
    }
    return template_of("plan", template).fill(values)


def _frame(masthead: str, sender: str) -> dict[str, Value]:
    """What stands around the text; a long masthead is narrowed to its line."""
    scale = min(100, 100 * MASTHEAD_CHARACTERS // max(1, len(masthead)))
    return {"masthead": masthead, "masthead_scale": str(max(20, scale)), "sender": sender}


def _measures(
    content: Mapping[str, Any], case_file: CaseFile
) -> tuple[list[dict[str, str]], list[str]]:
    """The measures of a plan, and the names of those that a refusal of mediation leaves out.

    One that is for cases with a 告诫书, or for those without, stands only where it is for this one.
    """
    measures, left_out = [], []
    for item in content.get("measures", ()):
        row = _measure(item)
        if not _is_for(item, is_warned=case_file.is_warned):
            continue
        if case_file.is_mediation_refused and _is_mediation(item, row["measure"]):
            left_out.append(row["measure"])
        else:
            measures.append(row)
    return measures, left_out


def _is_for(item: Any, *, is_warned: bool) -> bool:
    """Whether a measure is for cases with a 告诫书, or without; most are for both."""
    warned = item.get("warned") if isinstance(item, Mapping) else None
    return warned is None or warned == is_warned


def _is_mediation(item: Any, measure: str) -> bool:
    """Whether a measure is mediation; of an older row, which does not say so, by its words."""
    if isinstance(item, Mapping) and "mediation" in item:
        return bool(item["mediation"])
    return "调解" in measure and not measure.startswith("不")


def _will(case_file: CaseFile, left_out: Sequence[str]) -> str:
    """What is known of the parties' will, and room for what they say."""
    why = f"未列调解类措施（{'、'.join(left_out)}）。" if left_out else ""
    return f"{refusal(case_file)}{why}{BLANK}（当事人明确拒绝调解的，不得调解）"


def _measure(item: Any) -> dict[str, str]:
    """A measure with its reason; older rows hold the measure alone."""
    if isinstance(item, Mapping):
        return {"measure": str(item["measure"]), "reason": str(item.get("reason", "")), "post": ""}
    return {"measure": str(item), "reason": "", "post": ""}


def _is_signed(letter: Mapping[str, Any]) -> bool:
    return letter["status"] not in {"draft", "superseded", "withdrawn"}


def _letter_facts(case_file: CaseFile) -> str:
    """The facts, that another letter may be about the same, and a refusal of mediation."""
    same = f"所涉事件均属矛盾 {case_file.matter}，请一并办理。" if case_file.matter else ""
    return facts(case_file, "附件1") + same + refusal(case_file)


def _each(files: Sequence[CaseFile], texts: Sequence[str]) -> list[str]:
    """The texts, numbered 1. 2. where there are several cases."""
    if len(files) == 1:
        return list(texts)
    return [f"{place}. {text}" for place, text in enumerate(texts, start=1)]


def _visitors(levels: Sequence[str]) -> str:
    """Who visits: the two lowest levels, where any verifies."""
    return f"由{_together(levels[:2])}" if levels else ""


def _together(levels: Sequence[str]) -> str:
    """Levels in short: 村、乡、县三级 for 村级、乡级、县级, others by their own names."""
    if 1 < len(levels) < len(COUNTS) and all(level.endswith("级") for level in levels):
        return "、".join(level.removesuffix("级") for level in levels) + COUNTS[len(levels)] + "级"
    return "、".join(levels)


def _closing(levels: Sequence[str], quiet_days: Any, *, violent: bool) -> str:
    verified = f"经{_together(levels)}核查；" if levels else ""
    days = f"{quiet_days}天" if quiet_days else ""
    reached = (
        "安全计划落实、受害人安全有保障，依法处置完毕（不以达成协议为前提）"
        if violent
        else "达成并履行协议或依法终结"
    )
    return f"{reached}；{verified}{days}静默期内未再发生。"


def _grounds(letter: Mapping[str, Any], files: Sequence[CaseFile]) -> list[str]:
    others = letter["content"].get("others", ())
    reasons = [letter["reason"], *(other["reason"] for other in others)]
    return [
        f"触发原因：{reason}。等级依据：{file.reasons}。"
        for reason, file in zip(reasons, files, strict=True)
    ]


def _pattern(case_file: CaseFile) -> str:
    return grade(case_file) + NO_JUDGEMENT


def _asks(
    letter: Mapping[str, Any],
    content: Mapping[str, Any],
    files: Sequence[CaseFile],
    *,
    violent: bool,
) -> Sequence[str]:
    asks = [_request(files[0], "、".join(content.get("departments", ())))]
    if violent:
        asks.append(
            "本件涉及家庭暴力：先行制定安全计划，核查是否出具告诫书；不以联合调解为默认方式；"
            "不得泄露受害人住址和联系方式。"
        )
    if any(file.has_child for file in files):
        asks.append(f"{CHILDREN}。")
    asks.append(
        f"{_until(letter['due_on'], content)}书面回复，"
        "按附件2逐项填写。对本函有异议的，请在回复中说明理由。"
    )
    if content.get("next_step"):
        asks.append(f"逾期未复的，将转为{content['next_step']}。")
    return asks


def _placing(letter: Mapping[str, Any]) -> list[str]:
    """What comes first where no county is known that could be asked."""
    return [f"{UNPLACED}：{PLACING}。"] if is_unplaced(letter) else []


def _request(case_file: CaseFile, departments: str) -> str:
    """What the unit is asked to do: settle the matter; a person is offered help."""
    if case_file.kind != "person":
        return f"请会同{departments}核查化解，落实县、乡、村三级包抓责任，并征询当事人意愿。"
    who = f"（{case_file.subject}）" if case_file.subject else ""
    what = f"涉及同一人{who}" if case_file.matter else f"是同一人{who}先后涉及的各起矛盾"
    return f"本件{what}：请会同{departments}走访关心，了解其困难和需要，提供帮扶，并征询其意愿。"


def _until(due: Any, content: Mapping[str, Any]) -> str:
    return f"请于{day(due)}前（{content.get('deadline_days', '')}个工作日内）"


def with_deadline(document: bytes, letter: Mapping[str, Any], due: Any) -> bytes:
    """A signed letter with another deadline; nothing else of what was signed changes.

    Args:
        document: of the letter.
        letter: its row; ``due_on`` is the deadline that the document tells.
        due: the deadline that it is to tell; NaT where it is not known.
    """
    before, after = (_until(one, letter["content"]).encode() for one in (letter["due_on"], due))
    return with_text(document, before, after)


def with_milestones(document: bytes, days: Mapping[str, str]) -> bytes:
    """A plan whose undated milestones have their days; nothing else of it changes.

    Args:
        document: of the task force.
        days: milestone → its day as the plan is to tell it.
    """
    named = {clean(step).encode(): day.encode() for step, day in days.items()}
    unknown = UNKNOWN_DAY.encode()

    def dated(row: bytes) -> bytes:
        step = max((step for step in named if step in row), key=len, default=None)
        return row if step is None else row.replace(unknown, named[step])

    return with_rows(document, dated)
