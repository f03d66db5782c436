"""The channels' forms: a report in its channel's own columns, and the files they stand in."""

from dataclasses import dataclass, field
from datetime import datetime

from warning.demo.dice import Dice, cumulated
from warning.demo.geography import COUNTIES
from warning.demo.narratives import WORDS

CHANNELS = ("110", "12345", "网格", "综治中心", "诉调", "警调", "访调")
MEDIATION = frozenset({"诉调", "警调", "访调"})
#: Kind of matter → cumulated shares of :data:`CHANNELS`.
SHARES = {
    "": cumulated((0.42, 0.14, 0.18, 0.10, 0.06, 0.06, 0.04)),
    "violence": cumulated((0.70, 0.03, 0.08, 0.05, 0.04, 0.09, 0.01)),
    "organisation": cumulated((0.15, 0.38, 0.10, 0.12, 0.12, 0.03, 0.10)),
    "serial": cumulated((0.10, 0.72, 0.06, 0.05, 0.0, 0.0, 0.07)),
}
#: File → its channels, column of the time, of the text, of the outcome, word of a withdrawal.
FILES = {
    "接警单": (("110",), "报警时间", "报警内容", "处警情况", "撤回"),
    "12345工单": (("12345",), "来电时间", "诉求内容", "工单状态", "撤回"),
    "矛盾纠纷": (("网格", "综治中心"), "上报时间", "简述", "是否成功", "撤回"),
    "移交调解": (("诉调", "警调", "访调"), "移交时间", "纠纷简述", "调解结果", "撤诉"),
}
KEYS = {
    "接警单": "接警编号",
    "12345工单": "业务编号",
    "矛盾纠纷": "事件编号",
    "移交调解": "案件编号",
}


@dataclass
class Side:
    """What a form knows of one party; empty where nothing."""

    name: str = ""
    sex: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    is_masked: bool = False


@dataclass
class Report:
    """What a channel's clerk knows of an event."""

    channel: str
    record_id: str
    at: datetime
    occurred: datetime | None
    kind: str
    text: str
    county: str
    town: str = ""
    village: str = ""
    grid: str = ""
    address: str = ""
    spot: tuple[float, float] | None = None
    settled: bool | None = None
    hurt: int = 0
    dead: int = 0
    duplicate_of: str = ""
    related_to: str = ""
    organisation: str = ""
    one: Side = field(default_factory=Side)
    other: Side = field(default_factory=Side)


def parties(report: Report) -> list[tuple[int, str]]:
    """The party numbers that the form's columns give, with whose each is: one, other or organisation."""
    named: list[tuple[int, str]] = []
    one, other, channel = report.one, report.other, report.channel
    has_sex = channel not in {"12345", *MEDIATION}
    has_id = channel != "12345"
    if one.name or one.phone or (has_id and one.id_number) or (has_sex and one.sex) or (
        one.address and channel not in {"110", "12345"}
    ):  # fmt: skip
        named.append((1, "one"))
    if channel in {"110", *MEDIATION} and (
        other.name or other.phone or other.id_number or (has_sex and other.sex)
    ):
        named.append((2, "other"))
    if report.organisation and channel != "110":
        named.append((3 if channel in MEDIATION else 2, "organisation"))
    return named


def row(report: Report, dice: Dice) -> dict[str, object]:
    """The report in its channel's columns; a channel carries only what it has columns for."""
    one, other, words = report.one, report.other, WORDS[report.kind]
    at = report.at.isoformat(sep=" ", timespec="seconds")
    county = COUNTIES[report.county[:6]][0] if report.county else "张掖市"
    if report.channel == "110":
        outcome = {
            True: "达成协议",
            False: dice.pick(("现场调解", "现场调解", "移交", "受理")),
            None: "",
        }
        east, north = report.spot or ("", "")
        return {
            "接警编号": report.record_id, "行政区划代码": report.county,
            "接警单位": f"{county}公安局指挥中心", "重复警情编号": report.duplicate_of,
            "关联警情编号": report.related_to, "报警时间": at, "报警人姓名": one.name, "报警人性别": one.sex,
            "报警人身份号码": one.id_number, "报警人联系电话": one.phone,
            "警情地址": report.address, "经度": east, "纬度": north, "报警内容": report.text,
            "警情类别": dice.pick(words.police), "受伤人数": report.hurt, "死亡人数": report.dead,
            "处警情况": outcome[report.settled], "对方姓名": other.name, "对方性别": other.sex,
            "对方身份号码": other.id_number, "对方联系电话": other.phone,
        }  # fmt: skip
    word = dice.pick(words.others)
    if report.channel == "12345":
        state = {True: "已办结", False: dice.pick(("办理中", "办结", "转办")), None: ""}
        return {
            "业务编号": report.record_id, "来电号码": one.phone, "诉求人": one.name,
            "诉求内容": report.text, "工单标题": f"关于{word}的诉求", "事项分类": word,
            "来电时间": at, "发生地址": report.address, "被诉求单位": report.organisation,
            "处理单位": f"{county}12345热线办", "工单状态": state[report.settled],
            "行政区划代码": report.county,
        }  # fmt: skip
    if report.channel in {"网格", "综治中心"}:
        day = report.occurred.date().isoformat() if report.occurred else ""
        return {
            "渠道": report.channel, "事件编号": report.record_id, "上报时间": at, "发生日期": day,
            "发生地点": report.address, "行政区划代码": report.county, "乡镇": report.town,
            "村社区": report.village, "网格编号": report.grid, "类别": word, "简述": report.text,
            "涉及单位": report.organisation, "当事人姓名": one.name,
            "当事人证件号码": one.id_number, "当事人联系电话": one.phone, "当事人性别": one.sex,
            "当事人居住地": one.address,
            "是否成功": {True: "是", False: "否", None: ""}[report.settled],
        }  # fmt: skip
    sender = {"诉调": f"{county}人民法院", "访调": f"{county}信访局",
              "警调": f"{report.town.rstrip('镇乡') or county}派出所"}[report.channel]  # fmt: skip
    return {
        "案件编号": report.record_id, "移交时间": at, "移交单位": sender, "申请人": one.name,
        "申请人证件号码": one.id_number, "申请人电话": one.phone, "申请人地址": one.address,
        "被申请人": other.name, "被申请人证件号码": other.id_number, "被申请人电话": other.phone,
        "被申请单位": report.organisation, "纠纷类型": word, "纠纷简述": report.text,
        "发生地": report.address, "行政区划代码": report.county,
        "调解结果": {True: "达成协议", False: "未达成协议", None: ""}[report.settled],
    }  # fmt: skip
