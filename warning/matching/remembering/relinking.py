"""A night from memory: link what is new or changed, and what that touches; take over the rest."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from warning.matching.case_identity import stable_cases, subject_merges
from warning.matching.copies import with_copies
from warning.matching.decided import decided, last_verdicts, resting_report
from warning.matching.identity import founding_ids
from warning.matching.incident_people import times_told
from warning.matching.kin import kin_facts
from warning.matching.links import Links, Previous, merges_of
from warning.matching.mentions import TOLD, stands_aside, told_parties, with_entities
from warning.matching.named_records import naming_any, numbers_named, with_named
from warning.matching.organisations import with_organisations
from warning.matching.persons import standardise_people
from warning.matching.place_rows import no_place_report
from warning.matching.remembering.cases import Changes, Recased, relink_cases
from warning.matching.remembering.incidents import Reincident, records_around, relink_incidents
from warning.matching.remembering.kin import relink_kin
from warning.matching.remembering.making import KEPT, facts
from warning.matching.remembering.memory import (
    Bools,
    Memory,
    among,
    hashed,
    key_hashes,
    signatures,
)
from warning.matching.remembering.organisations import relink_organisations
from warning.matching.remembering.people import Relinked, relink_people
from warning.matching.remembering.places import relink_places
from warning.matching.standardise.organisations import organisations
from warning.matching.vocabulary import with_codes
from warning.patches import Patch, with_keys
from warning.records import PARTY, RECORD, record_ids_in
from warning.settings import Settings
from warning.tabular import among_keys, among_names, spliced

#: Share of new, changed and withdrawn records from which linking everything is as cheap.
MOST_CHANGED = 0.05
MENTION = [*RECORD, "start"]


class _Fresh(NamedTuple):
    """New and changed records and what of the remembered ones is gone."""

    records: pd.DataFrame
    parties: pd.DataFrame
    gone: Bools


def link_changes(
    records: pd.DataFrame,
    parties: pd.DataFrame,
    settings: Settings,
    previous: Previous,
    secret: str,
) -> Links | None:
    """Link what is new or changed since the rebuild that left ``previous.memory``.

    People, places, incidents and cases that no new evidence touches are as the rebuild found them.
    The weights, the rarity of values, the caps of blocking and the names of places are the
    rebuild's; so the result can differ a little from linking everything
    (benchmarks/README.md, "A night from memory").

    Args:
        records, parties: canonical tables of this moment, all of them.
        settings: the configuration.
        previous: of the night before, with the memory.
        secret: the one that the memory was made with.

    Returns:
        As of ``link``; None where the memory does not fit: other settings, verdicts on places or
        organisations, or a large part of the records changed.
    """
    memory = Memory(previous.memory)
    if memory.facts != facts(settings, previous):
        return None
    own, known = signatures(records, parties), memory["records"]
    new = ~among(own, known["signature"].to_numpy(np.uint64))
    gone = ~among(known["signature"].to_numpy(np.uint64), own)
    if new.sum() + gone.sum() > MOST_CHANGED * len(known):
        return None
    if previous.changed is None:
        previous = replace(previous, changed=known.loc[gone, RECORD])
    changed = records[new].sort_values(RECORD).reset_index(drop=True)
    theirs = parties[among_names(parties["record_id"], changed["record_id"])]
    theirs = theirs.merge(changed[RECORD], on=RECORD).sort_values(PARTY).reset_index(drop=True)
    judged = with_copies(previous, records, parties) or previous
    fresh = _Fresh(*with_codes(changed, with_organisations(theirs), settings), gone)
    return _Night(records, parties, settings, judged, memory, secret, fresh).links()


class _Night:
    """One night from memory, stage by stage."""

    def __init__(
        self, records: pd.DataFrame, parties: pd.DataFrame, settings: Settings,
        previous: Previous, memory: Memory, secret: str, fresh: _Fresh,
    ) -> None:  # fmt: skip
        self.records, self.parties, self.settings = records, parties, settings
        self.previous, self.memory, self.secret, self.fresh = previous, memory, secret, fresh
        self.naming = with_named(records, records)
        self.patches: dict[str, Patch] = {}
        lost = key_hashes(memory["records"][fresh.gone], RECORD)
        self.lost = {
            name: among(key_hashes(memory[name], RECORD), lost)
            if len(lost)
            else np.zeros(len(memory[name]), bool)
            for name in ("people", "organisations", "acting", "party_links", "place_links",
                         "incident_links", "mentions")
        }  # fmt: skip

    def links(self) -> Links:
        """Everything of this night."""
        placed = relink_places(
            self.fresh.records, self._judged_places(), self.memory,
            self.settings.matching.places, self.previous,
        )  # fmt: skip
        new_places = placed.places.sort_values("place_id")
        self.places = self._put("places", new_places[["place_id"]], new_places)
        self.place_links = self._put(
            "place_links", self._lost("place_links", placed.links), placed.links
        )
        told = told_parties(self.fresh.records, self.fresh.parties)
        everyone = pd.concat([self.fresh.parties, told.added]).sort_values(PARTY)
        everyone = everyone.reset_index(drop=True)
        people, firms, own, kin_known = self._entities(everyone, placed.links)
        merges = pd.concat(
            [merges_of("person", people.merges), merges_of("organisation", firms.merges)]
        )
        acting, moved = self._acting(everyone, own, people, firms, merges, kin_known)
        remembered = self.memory["mentions"][~self.lost["mentions"]]
        again = relink_kin(told.mentions, remembered, self.records, acting, moved, kin_known)
        mentions, kin = with_entities(told, own, again.fresh)
        moved = pd.concat(
            [again.moved, kin[RECORD].assign(before=kin["entity_id"], entity_id=kin["entity_id"])]
        )
        kin = kin.assign(is_hub=False, aside=False).sort_values(PARTY)
        acting = spliced(again.acting, None, kin, RECORD)
        incidents = self._incidents(acting)
        incident_links = self._put(
            "incident_links", self._lost("incident_links", incidents.links), incidents.links
        )
        others = incidents.incidents
        frame = self._put("incidents", _ids("incident_id", incidents.gone, others), others)
        cases = self._cases(acting, moved, incident_links, frame, incidents)
        held, members, case_merges = stable_cases(
            cases.cases, cases.case_incidents, self._before(cases, incidents), incidents.merges
        )
        subjects = pd.concat([merges, merges_of("place", placed.merges)])
        before = self._before_series(subjects)
        case_merges = pd.concat([case_merges, subject_merges(held, subjects, before)])
        return Links(
            party_links=self._party_links(acting, moved, people, firms),
            place_links=self.place_links,
            incident_links=incident_links,
            incidents=frame,
            cases=self._put("cases", _ids("case_id", cases.gone, held), held),
            case_incidents=self._put(
                "case_incidents", _ids("case_id", cases.gone, members), members
            ),
            places=self.places,
            mentions=self._mentions(mentions, moved),
            merges=pd.concat(
                [subjects, merges_of("incident", incidents.merges), case_merges], ignore_index=True
            ),
            report={
                **dict(self.memory["report"].itertuples(index=False, name=None)),
                **self.naming.report,
                **resting_report(self.previous),
                **no_place_report(self.records, self.settings.matching.places.words),
                "records linked anew": len(self.fresh.records),
                "records withdrawn or changed": int(self.fresh.gone.sum()),
                "parties linked again": len(people.rows),
            },
            patches=self.patches,
        )

    def _put(self, name: str, keys: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
        """The memory's frame with these rows in the place of all that have one of the keys."""
        base = self.memory[name]
        rows = rows[list(base.columns)].astype(base.dtypes.to_dict())
        patch = Patch(keys.drop_duplicates(ignore_index=True), rows.reset_index(drop=True))
        self.patches[name] = patch
        return patch.on(base)

    def _lost(self, name: str, new: pd.DataFrame) -> pd.DataFrame:
        """The keys of records that are gone and of new rows."""
        gone = self.memory[name][RECORD][self.lost[name]]
        return pd.concat([gone, new[RECORD]])

    def _party_links(
        self, acting: pd.DataFrame, moved: pd.DataFrame, people: Relinked, firms: Relinked
    ) -> pd.DataFrame:
        """Party links of the parties that are rows, from those of all."""
        keys = pd.concat([moved[RECORD], people.rows[RECORD], firms.rows[RECORD]])
        rows = with_keys(acting, keys)
        return self._put("party_links", keys, rows[~rows["party_no"].str.startswith(TOLD)])

    def _judged_places(self) -> pd.DataFrame:
        """Remembered records that a verdict on places names, with codes."""
        named = {
            text
            for verdict in ("same", "different")
            for side in ("left", "right")
            for text in last_verdicts(self.previous, "place", verdict)[side]
        }
        base = self.memory["records"][~self.fresh.gone]
        base = base[among_names(base["channel"] + "|" + base["record_id"], named)]
        part = self.records[among_names(self.records["record_id"], base["record_id"])]
        part = part.merge(base[RECORD], on=RECORD)
        return with_codes(part, self.fresh.parties.iloc[:0], self.settings)[0]

    def _entities(
        self, everyone: pd.DataFrame, place_links: pd.DataFrame
    ) -> tuple[Relinked, Relinked, pd.DataFrame, pd.DataFrame]:
        """People, organisations, the party links of the fresh parties, and facts of all people."""
        matching, memory = self.settings.matching, self.memory
        standard = standardise_people(
            everyone, self.fresh.records, place_links, matching.hub_phone_names,
            self._above(place_links["place_id"]),
        ).frame  # fmt: skip
        rows = standard.index
        standard = standard.reset_index(drop=True)
        standard["record"] = key_hashes(standard, RECORD)
        hubs = memory["hub_phones"]["key"].to_numpy(np.uint64)
        standard["phone"] = standard["phone"].mask(
            among(hashed([standard["phone"]], self.secret), hubs)
        )
        people = relink_people(
            standard, memory, ~self.lost["people"], self.parties, matching, self.previous,
            (last_verdicts(self.previous, "person", "same"),
             last_verdicts(self.previous, "person", "different")),
            self.secret,
        )  # fmt: skip
        named = organisations(everyone["organisation"])
        is_firm = named["core"].notna() & ~everyone.index.isin(rows)
        county = everyone[RECORD].merge(
            self.fresh.records[[*RECORD, "county_code", "reported_at"]], on=RECORD, how="left"
        )
        firms = relink_organisations(
            everyone.loc[is_firm, [*PARTY, "organisation"]].assign(
                county_code=county.loc[is_firm, "county_code"], moment=county.loc[is_firm, "reported_at"]
            ),
            memory["organisations"], ~self.lost["organisations"], matching, self.previous,
        )  # fmt: skip
        found = pd.concat(
            [
                people.rows.assign(entity_type="person"),
                firms.rows.assign(entity_type="organisation"),
            ]
        )
        own = everyone[PARTY].merge(found, on=PARTY, how="left")
        alone = own["entity_id"].isna()
        own.loc[alone, "entity_id"] = founding_ids("p", own.loc[alone, PARTY])
        own["entity_type"] = own["entity_type"].fillna("person")
        own["probability"] = own["probability"].fillna(1.0)
        known = pd.concat([kin_facts(memory["people"]), kin_facts(standard)])
        return people, firms, own[[*PARTY, "entity_id", "entity_type", "probability"]], known

    def _above(self, place_ids: pd.Series) -> pd.DataFrame:
        """These places and all that hold them."""
        parents = self.places.set_index("place_id")["parent_id"]
        wanted = set(place_ids.dropna())
        step = wanted
        while step:
            step = set(parents.reindex(list(step)).dropna()) - wanted
            wanted |= step
        return self.places[among_names(self.places["place_id"], wanted)]

    def _acting(
        self, everyone: pd.DataFrame, own: pd.DataFrame, people: Relinked, firms: Relinked,
        merges: pd.DataFrame, known: pd.DataFrame,
    ) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
        """Party links of all parties but new kin; and the rows whose entity is another, before and after.

        Returns:
            ``acting`` as of ``Memory``; channel, record_id, before, entity_id of moved rows.
        """
        named = organisations(everyone["organisation"])
        roles = everyone[[*PARTY, "role_code"]].assign(
            is_hub=named["is_public_hub"].to_numpy(),
            aside=stands_aside(everyone, self.fresh.records, known),
        )
        new = own.merge(roles, on=PARTY).sort_values(PARTY)
        gone = self.lost["acting"]
        base = self.memory["acting"]
        base = base[~gone].reset_index(drop=True) if gone.any() else base
        before = base["entity_id"].array
        entity = before.copy()
        chance = base["probability"].to_numpy(float).copy()
        into = dict(merges[["from_id", "into_id"]].to_numpy().tolist())
        at = np.flatnonzero(among_names(base["entity_id"], into))
        entity[at] = [into[name] for name in entity[at]]
        again = pd.concat([people.rows, firms.rows])
        near = np.flatnonzero(among_names(base["record_id"], again["record_id"]))
        met = base.iloc[near][PARTY].merge(again, on=PARTY, how="left")
        told = met["entity_id"].notna().to_numpy()
        entity[near[told]] = met["entity_id"].to_numpy(dtype=object)[told]
        sure = told & met["probability"].notna().to_numpy()
        chance[near[sure]] = met["probability"].to_numpy(float)[sure]
        base = base.assign(entity_id=entity, probability=chance)
        moved = np.flatnonzero(np.asarray(entity != before))
        rows = base.iloc[moved][RECORD].assign(before=before[moved], entity_id=entity[moved])
        acting = spliced(base, None, new, RECORD)
        lost = self.memory["acting"][gone]
        rows = pd.concat(
            [
                rows,
                lost[RECORD].assign(before=lost["entity_id"], entity_id=lost["entity_id"]),
                new[RECORD].assign(before=new["entity_id"], entity_id=new["entity_id"]),
            ]
        )
        return acting, rows

    def _incidents(self, acting: pd.DataFrame) -> Reincident:
        """New records among those reported around them."""
        matching, memory = self.settings.matching, self.memory
        known, links = memory["records"], memory["incident_links"]
        fresh, lost = self.fresh.records, known[self.fresh.gone]
        # Whoever names a new or withdrawn record may mean another one than before, or one at last.
        changed = pd.concat([fresh[RECORD], lost[RECORD]]).drop_duplicates()
        naming = naming_any(self.records, changed)
        named = set(naming["record_id"]) | set(naming["number"]) | numbers_named(fresh)
        judged = {
            record_id
            for verdict in ("same", "different", "unsure")  # unsure takes one back
            for side in ("left", "right")
            for text in last_verdicts(self.previous, "incident", verdict)[side]
            for record_id in record_ids_in(text)
        }
        moments = pd.concat([fresh["reported_at"], lost["reported_at"]])
        near = records_around(known, links, moments, named | judged, matching.incident.window_hours)
        reopened = set(links.loc[self.fresh.gone, "incident_id"])
        reopened |= set(links.loc[among_names(links["record_id"], judged), "incident_id"])
        reopened |= set(links.loc[among_keys(links, naming, RECORD), "incident_id"])
        around = known[RECORD][near & ~self.fresh.gone]
        wanted = pd.concat([around, fresh[RECORD]])
        part = self.naming.records
        part = part[among_names(part["record_id"], wanted["record_id"])]
        part = part.merge(wanted, on=RECORD).sort_values(RECORD).reset_index(drop=True)
        part, _ = with_codes(part, self.fresh.parties.iloc[:0], self.settings)
        place_links = self.place_links[
            among_names(self.place_links["record_id"], part["record_id"])
        ]
        return relink_incidents(
            part, self._standing(part, acting), place_links, self._above(place_links["place_id"]),
            links, reopened, matching, self.previous,
            (decided(self.previous, "incident", part[RECORD], "same"),
             decided(self.previous, "incident", part[RECORD], "different")),
        )  # fmt: skip

    def _standing(self, part: pd.DataFrame, acting: pd.DataFrame) -> pd.DataFrame:
        """Who stands in these records, and in how many he had stood by each."""
        here = acting[among_names(acting["record_id"], part["record_id"])]
        here = here[here["role_code"] != "handler"]
        position = part[RECORD].assign(row=np.arange(len(part)))
        here = here.merge(position, on=RECORD)
        stands = acting[among_names(acting["entity_id"], here["entity_id"])]
        stands = stands[stands["role_code"] != "handler"]
        stands = stands[[*RECORD, "entity_id"]].drop_duplicates()
        there = among_names(self.records["record_id"], stands["record_id"])
        stands = stands.merge(self.records.loc[there, [*RECORD, "reported_at"]], on=RECORD)
        times = times_told(
            pd.factorize(stands["entity_id"])[0].astype(np.int64),
            stands["reported_at"].astype("datetime64[us]").astype("int64").to_numpy(),
        )
        known = stands[[*RECORD, "entity_id"]].assign(times=times)
        here = here.merge(known, on=[*RECORD, "entity_id"])
        here = here.assign(entity=pd.factorize(here["entity_id"])[0])
        return here[["row", "entity", "entity_type", "role_code", "times"]]

    def _cases(
        self, acting: pd.DataFrame, moved: pd.DataFrame, incident_links: pd.DataFrame,
        frame: pd.DataFrame, incidents: Reincident,
    ) -> Recased:  # fmt: skip
        """The cases of changed incidents, people, organisations and places."""
        near = incident_links[among_names(incident_links["record_id"], moved["record_id"])]
        met = near.merge(moved[RECORD].drop_duplicates(), on=RECORD)
        changed = set(met["incident_id"].unique())
        changed |= set(incidents.links["incident_id"])
        gone = pd.Series(list(incidents.gone), dtype="str")
        dissolved = set(gone[~among_names(gone, incident_links["incident_id"])])
        # Whoever stands in an incident whose records changed has other incidents now.
        records = incidents.links["record_id"]
        here = acting[among_names(acting["record_id"], records)]
        there = self.place_links[among_names(self.place_links["record_id"], records)]
        lost = self.memory["place_links"][self.lost["place_links"]]
        columns = [moved["before"], moved["entity_id"], here["entity_id"],
                   there["place_id"], lost["place_id"]]  # fmt: skip
        subjects = set(pd.concat(columns).unique())
        return relink_cases(
            Changes(changed, dissolved, subjects), incident_links, frame, acting,
            self.place_links, self.places, self.memory["cases"], self.memory["case_incidents"],
            self.settings.matching.cases,
        )  # fmt: skip

    def _before(self, cases: Recased, incidents: Reincident) -> Previous:
        """The cases of the night before that could be those which changed."""
        old = self.previous.case_incidents
        touched = set(cases.case_incidents["incident_id"]) | incidents.gone
        touched |= set(incidents.merges["from_id"])
        members = old[among_names(old["incident_id"], touched)]
        base = self.memory["cases"]["case_id"]
        ids = members["case_id"].drop_duplicates()
        ids = ids[~among_names(ids, base[~among_names(base, cases.gone)])]
        table = self.previous.cases
        return _with_cases(self.previous, table[among_names(table["case_id"], ids)],
                           members[among_names(members["case_id"], ids)])  # fmt: skip

    def _before_series(self, merges: pd.DataFrame) -> Previous:
        """The cases of the night before of people, organisations and places that are others now."""
        table = self.previous.cases
        table = table[among_names(table["subject"], merges["from_id"])]
        return _with_cases(self.previous, table, self.previous.case_incidents.iloc[:0])

    def _mentions(self, new: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
        """Mentions with the entities of this night."""
        keys = pd.concat([moved[RECORD], self._lost("mentions", new)])
        known = with_keys(self.memory["mentions"][~self.lost["mentions"]], keys)
        now = moved[moved["before"] != moved["entity_id"]].drop_duplicates([*RECORD, "before"])
        met = known[[*RECORD, "entity_id"]].merge(
            now, left_on=[*RECORD, "entity_id"], right_on=[*RECORD, "before"], how="left",
            suffixes=("", "_now"),
        )["entity_id_now"]  # fmt: skip
        known = known.assign(entity_id=met.where(met.notna(), known["entity_id"]))
        return self._put("mentions", keys, pd.concat([known, new]).sort_values(MENTION))


def _ids(name: str, gone: Iterable[str], new: pd.DataFrame) -> pd.DataFrame:
    """The ids that are gone and those of new rows."""
    return pd.DataFrame({name: pd.concat([pd.Series(list(gone), dtype="str"), new[name]])})


def _with_cases(previous: Previous, cases: pd.DataFrame, members: pd.DataFrame) -> Previous:
    return replace(previous, cases=cases, case_incidents=members)


__all__ = ["KEPT", "link_changes"]
