"""Cases from night to night: a case keeps its id while its incidents or its subject remain."""

import numpy as np
import pandas as pd

from warning.matching.links import Previous, merges_of
from warning.tabular import among_names


def stable_cases(
    cases: pd.DataFrame,
    members: pd.DataFrame,
    previous: Previous | None,
    incidents: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Keep the id that a case had: by its subject, else by the incidents it holds.

    Entities keep their ids, so a case's subject, and with it its id, changes only where two of
    its subjects became one; then the incidents say which case it was.

    Args:
        cases, members: tonight's cases and their incidents.
        previous: what the store knew.
        incidents: from_id, into_id of the incidents that are others' since.

    Returns:
        The cases and their incidents under the ids that stay; kind, from_id, into_id of the cases
        that are others' now.
    """
    nothing = pd.DataFrame({"kind": [], "from_id": [], "into_id": []}, dtype="str")
    if previous is None or previous.cases.empty:
        return cases, members, nothing
    before = previous.case_incidents.merge(
        previous.cases[["case_id", "kind", "first_at"]], on="case_id"
    )
    into = incidents.drop_duplicates("from_id").set_index("from_id")["into_id"]
    moved = np.flatnonzero(among_names(before["incident_id"], into.index))
    there = before.iloc[moved].assign(incident_id=before["incident_id"].iloc[moved].map(into))
    before = pd.concat([before, there]).drop_duplicates(["case_id", "incident_id"])
    now = members.merge(cases[["case_id", "kind"]], on="case_id")
    met = now.merge(before, on=["incident_id", "kind"], suffixes=("", "_old"))
    met = met[~met["case_id_old"].isin(cases["case_id"])]
    met = met[met["kind"] == "matter"]
    share = met.groupby(["case_id_old", "case_id"]).size().rename("shared").reset_index()
    share = share.sort_values(["case_id_old", "shared", "case_id"], ascending=[True, False, True])
    gone = share.drop_duplicates("case_id_old").merge(
        previous.cases[["case_id", "first_at"]], left_on="case_id_old", right_on="case_id",
        suffixes=("", "_was"),
    )  # fmt: skip
    known = set(previous.cases["case_id"])
    gone = gone.sort_values(["case_id", "first_at", "case_id_old"])
    new_name = gone[~gone["case_id"].isin(known)].drop_duplicates("case_id")
    renamed = dict(zip(new_name["case_id"], new_name["case_id_old"], strict=True))
    into = gone["case_id"].map(lambda name: renamed.get(name, name))
    merged = gone["case_id_old"] != into
    merges = pd.DataFrame(
        {"kind": "case", "from_id": gone["case_id_old"][merged], "into_id": into[merged]}
    )
    cases = cases.assign(case_id=cases["case_id"].replace(renamed)).sort_values("case_id")
    members = members.assign(case_id=members["case_id"].replace(renamed))
    return (
        cases.reset_index(drop=True),
        members.sort_values(["case_id", "incident_id"]).reset_index(drop=True),
        merges.astype("str"),
    )


def subject_merges(
    cases: pd.DataFrame, subjects: pd.DataFrame, previous: Previous | None
) -> pd.DataFrame:
    """Cases of a person, place or organisation that is another one now: which case they became.

    Args:
        cases: tonight's.
        subjects: from_id, into_id of people, organisations and places.
        previous: what the store knew.
    """
    if previous is None or previous.cases.empty:
        return merges_of("case", pd.DataFrame({"from_id": [], "into_id": []}, dtype="str"))
    into = subjects.drop_duplicates("from_id").set_index("from_id")["into_id"]
    gone = previous.cases[
        (previous.cases["kind"] != "matter") & ~previous.cases["case_id"].isin(cases["case_id"])
    ]
    gone = gone.assign(subject=gone["subject"].map(into)).dropna(subset=["subject"])
    both = gone.merge(cases, on=["kind", "subject"], suffixes=("", "_now"))
    merges = both.rename(columns={"case_id": "from_id", "case_id_now": "into_id"})
    return merges_of("case", merges[["from_id", "into_id"]].astype("str"))
