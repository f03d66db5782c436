"""The made-up city: channels' files with all their dirt, and the truth beside them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from warning.demo.dirt import Dirt, dirty_address, dirty_id, dirty_name, dirty_phone
from warning.demo.geography import COUNTIES, make_homes
from warning.demo.narratives import TEMPLATES, narrative
from warning.demo.people import Person, make_people
from warning.demo.quarrels import Quarrel, make_quarrels, recurrence_probability

START = pd.Timestamp("2023-01-01")
AS_OF = pd.Timestamp("2025-01-01")
CHANNELS = ("110", "12345", "网格", "综治中心", "诉调", "警调", "访调")
WEIGHTS = (0.42, 0.14, 0.18, 0.1, 0.06, 0.06, 0.04)
ORGANISATIONS = (
    "鑫源", "宏达", "丝路", "祁连", "华安", "金张掖", "兴盛", "万家", "德顺", "瑞丰",
)  # fmt: skip
TRADES = ("物业服务", "建筑工程", "商贸", "餐饮")
#: Hours after the first report at which another channel hears of the same event, at the most.
LATER_HOURS = 30.0


@dataclass(frozen=True)
class City:
    """The files and the truth.

    Attributes:
        files: file name → rows in the channel's own columns.
        truth_parties: channel, record_id, party_no, entity_id, entity_type, is_masked, is_minority.
        truth_places: channel, record_id, place_id, grain.
        truth_incidents: channel, record_id, incident_id.
        truth_matters: incident_id, matter_id.
        truth_hazard: matter_id, as_of, probability of another event within 30 days.
        expected: rows, stored, quarantined, repeats, versions of loading all files.
    """

    files: dict[str, pd.DataFrame]
    truth_parties: pd.DataFrame
    truth_places: pd.DataFrame
    truth_incidents: pd.DataFrame
    truth_matters: pd.DataFrame
    truth_hazard: pd.DataFrame
    expected: dict[str, int]

    def write(self, directory: Path) -> list[Path]:
        """Write the files (``files/``) and the truth (``truth/``); returns the channels' files."""
        inputs, truth = directory / "files", directory / "truth"
        inputs.mkdir(parents=True, exist_ok=True)
        truth.mkdir(parents=True, exist_ok=True)
        paths = []
        for k, (name, frame) in enumerate(self.files.items()):
            path = inputs / f"{name}.csv"
            encoding = ("utf-8", "utf-8-sig", "gb18030")[k % 3]
            frame.to_csv(path, index=False, encoding=encoding, lineterminator="\n")
            paths.append(path)
        for name in ("parties", "places", "incidents", "matters", "hazard"):
            frame = getattr(self, f"truth_{name}")
            frame.to_csv(truth / f"{name}.csv", index=False, lineterminator="\n")
        return paths


class _Clerk:
    """Writes reports down: rows in the channel's own columns, and the truth of each."""

    def __init__(self, random: np.random.Generator, dirt: Dirt) -> None:
        self.random, self.dirt = random, dirt
        self.rows: dict[str, list[dict[str, object]]] = {channel: [] for channel in CHANNELS}
        self.parties: list[tuple[object, ...]] = []
        self.places: list[tuple[object, ...]] = []
        self.incidents: list[tuple[object, ...]] = []

    def report(
        self, quarrel: Quarrel, number: int, channel: str, at: pd.Timestamp, caller: Person | None,
        duplicate_of: str,
    ) -> str:  # fmt: skip
        """One report; ``caller`` is the neighbour who calls for others, where one does."""
        random, dirt = self.random, self.dirt
        one, other = quarrel.claimant, quarrel.respondent
        record = f"{channel}-{len(self.rows[channel]) + 1:07d}"
        a, a_masked = dirty_name(one.name, one.sex, dirt.name_masked, one.is_minority, dirt, random)
        b, b_masked = quarrel.organisation, False
        if other is not None:
            share = dirt.respondent_masked
            b, b_masked = dirty_name(other.name, other.sex, share, other.is_minority, dirt, random)
        told = a if not a_masked else f"{one.name[0]}某"
        text, hurt = narrative(quarrel, number, told, b, random)
        county = one.home.county
        address, grain = dirty_address(one.home, COUNTIES[county][0], dirt, random)
        only_told = other is not None and random.random() < dirt.narrative_only
        settled = quarrel.settled[number]
        seen = {
            "record": record, "at": at, "text": text, "address": address, "county": county,
            "a": "" if caller else a, "b": "" if only_told else b, "hurt": hurt,
            "settled": settled, "duplicate_of": duplicate_of, "kind": quarrel.kind,
            "organisation": quarrel.organisation, "home": one.home,
            "a_id": dirty_id(one.id_number, dirt, random), "a_sex": one.sex,
            "a_phone": dirty_phone(one.phones, dirt, random),
            "b_id": "", "b_phone": "", "b_sex": "",
        }  # fmt: skip
        if other is not None and not b_masked and not only_told:
            seen["b_id"] = dirty_id(other.id_number, dirt, random) if random.random() < 0.5 else ""
            seen["b_phone"] = (
                dirty_phone(other.phones, dirt, random) if random.random() < 0.4 else ""
            )
            seen["b_sex"] = other.sex
        first = one
        if caller is not None:
            first = caller
            seen["a"], a_masked = dirty_name(
                caller.name, caller.sex, 0.0, caller.is_minority, dirt, random
            )
            seen["a_id"] = ""
            seen["a_phone"] = dirty_phone(caller.phones, dirt, random)
            seen["a_sex"] = caller.sex
        self.rows[channel].append(_row(channel, seen))
        key = (channel, record)
        if seen["a"] or seen["a_phone"]:
            self.parties.append((*key, 1, first.person_id, "person", a_masked, first.is_minority))
        if quarrel.organisation and channel != "110":
            number_of = 3 if channel in {"诉调", "警调", "访调"} else 2
            party = (*key, number_of, quarrel.organisation, "organisation", False, False)
            self.parties.append(party)
        elif other is not None and seen["b"] and channel in {"110", "诉调", "警调", "访调"}:
            party = (*key, 2, other.person_id, "person", b_masked, other.is_minority)
            self.parties.append(party)
        place = f"{one.home.place_id}" if grain == "room" else _coarse(quarrel)
        self.places.append((*key, place, grain))
        self.incidents.append((*key, f"{quarrel.matter_id}-{number}"))
        return record


def _coarse(quarrel: Quarrel) -> str:
    home = quarrel.claimant.home
    return f"{home.county}{home.town}{home.village or home.compound}"


def _row(channel: str, seen: dict[str, object]) -> dict[str, object]:
    """The report in its channel's own columns; a channel carries only what it has columns for."""
    kind = str(seen["kind"])
    at = pd.Timestamp(seen["at"]).strftime("%Y-%m-%d %H:%M:%S")  # type: ignore[arg-type]
    home = seen["home"]
    if channel == "110":
        outcome = "达成协议" if seen["settled"] else "现场调解"
        against_organisation = bool(seen["organisation"])
        return {
            "接警编号": seen["record"], "行政区划代码": seen["county"], "接警单位": "指挥中心",
            "重复警情编号": seen["duplicate_of"], "报警时间": at, "报警人姓名": seen["a"],
            "报警人性别": seen["a_sex"], "报警人身份号码": seen["a_id"],
            "报警人联系电话": seen["a_phone"], "警情地址": seen["address"],
            "报警内容": seen["text"], "警情类别": TEMPLATES[kind][0], "受伤人数": seen["hurt"],
            "处警情况": outcome, "对方姓名": "" if against_organisation else seen["b"],
            "对方性别": seen["b_sex"], "对方身份号码": seen["b_id"],
            "对方联系电话": seen["b_phone"],
        }  # fmt: skip
    word = TEMPLATES[kind][1]
    if channel == "12345":
        return {
            "业务编号": seen["record"], "来电号码": seen["a_phone"], "诉求人": seen["a"],
            "诉求内容": seen["text"], "事项分类": word, "来电时间": at, "发生地址": seen["address"],
            "被诉求单位": seen["organisation"], "工单状态": "办结" if seen["settled"] else "办理中",
            "行政区划代码": seen["county"],
        }  # fmt: skip
    if channel in {"网格", "综治中心"}:
        return {
            "渠道": channel, "事件编号": seen["record"], "上报时间": at,
            "发生地点": seen["address"], "行政区划代码": seen["county"],
            "乡镇": home.town, "类别": word,  # type: ignore[attr-defined]
            "简述": seen["text"], "涉及单位": seen["organisation"], "当事人姓名": seen["a"],
            "当事人证件号码": seen["a_id"], "当事人联系电话": seen["a_phone"],
            "当事人性别": seen["a_sex"], "是否成功": "是" if seen["settled"] else "否",
        }  # fmt: skip
    sender = {"诉调": "县人民法院", "警调": "派出所", "访调": "信访局"}[channel]
    return {
        "案件编号": seen["record"], "移交时间": at, "移交单位": sender, "申请人": seen["a"],
        "申请人证件号码": seen["a_id"], "申请人电话": seen["a_phone"],
        "被申请人": "" if seen["organisation"] else seen["b"], "被申请人证件号码": seen["b_id"],
        "被申请人电话": seen["b_phone"], "被申请单位": seen["organisation"], "纠纷类型": word,
        "纠纷简述": seen["text"], "发生地": seen["address"], "行政区划代码": seen["county"],
        "调解结果": "达成协议" if seen["settled"] else "未达成协议",
    }  # fmt: skip


def make_city(records: int = 20_000, seed: int = 7, dirt: Dirt | None = None) -> City:
    """Make the city: about ``records`` reports over two years ending at :data:`AS_OF`.

    The same arguments give the same bytes of files, in any process.
    """
    dirt = dirt or Dirt()
    random = np.random.Generator(np.random.PCG64(seed))
    events = max(1, int(records / (1 + 1.3 * dirt.second_channel)))
    homes = make_homes(max(40, events), random)
    people = make_people(homes, random)
    organisations = [f"{stem}{trade}有限公司" for stem in ORGANISATIONS for trade in TRADES]
    quarrels = make_quarrels(events, people, organisations, random)
    clerk = _Clerk(random, dirt)
    moments = sorted(
        (day, q, number)
        for q, quarrel in enumerate(quarrels)
        for number, day in enumerate(quarrel.days)
    )
    weights = np.array(WEIGHTS)
    near = _neighbours(people)
    for day, q, number in moments:
        quarrel = quarrels[q]
        at = START + pd.Timedelta(seconds=int(day * 86_400))
        caller = None
        if random.random() < dirt.neighbour_calls:
            around = near[(quarrel.claimant.home.county, quarrel.claimant.home.town)]
            caller = around[int(random.integers(len(around)))]
            if caller is quarrel.claimant or caller is quarrel.respondent:
                caller = None
        channel = CHANNELS[int(random.choice(len(CHANNELS), p=weights))]
        record = clerk.report(quarrel, number, channel, at, caller, "")
        while random.random() < dirt.second_channel:
            at = at + pd.Timedelta(seconds=int(random.uniform(300, LATER_HOURS * 1200)))
            if at >= AS_OF:
                break
            again = CHANNELS[int(random.choice(len(CHANNELS), p=weights))]
            named = record if again == channel == "110" and random.random() < 0.5 else ""
            record = clerk.report(quarrel, number, again, at, None, named)
            channel = again
    return _finish(clerk, quarrels, dirt, random)


def _neighbours(people: list[Person]) -> dict[tuple[str, str], list[Person]]:
    near: dict[tuple[str, str], list[Person]] = {}
    for person in people:
        near.setdefault((person.home.county, person.home.town), []).append(person)
    return near


FILES = {"接警单": ("110",), "12345工单": ("12345",), "矛盾纠纷": ("网格", "综治中心"),
         "移交调解": ("诉调", "警调", "访调")}  # fmt: skip
TIMES = {
    "接警单": "报警时间",
    "12345工单": "来电时间",
    "矛盾纠纷": "上报时间",
    "移交调解": "移交时间",
}
TEXTS = {"接警单": "报警内容", "12345工单": "诉求内容", "矛盾纠纷": "简述", "移交调解": "纠纷简述"}


def _finish(
    clerk: _Clerk, quarrels: list[Quarrel], dirt: Dirt, random: np.random.Generator
) -> City:
    """Files by channel, with exact repeats, corrections and unusable rows mixed in."""
    files: dict[str, pd.DataFrame] = {}
    counts = dict.fromkeys(("rows", "stored", "quarantined", "repeats", "versions"), 0)
    for name, channels in FILES.items():
        rows = pd.DataFrame([row for channel in channels for row in clerk.rows[channel]])
        if rows.empty:
            continue
        repeats = rows[random.random(len(rows)) < dirt.exact_repeat]
        corrected = rows[random.random(len(rows)) < dirt.corrected]
        corrected = corrected.assign(**{TEXTS[name]: corrected[TEXTS[name]] + "（补充登记）"})
        broken = rows[random.random(len(rows)) < dirt.unusable].assign(**{TIMES[name]: "不清楚"})
        files[name] = pd.concat([rows, repeats, broken, corrected], ignore_index=True)
        counts["rows"] += len(files[name])
        counts["stored"] += len(rows) + len(corrected)
        counts["quarantined"] += len(broken)
        counts["repeats"] += len(repeats)
        counts["versions"] += len(corrected)
    key = ["channel", "record_id"]
    hazard = [
        (quarrel.matter_id, START + pd.Timedelta(days=day), recurrence_probability(quarrel, day))
        for quarrel in quarrels
        for day in range(365, 702, 28)
        if any(0 <= day - past < 365 for past in quarrel.days)
    ]
    return City(
        files=files,
        truth_parties=pd.DataFrame(
            clerk.parties,
            columns=[*key, "party_no", "entity_id", "entity_type", "is_masked", "is_minority"],
        ),
        truth_places=pd.DataFrame(clerk.places, columns=[*key, "place_id", "grain"]),
        truth_incidents=pd.DataFrame(clerk.incidents, columns=[*key, "incident_id"]),
        truth_matters=pd.DataFrame(
            [
                (f"{quarrel.matter_id}-{number}", quarrel.matter_id)
                for quarrel in quarrels
                for number in range(len(quarrel.days))
            ],
            columns=["incident_id", "matter_id"],
        ),
        truth_hazard=pd.DataFrame(hazard, columns=["matter_id", "as_of", "probability"]),
        expected=counts,
    )
