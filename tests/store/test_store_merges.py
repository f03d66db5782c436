"""Which case a case became: followed along its merges, unless it stands again by itself."""

import pandas as pd
from sqlalchemy import insert

from warning.store import Store
from warning.store.tables import cases, merges


def test_a_case_that_stands_again_was_merged_into_none(empty_url: str) -> None:
    """c-1 went into c-2 and that into c-3; c-4 went into c-3 and stands again."""
    night = pd.Timestamp("2025-01-01").to_pydatetime()
    moved = [("c-1", "c-2"), ("c-2", "c-3"), ("c-4", "c-3")]
    with Store.open(empty_url) as store:
        with store.writing() as connection:
            connection.execute(
                insert(merges),
                [
                    {"merge_id": number, "as_of": night, "kind": "case", "from_id": one,
                     "into_id": other}
                    for number, (one, other) in enumerate(moved, 1)
                ],
            )  # fmt: skip
            standing = [
                {"case_id": name, "kind": "matter", "county_code": "620702", "category": "02",
                 "subject": "p-1", "status": "open", "first_at": night, "last_at": night,
                 "incident_count": 1, "is_hub": False}
                for name in ("c-3", "c-4")
            ]  # fmt: skip
            connection.execute(insert(cases), standing)
        assert store.survivors(["c-1", "c-4"]) == {"c-1": "c-2", "c-2": "c-3"}
