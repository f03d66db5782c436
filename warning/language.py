"""The language that a person reads: Chinese unless ``WARNING_LANG=en``."""

import os
from collections.abc import Callable, Mapping

#: What a tier is called where there is little room, and in a sentence.
TIERS = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝", "none": "无"}
COLOURS = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色", "none": "无"}
#: What the states of letters and task forces are called.
STATES = {
    "draft": "草稿", "approved": "已批准", "issued": "已发出", "received": "已签收",
    "overdue": "逾期", "objected": "异议", "replied": "已复函", "accepted": "已办结",
    "withdrawn": "已撤回", "superseded": "已替代",
    "proposed": "待启动", "active": "办理中", "declined": "不予采纳", "closed": "已销号",
}  # fmt: skip
#: What kinds of cases are called.
KINDS = {"matter": "一事", "person": "一人", "place": "一地", "organisation": "一单位"}
#: What a task force's ledger records.
ENTRIES = {
    "active": "启动", "progress": "进展", "milestone": "节点", "extended": "延期",
    "verified": "核查", "closed": "销号", "declined": "不予采纳",
    "superseded": "已替代",
}  # fmt: skip

#: How an attempt at a night ended.
OUTCOMES = {
    "done": "完成", "failed": "失败", "memory": "内存不足", "stopped": "被停止",
    "killed": "被强行结束", "hung": "超时被结束", "running": "正在运行",
}  # fmt: skip

#: By column, the words of its codes.
WORDS: Mapping[str, Mapping[str, str]] = {
    "tier": TIERS, "today": TIERS, "preview": TIERS, "kind": {**KINDS, **ENTRIES},
    "status": STATES, "from_status": STATES, "to_status": STATES,
}  # fmt: skip
#: What columns of the tables are called where one row is told.
FIELDS = {
    "letter_id": "编号", "task_force_id": "编号", "case_id": "系列", "kind": "种类",
    "number": "文号", "recipient": "主送", "sender": "发函", "copies": "抄送", "status": "状态",
    "drafted_at": "起草", "proposed_at": "提出", "due_on": "期限", "document": "文书",
    "reason": "事由", "version": "版本", "members": "成员单位", "lead": "组长", "tier": "等级",
    "county_code": "县区", "approver": "批准人", "replied_at": "复函", "received_at": "签收",
    "closed_at": "销号",
}  # fmt: skip


def english() -> bool:
    """Whether messages are to be in English. Read from the environment at each call."""
    return os.environ.get("WARNING_LANG", "zh").lower().startswith("en")


def say(zh: str, en: str) -> str:
    """Return the text in the reader's language; both are written where they are used."""
    return en if english() else zh


def speaker() -> Callable[[str, str], str]:
    """:func:`say` for many texts: the reader's language is looked up once, here."""
    return (lambda zh, en: en) if english() else (lambda zh, en: zh)


def names_of(words: Mapping[str, str]) -> dict[str, str]:
    """What each code is called in the reader's language."""
    return {code: say(word, code) for code, word in words.items()}


def coded(text: str, words: Mapping[str, str]) -> str:
    """The code that a person means who writes the code or its word."""
    return {word: code for code, word in words.items()}.get(text, text)


def worded(code: str, words: Mapping[str, str]) -> str:
    """What a code is called in the reader's language; a code without a word is itself."""
    return say(words.get(code, code), code)
