"""The language that a person reads: Chinese unless ``WARNING_LANG=en``."""

import os
from collections.abc import Mapping

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
#: States of a case; one that is gone is none any more.
CASE_STATES = {"open": "办理中", "closed": "已办结", "gone": "系列已不存在"}
#: What kinds of cases are called.
KINDS = {"matter": "一事", "person": "一人", "place": "一地", "organisation": "一单位"}
#: What a task force's ledger records.
ENTRIES = {
    "active": "启动", "progress": "进展", "milestone": "节点", "extended": "延期",
    "verified": "核查", "closed": "销号", "declined": "不予采纳",
    "superseded": "已替代", "dated": "定出期限",
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
    "closed_at": "销号", "drafted_for": "起草时的系列",
    # What the state of a store is told by.
    "config_hash": "配置摘要", "model_hash": "模型摘要", "model_misfit": "模型不符", "store": "存储", "nights": "夜数",
    "last_night": "最近一夜", "same_model": "与最近一夜同一模型",
    "model_trained_later": "最近一夜的模型训练到（晚于该夜）",
    "silent_channels": "最近一夜久无报告的渠道",
    "numbers_encrypted": "证件号和电话已加密", "readable_by_others": "他人可读的存储文件",
    "space_owed_since": "删除内容待清理，自", "not_cleaned": "不能清理数据库文件的原因",
    "key": "密钥", "audit_entries": "审计条数",
    "audit_faults": "审计错误", "recipients": "主送组合（类别、县区、函件）",
    "recipients_by_directory": "其中由 directory 指定",
    "undated_letters": "没有期限的在途函件", "letters_of_no_step": "不在阶梯中的未结函件",
    "not_protecting": "不起作用的保护设置", "records_lost": "丢失的报告",
    "records_lost_accepted": "已接受丢失的报告", "links_without_record": "没有报告的关联",
    "versions_missing": "缺少较早版本的报告", "parties_without_record": "没有报告的当事人行",
    "documents_missing": "缺失的文书", "numbers_unregistered": "文号未登记的函件",
    "records_ahead": "晚于时钟的报告", "memory_damaged": "损坏的关联记忆",
    # Backups, and what is found, deleted or left: rows of tables and files.
    "schema": "数据库版本", "made_at": "备份时间", "rows": "行数", "keys": "所需密钥",
    "audit_head": "最后一条审计", "records": "记录", "parties": "当事人", "party_rows": "当事人行",
    "narratives": "记叙", "texts": "其他文字", "quarantine": "隔离的行", "entities": "人员编号",
    "cases": "系列", "letters": "函件", "task_forces": "专班", "transitions": "函件经过",
    "documents": "文书", "warnings": "预警", "incidents": "事件", "places": "地点",
    "case_incidents": "系列中的事件", "party_keys": "当事人的检索键", "party_links": "当事人关联",
    "place_links": "地点关联", "incident_links": "事件关联", "mentions": "正文中的当事人",
    "exports": "导出文件", "archive": "收件存档", "backups": "备份",
}  # fmt: skip


def english() -> bool:
    """Whether messages are to be in English. Read from the environment at each call."""
    return os.environ.get("WARNING_LANG", "zh").lower().startswith("en")


def say(zh: str, en: str) -> str:
    """Return the text in the reader's language; both are written where they are used."""
    return en if english() else zh


def names_of(words: Mapping[str, str]) -> dict[str, str]:
    """What each code is called in the reader's language."""
    return {code: say(word, code) for code, word in words.items()}


def coded(text: str, words: Mapping[str, str]) -> str:
    """The code that a person means who writes the code or its word."""
    return {word: code for code, word in words.items()}.get(text, text)


def worded(code: str, words: Mapping[str, str]) -> str:
    """What a code is called in the reader's language; a code without a word is itself."""
    return say(words.get(code, code), code)
