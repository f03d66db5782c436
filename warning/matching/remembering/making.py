"""Making the memory: what a rebuild leaves to later nights."""

import json
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from warning.matching.decided import decided, last_verdicts
from warning.matching.linker.blocking import plans
from warning.matching.linker.decisions import Decisions, decisions
from warning.matching.linker.folding import certain_groups, fold
from warning.matching.linker.linkage import Linkage
from warning.matching.linker.specification import Specification
from warning.matching.linker.table import Codes, Encoded, encode
from warning.matching.links import Links, Previous
from warning.matching.person_comparisons import person_specification
from warning.matching.persons import People, linking_frame
from warning.matching.place_rows import written
from warning.matching.places import Placed, centres_of
from warning.matching.relations import PersonRelations, opposite_sides
from warning.matching.remembering.memory import (
    LAYOUT,
    NONE,
    hashed,
    key_hashes,
    signatures,
)
from warning.matching.remembering.people import RARE, rule_hashes
from warning.matching.remembering.places import lore_frames
from warning.records import PARTY, RECORD
from warning.settings import Settings

#: What of the standardised people is kept; their numbers are not.
PEOPLE = [*PARTY, "role_code", "name", "given", "is_mask", "mask_length", "pinyin", "surname", "sex", "born",
          "place_id", "area_id", "county_code", "category_code", "moment", "side"]  # fmt: skip
KEPT = ("party_links", "place_links", "incident_links", "incidents", "cases", "case_incidents",
        "places", "mentions")  # fmt: skip


class Seen(NamedTuple):
    """What a rebuild had before it on the way.

    Attributes:
        records, parties: canonical as given, records sorted by key.
        coded, everyone: records with codes; parties with codes, told ones among them.
        people, found: person rows and their linkage.
        entities: party links of ``everyone``.
        acting: see ``Memory``.
        placed: what linking places gave.
    """

    records: pd.DataFrame
    parties: pd.DataFrame
    coded: pd.DataFrame
    everyone: pd.DataFrame
    people: People
    found: Linkage
    entities: pd.DataFrame
    acting: pd.DataFrame
    placed: Placed


def memory_of(
    links: Links, seen: Seen, settings: Settings, previous: Previous | None, secret: str
) -> dict[str, pd.DataFrame]:
    """The frames of :class:`Memory`.

    Args:
        links: what the rebuild found.
        seen: on the way to it.
        settings: the configuration.
        previous: with the verdicts that were heeded.
        secret: of the keyed hashes.
    """
    frame = linking_frame(seen.people.frame.reset_index(drop=True))
    matching = settings.matching
    apart = opposite_sides(frame["record"].to_numpy(np.int64), frame["side"].to_numpy(np.int64))
    same, different = (
        decided(previous, "person", frame[PARTY], name) for name in ("same", "different")
    )
    parted = np.concatenate([apart, np.array(list(different), np.int64).reshape(-1, 2)])
    relations = PersonRelations(
        frame, matching.person.relations, matching.relation_rounds, matching.block_cap
    )
    specification = person_specification(matching)
    encoded = encode(frame, specification)
    folding = (decisions(list(same), parted), relations.context)
    people, rules = _people(frame, seen.entities, encoded, specification, folding, secret)
    located = seen.coded[RECORD].merge(links.place_links, on=RECORD, how="left")
    where = seen.coded.loc[written(seen.coded, matching.places.words).notna()]
    located = located.loc[where.index].fillna({"place_id": "", "grain": ""})
    signed = seen.records[[*RECORD, "reported_at"]]
    frames = {
        "facts": pd.DataFrame(facts(settings, previous).items(), columns=["name", "text"]),
        "figures": _figures(seen.found, len(frame)),
        "records": signed.assign(signature=signatures(seen.records, seen.parties)),
        "people": people,
        **rules,
        "weights": _weights(seen.found),
        "rarity": _rarity(frame, encoded.rarity, secret),
        "surnames": _surnames(frame, relations),
        "hub_phones": _hub_phones(seen.everyone, seen.people, secret),
        "organisations": _organisations(seen),
        "centres": centres_of(where, located),
        "acting": seen.acting,
        "report": pd.DataFrame(links.report.items(), columns=["name", "count"]),
        **lore_frames(seen.placed.lore),
        **{name: getattr(links, name) for name in KEPT},
    }
    return {name: one.reset_index(drop=True) for name, one in frames.items()}


def _people(
    frame: pd.DataFrame, entities: pd.DataFrame, encoded: Encoded, specification: Specification,
    folding: tuple[Decisions, tuple[Codes, ...]], secret: str,
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:  # fmt: skip
    """``people`` of the memory, and ``left_out`` and ``limits`` of its blocking rules.

    ``folding`` is what :func:`warning.matching.linker.folding.fold` goes by: what was decided, who
    is kept apart, and the relations' context.
    """
    own = frame[PEOPLE].merge(entities[[*PARTY, "entity_id"]], on=PARTY, how="left")
    by_entity = own.groupby("entity_id")["moment"]
    remembered = own.assign(
        record=key_hashes(own, RECORD),
        has_phone=frame["phone"].notna(),
        mentions=by_entity.transform("size").to_numpy(np.int64),
        since=by_entity.transform("min"),
    )
    compared = fold(encoded, *folding).encoded(encoded)
    left_out, limits, keys = [], [], {}
    for rule, (own_keys, made) in enumerate(
        zip(rule_hashes(frame, secret), plans(compared.keys, specification), strict=True)
    ):
        code = encoded.keys[rule]
        out = np.isin(code, compared.keys[rule][(made.key < 0) & (compared.keys[rule] >= 0)])
        left_out.append(pd.DataFrame({"rule": rule, "key": np.unique(own_keys[out])}))
        limits.append((rule, made.limit))
        keys[f"key:{rule}"] = np.where(out, NONE, own_keys)
    often = certain_groups(encoded, *folding)
    return remembered.assign(often=often, **keys), {
        "left_out": pd.concat(left_out, ignore_index=True).astype({"key": np.uint64}),
        "limits": pd.DataFrame(limits, columns=["rule", "rows"]),
    }


def _organisations(seen: Seen) -> pd.DataFrame:
    told = seen.coded[[*RECORD, "county_code", "reported_at"]]
    beside = seen.everyone[RECORD].merge(told, on=RECORD, how="left")
    firms = seen.everyone[[*PARTY, "organisation"]].assign(
        county_code=beside["county_code"], moment=beside["reported_at"]
    )
    is_firm = (seen.entities["entity_type"] == "organisation").to_numpy()
    return firms.merge(seen.entities.loc[is_firm, [*PARTY, "entity_id", "probability"]], on=PARTY)


def facts(settings: Settings, previous: Previous | None) -> dict[str, str]:
    """What a memory must agree in with the night that uses it.

    Verdicts on places and organisations are among it: they move what no increment looks at again.
    """
    told = [
        last_verdicts(previous, kind, verdict).sort_values(["left", "right"]).to_csv(index=False)
        for kind in ("place", "organisation")
        for verdict in ("same", "different")
    ]
    return {
        "layout": LAYOUT,
        "matching": settings.matching.model_dump_json(),
        "channels": settings.channels.model_dump_json(),
        "counties": json.dumps(settings.escalation.counties),
        "verdicts": "\n".join(told),
    }


def _figures(found: Linkage, rows: int) -> pd.DataFrame:
    figures = {"prior": found.weights.prior, "people": float(rows),
               "slope": found.calibration.slope, "shift": found.calibration.shift}  # fmt: skip
    return pd.DataFrame(figures.items(), columns=["name", "value"])


def _weights(found: Linkage) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = [
        (name, level, m, u)
        for name in found.weights.m
        for level, (m, u) in enumerate(
            zip(found.weights.m[name], found.weights.u[name], strict=True)
        )
    ]
    return pd.DataFrame(rows, columns=["comparison", "level", "m", "u"])


def _rarity(frame: pd.DataFrame, rarity: dict[str, Any], secret: str) -> pd.DataFrame:
    parts = []
    for name in RARE:
        table = pd.DataFrame({"value": hashed([frame[name]], secret), "bits": rarity[name]})
        table = table[table["value"] != NONE].drop_duplicates("value")
        parts.append(table.assign(column=name))
    return pd.concat(parts, ignore_index=True)


def _surnames(frame: pd.DataFrame, relations: PersonRelations) -> pd.DataFrame:
    table = pd.DataFrame({"family": frame["family"], "code": relations.surname}).drop_duplicates()
    table = table[table["code"] >= 0]
    bits = relations.shared_surname[table["code"].to_numpy()].astype(float)
    return pd.DataFrame({"family": table["family"].to_numpy(), "bits": bits})


def _hub_phones(everyone: pd.DataFrame, people: People, secret: str) -> pd.DataFrame:
    """Phones that stand with too many names: hashes of those that were left out of the evidence."""
    from warning.matching.standardise.phones import PERSONAL, phones

    calls = phones(everyone["phone"].reindex(people.frame.index))
    good = calls["kind"].isin(PERSONAL)
    out = calls["phone"][good & people.frame["phone"].isna()]
    return pd.DataFrame({"key": np.unique(hashed([out], secret)).astype(np.uint64)})
