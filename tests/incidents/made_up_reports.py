"""Made-up reports of a few quarrels, and linking them. No number belongs to anybody."""

from typing import Any

import pandas as pd

from warning.matching.link import link as link_canonical
from warning.matching.links import Links, Previous
from warning.reading import from_frames
from warning.settings import Settings

ZHANG = {"name": "张建国", "id_number": "000702197001010016", "phone": "13800000001"}
LI = {"name": "李秀兰", "id_number": "000702196503030029", "phone": "13800000002"}
LI_SON = {"name": "李大勇", "id_number": "000702199005050035", "phone": "13800000003"}
HOME = "甘肃省临泽县新华镇大寨村六社39号"
QUARREL = "张建国与李秀兰因宅基地边界发生争吵，互不相让"

Party = dict[str, Any]
Report = tuple[dict[str, Any], list[Party]]


def report(number: str, at: str, *parties: Party, channel: str = "110", **more: Any) -> Report:
    record = {
        "channel": channel, "record_id": number, "reported_at": at, "category": "邻里",
        "narrative": QUARREL, "address": HOME, "county_code": "620723", "town": "新华镇",
        "village": "大寨村", **more,
    }  # fmt: skip
    people = [
        {"channel": channel, "record_id": number, "party_no": str(k), **party}
        for k, party in enumerate(parties, 1)
    ]
    return record, people


def frames(*reports: Report) -> tuple[pd.DataFrame, pd.DataFrame]:
    records = pd.DataFrame([record for record, _ in reports])
    columns = ["channel", "record_id", "party_no", "role"]
    people = [party for _, parties in reports for party in parties]
    return records, pd.DataFrame(people) if people else pd.DataFrame(columns=columns)


def linked(settings: Settings, *reports: Report, previous: Previous | None = None) -> Links:
    tables = from_frames(*frames(*reports), settings.channels)
    assert tables.quarantine.empty
    parties = tables.parties.drop(columns="row")
    return link_canonical(tables.records, parties, settings, previous)


def linked_and_remembered(settings: Settings, *reports: Report) -> Links:
    """What a night that links everything leaves, its memory too."""
    tables = from_frames(*frames(*reports), settings.channels)
    return link_canonical(
        tables.records, tables.parties.drop(columns="row"), settings, remember=True
    )


def both(left: Party = ZHANG, right: Party = LI) -> tuple[Party, Party]:
    return {"role": "当事人", **left}, {"role": "对方当事人", **right}


def incident(links: Links, number: str) -> str:
    frame = links.incident_links
    return str(frame.loc[frame["record_id"] == number, "incident_id"].item())


def matter(links: Links, number: str) -> str:
    members = links.case_incidents[links.case_incidents["is_primary"]]
    return str(members.loc[members["incident_id"] == incident(links, number), "case_id"].item())


def kinds(links: Links) -> set[str]:
    return set(links.cases["kind"])


def before(links: Links, verdicts: list[dict[str, Any]] | None = None) -> Previous:
    columns = ["kind", "left", "right", "verdict", "user", "at"]
    return Previous(
        links.party_links, links.place_links, links.incident_links, links.cases,
        links.case_incidents, pd.DataFrame(verdicts or [], columns=columns),
    )  # fmt: skip


def frames_of(links: Links) -> dict[str, pd.DataFrame]:
    names = ("party_links", "place_links", "incident_links", "incidents", "cases",
             "case_incidents", "places")  # fmt: skip
    return {name: getattr(links, name) for name in names}


def assert_equal(left: Links, right: Links) -> None:
    for name, frame in frames_of(left).items():
        pd.testing.assert_frame_equal(frame, frames_of(right)[name], obj=name)


def city() -> list[Report]:
    """A few weeks of two quarrels over several channels."""
    return [
        report("a1", "2024-03-01 20:00:00", *both()),
        report("a2", "2024-03-01 20:20:00", *both(), channel="12345"),
        report("a3", "2024-03-15 09:00:00", *both()),
        report("b1", "2024-03-02 10:00:00", *both(ZHANG, LI_SON), category="婚恋家庭",
               narrative="因借款不还上门讨要", address="临泽县沙河镇锦绣花园3号楼2单元501室",
               town="沙河镇", village=None),
        report("c1", "2024-04-01 10:00:00", narrative=None, address=None, town=None, village=None),
    ]  # fmt: skip
