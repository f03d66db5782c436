"""The clerk: hears of an event and writes a report, and keeps the truth of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from warning.demo import narratives
from warning.demo.addresses import written_address
from warning.demo.dice import Dice
from warning.demo.dirt import Hand
from warning.demo.forms import CHANNELS, Report, Side, parties, row
from warning.demo.geography import Geography
from warning.demo.people import Person, new_phone
from warning.demo.quarrels import Quarrel
from warning.demo.spelling import (
    SUFFIXES,
    heard,
    masked,
    written_id,
    written_name,
    written_organisation,
    written_phone,
)

START = datetime(2023, 1, 1)
ROLE_WORDS = {"110": "报警人", "12345": "诉求人", "网格": "当事人", "综治中心": "来访人", "诉调": "申请人",
              "警调": "当事人", "访调": "信访人"}  # fmt: skip
OTHERS_WORDS = ("对方", "对方", "一男子", "他人", "邻居")
STATION_SPOT = (100.45, 38.93)


class Clerk:
    """Writes reports down, as rows of the channels' forms with the truth beside them.

    Attributes:
        rows: by channel.
        parties, places, incidents, mentions: the truth's rows, see :class:`warning.demo.City`.
    """

    def __init__(self, city: Geography, people: Sequence[Person], hand: Hand, dice: Dice) -> None:
        self.hand, self.dice = hand, dice
        self.rows: dict[str, list[dict[str, object]]] = {channel: [] for channel in CHANNELS}
        self.parties: list[tuple[object, ...]] = []
        self.places: list[tuple[object, ...]] = []
        self.incidents: list[tuple[object, ...]] = []
        self.mentions: list[tuple[object, ...]] = []
        self.last_call: dict[str, tuple[int, str]] = {}  # matter → event, record of channel 110
        self.families: dict[int, list[Person]] = {}
        for person in people:
            self.families.setdefault(person.household, []).append(person)
        areas = [area for county in city.areas.values() for area in county]
        self.grids = {area.place_id: f"{area.county}{k:04d}" for k, area in enumerate(areas)}
        self.workers = {area.place_id: new_phone(dice) for area in areas}
        self.village_phones = {area.place_id: "0936" + "8" + dice.digits(6) for area in areas}
        self.agents = {county: [new_phone(dice) for _ in range(12)] for county in city.areas}

    def report(
        self, quarrel: Quarrel, number: int, channel: str, at: datetime, caller: Person | None,
        duplicate_of: str,
    ) -> str:  # fmt: skip
        """One report of the quarrel's event ``number``; ``caller`` is a neighbour who calls for them."""
        hand, dice, home = self.hand, self.dice, quarrel.home
        hand.channel = channel
        event = quarrel.events[number]
        day = (at - START).total_seconds() / 86_400
        record = f"{channel}-{len(self.rows[channel]) + 1:07d}"
        occurred = START + timedelta(days=event.day)
        report = Report(
            channel, record, at, None if hand.slips("occurred_missing") else occurred,
            quarrel.kind, "", "" if hand.slips("county_code_missing") else home.county,
            settled=None if hand.slips("outcome_missing") else event.settled,
            duplicate_of=duplicate_of,
        )  # fmt: skip
        if channel == "110":
            before = self.last_call.get(quarrel.matter_id)
            if before is not None and before[0] != number and hand.slips("source_names_related"):
                report.related_to = before[1]
            self.last_call[quarrel.matter_id] = (number, record)
        key = (channel, record)
        place: object = None
        if not hand.slips("address_missing"):
            report.address, *place = written_address(quarrel.hub or home, hand)
            if quarrel.hub is None:
                report.town = home.town if dice.chance(0.9) else ""
                if home.is_village and dice.chance(0.7):
                    report.village = home.area.name
                report.grid = self.grids[home.area.place_id] if dice.chance(0.6) else ""
            report.spot = self._spot(quarrel)
            self.places.append((*key, *place))
        first = caller or quarrel.claimant
        report.one = self._claimant(first, day)
        if quarrel.organisation is not None:
            report.organisation = written_organisation(quarrel.organisation, hand)
        if quarrel.respondent is not None and not hand.slips("respondent_only_told"):
            report.other = self._respondent(quarrel.respondent, day)
        entities = {
            "one": (first.person_id, "person", report.one.is_masked, first.is_minority),
            "organisation": ("", "organisation", False, False),
        }
        if quarrel.organisation is not None:
            entities["organisation"] = (
                quarrel.organisation.organisation_id, "organisation", False, False
            )  # fmt: skip
        if quarrel.respondent is not None:
            entities["other"] = (quarrel.respondent.person_id, "person", report.other.is_masked,
                                 quarrel.respondent.is_minority)  # fmt: skip
        named = parties(report)
        present = {str(entities[whose][0]) for _, whose in named}
        mentions = self._tell(report, quarrel, number, caller, occurred)
        for start, end, kind, entity in mentions:
            self.mentions.append(
                (*key, start, end, report.text[start:end], kind, entity, entity not in present)
            )
        self.rows[channel].append(row(report, dice))
        self.parties.extend((*key, party_no, *entities[whose]) for party_no, whose in named)
        self.incidents.append((*key, f"{quarrel.matter_id}-{number}"))
        return record

    def _spot(self, quarrel: Quarrel) -> tuple[float, float] | None:
        """Coordinates to about ten metres, or the station's own."""
        if self.hand.slips("coordinates_missing"):
            return None
        if self.hand.slips("coordinates_of_station"):
            return STATION_SPOT
        east, north = quarrel.home.spot
        if quarrel.hub is not None:
            east, north = quarrel.hub.longitude, quarrel.hub.latitude
        jitter = self.dice.between
        return round(east + jitter(-1e-4, 1e-4), 6), round(north + jitter(-1e-4, 1e-4), 6)

    def _claimant(self, person: Person, day: float) -> Side:
        hand, dice = self.hand, self.dice
        side = Side(sex=person.sex if dice.chance(0.85) else "")
        unnamed = hand.slips("claimant_unnamed")
        if not unnamed:
            side.name, side.is_masked = written_name(person, "claimant", hand)
            side.id_number = written_id(person.id_number, "claimant", hand)
            if dice.chance(0.5):
                side.address = written_address(person.home, hand)[0]
        area = person.home.area.place_id
        worker = hand.channel in {"网格", "综治中心"}
        helper = self.workers[area] if worker else dice.pick(self.agents[person.home.county])
        village = self.village_phones[area] if person.home.is_village else ""
        kin = dice.pick(self.families[person.household]).phone(day)
        side.phone = written_phone(person, "claimant", day, (helper, village, kin), hand)
        return side

    def _respondent(self, person: Person, day: float) -> Side:
        hand = self.hand
        name, is_masked = written_name(person, "respondent", hand)
        side = Side(name, person.sex if self.dice.chance(0.6) else "", is_masked=is_masked)
        if not is_masked:
            side.id_number = written_id(person.id_number, "respondent", hand)
        side.phone = written_phone(person, "respondent", day, ("", "", ""), hand)
        return side

    def _tell(
        self, report: Report, quarrel: Quarrel, number: int, caller: Person | None,
        occurred: datetime,
    ) -> list[tuple[int, int, str, str]]:  # fmt: skip
        """Write the text; returns start, end, kind, entity of whom it names."""
        dice, hand, channel = self.dice, self.hand, report.channel
        severity = quarrel.events[number].severity
        nameless = hand.slips("text_without_names")
        values, who = self._names(report, quarrel, caller, nameless)
        found: list[narratives.Mention] = []
        if nameless and dice.chance(0.5):
            report.text = narratives.bare(quarrel.kind, severity, dice)
        else:
            pattern = narratives.template(quarrel.kind, channel, severity, number > 0, dice)
            place = quarrel.hub.name if quarrel.hub else quarrel.home.area.name
            values |= {
                "x": narratives.cause(quarrel.kind, int(quarrel.matter_id[1:])), "p": place,
                "t": f"{occurred.month}月{occurred.day}日{occurred.hour}时",
            }  # fmt: skip
            report.text, found = narratives.fill(pattern, values)
        report.hurt = narratives.hurt(report.text)
        report.dead = int("死亡" in report.text)
        return [(m.start, m.end, *who[m.key]) for m in found if m.key in who]

    def _names(
        self, report: Report, quarrel: Quarrel, caller: Person | None, nameless: bool
    ) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        """What stands for claimant, other side and caller, and which of them are names."""
        dice, role = self.dice, ROLE_WORDS[report.channel]
        one, other = quarrel.claimant, quarrel.respondent
        values = {
            "a": dice.pick((role, "其", "本人", role)),
            "b": dice.pick(OTHERS_WORDS),
            "c": role,
        }
        who: dict[str, tuple[str, str]] = {}
        if caller is not None:
            values["a"] = "邻居"
            values["c"] = "热心群众"
        if quarrel.organisation is not None:
            values["b"] = "该单位"
        if nameless:
            return values, who
        if caller is not None:
            if report.one.name and dice.chance(0.4):
                values["c"], who["c"] = _plain(report.one.name), ("person", caller.person_id)
            if dice.chance(0.75):
                values["a"], who["a"] = self._told(one, 0.25), ("person", one.person_id)
        elif report.one.name and dice.chance(0.55):
            values["a"], who["a"] = _plain(report.one.name), ("person", one.person_id)
        if quarrel.organisation is not None:
            if dice.chance(0.75):
                values["b"] = written_organisation(quarrel.organisation, self.hand)
                who["b"] = ("organisation", quarrel.organisation.organisation_id)
        elif other is not None:
            kin = _kin(one, other) if quarrel.kind in {"01", "0101"} else ""
            if kin and caller is None and dice.chance(0.5):
                values["b"], who["b"] = kin, ("kinship", other.person_id)
            elif dice.chance(0.85):
                shown = _plain(report.other.name) if report.other.name else self._told(other, 0.35)
                values["b"], who["b"] = shown, ("person", other.person_id)
        return values, who

    def _told(self, person: Person, masks: float) -> str:
        """A name that stands only in the text."""
        if self.dice.chance(masks):
            return masked(person, self.hand)
        return heard(person, self.hand)


def _plain(name: str) -> str:
    """The name without what a form's field adds."""
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return "".join(name.split())


def _kin(one: Person, other: Person) -> str:
    """What the claimant calls the other one of the family."""
    years = (one.born - other.born).astype(int) / 365
    man = other.sex == "男"
    if years > 15:
        return "其父亲" if man else "其母亲"
    if years < -15:
        return "其儿子" if man else "其女儿"
    if one.sex == other.sex:
        return "其兄弟" if man else "其姐妹"
    return "其丈夫" if man else "其妻子"
