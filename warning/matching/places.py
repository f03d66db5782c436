"""Places: what the records' addresses name, each at the grain it was written.

Inside a county equal standard text is one place; near texts of one grain are, where nothing in
them conflicts and their names are alike. A coarse place is a place of its own grain and never
one of its rooms.
"""

import numpy as np
import pandas as pd
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from warning.matching.identity import founding_id
from warning.matching.standardise.addresses import parse
from warning.settings import Settings

PLACE_LINKS = ["channel", "record_id", "place_id", "grain", "probability"]
PLACES = ["place_id", "grain", "parent_id", "county_code", "text", "is_hub"]
HUBS = r"医院|卫生院|派出所|公安局|市场|车站|广场|景区|公园|学校|中学|小学|法院|政府|商场|超市"
#: Probability that equal standard text in one county is one place.
EXACT = 0.99
#: Names of compounds, villages and POIs at least this alike (Jaro–Winkler) are one place.
ALIKE = 0.92
#: Distinct names of one grain in one county beyond which only equal text is compared.
MOST_NAMES = 4000


def link_places(records: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say for each record which place it names.

    Args:
        records: canonical records of one moment.
        settings: ``matching.places`` holds the degree from which a place is a hub.

    Returns:
        place_links and places as in :class:`warning.matching.links.Links`; records that say
        nothing of where are in neither. ``probability`` is 0.99 for equal text, the likeness of
        the names for joined spellings.
    """
    parts = parse(records["address"])
    for level in ("town", "village"):
        parts[level] = parts[level].where(parts[level].notna(), records[level])
    county = records["county_code"].where(records["county_code"].notna(), parts["county"])
    text = parts["standard"].where(parts["standard"].notna(), records["village"])
    text = text.where(text.notna(), records["town"])
    grain = parts["grain"].where(parts["grain"].notna(), "village")
    grain = grain.where(parts["grain"].notna() | records["village"].notna(), "town")
    frame = pd.DataFrame(
        {
            "channel": records["channel"],
            "record_id": records["record_id"],
            "county_code": county.fillna(""),
            "grain": grain,
            "text": text,
            "name": _name(parts, text),
        }
    )[text.notna().to_numpy()]
    frame["tail"] = [t.replace(n, "", 1) for t, n in zip(frame["text"], frame["name"], strict=True)]
    frame["likeness"] = 1.0
    frame["canonical"] = frame["name"]
    _join_spellings(frame)
    keys = (
        frame["county_code"] + "\x1f" + frame["grain"] + "\x1f" + frame["canonical"] + frame["tail"]
    )
    distinct = keys.unique()
    ids = {key: founding_id("l", *key.split("\x1f")) for key in distinct}
    frame["place_id"] = keys.map(ids).astype("str")
    frame["probability"] = EXACT * frame["likeness"]
    places = _places(frame, settings)
    return frame[PLACE_LINKS].sort_values(["channel", "record_id"]).reset_index(drop=True), places


def _name(parts: pd.DataFrame, text: pd.Series) -> pd.Series:
    """The part of the text that is a name, where spellings differ: not its numbers."""
    name = pd.Series(np.nan, index=text.index, dtype="str")
    for level in ("compound", "poi", "road", "village"):
        name = name.where(name.notna(), parts[level])
    return name.where(name.notna(), text)


def _join_spellings(frame: pd.DataFrame) -> None:
    """Give alike names of one county and grain their commonest spelling."""
    for _, rows in frame.groupby(["county_code", "grain"], sort=True):
        counts = rows["name"].value_counts()
        names = sorted(counts.index)
        if not 1 < len(names) <= MOST_NAMES:
            continue
        alike = cdist(
            names, names, scorer=JaroWinkler.similarity, score_cutoff=ALIKE, dtype=np.float32
        )
        left, right = np.nonzero(np.triu(alike, 1))
        keep = np.array(
            [_may_be_one(names[i], names[j]) for i, j in zip(left, right, strict=True)], bool
        )
        if not keep.any():
            continue
        left, right = left[keep], right[keep]
        graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(names), len(names)))
        _, label = connected_components(graph, directed=False)
        table = pd.DataFrame({"name": names, "label": label, "count": counts[names].to_numpy()})
        best = table.sort_values(["count", "name"], ascending=[False, True]).drop_duplicates(
            "label"
        )
        common = table["label"].map(best.set_index("label")["name"])
        spelling = dict(zip(names, common, strict=True))
        row = {name: k for k, name in enumerate(names)}
        likeness = {
            name: max(float(alike[row[name], row[to]]), ALIKE) for name, to in spelling.items()
        }
        frame.loc[rows.index, "canonical"] = rows["name"].map(spelling)
        frame.loc[rows.index, "likeness"] = rows["name"].map(likeness)


def _may_be_one(left: str, right: str) -> bool:
    """Two names of which one's digits or direction differ are two places."""
    signs = "0123456789东南西北上下前后左右大小新老"
    return [c for c in left if c in signs] == [c for c in right if c in signs]


def _places(frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    counts = frame.groupby("place_id").size()
    first = frame.drop_duplicates("place_id").set_index("place_id").sort_index()
    limit = settings.matching.hub_records
    grains = {"room", "building", "group"}
    hub = first["text"].str.contains(HUBS) & ~first["grain"].isin(grains)
    hub |= (counts.reindex(first.index) >= limit) & (first["grain"] == "poi")
    coarse = first[first["grain"].isin({"compound", "village", "poi"})]
    parent = {(row.county_code, row.canonical): row.Index for row in coarse.itertuples()}
    fine = first["grain"].isin({"room", "building", "group"})
    parents = [
        parent.get((county, name)) if is_fine else None
        for county, name, is_fine in zip(
            first["county_code"], first["canonical"], fine, strict=True
        )
    ]
    return pd.DataFrame(
        {
            "place_id": first.index,
            "grain": first["grain"].to_numpy(),
            "parent_id": pd.Series(parents, dtype="str").to_numpy(),
            "county_code": first["county_code"].to_numpy(),
            "text": (first["canonical"] + first["tail"]).to_numpy(),
            "is_hub": hub.to_numpy(bool),
        }
    )[PLACES].reset_index(drop=True)
