"""What is worth most to decide: the pairs whose verdict would change most, first."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from warning.matching.evidence import Evidence
from warning.matching.persons import SURE
from warning.records import RECORD
from warning.settings.matching_review import TIERS, ReviewSettings

#: Columns of :func:`review_queue`.
QUEUE = ["kind", "left", "right", "probability", "bits", "would", "mentions_left",
         "mentions_right", "tier", "worth", "unsure", "reasons"]  # fmt: skip
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def review_queue(
    evidence: Evidence,
    verdicts: pd.DataFrame,
    tiers: pd.DataFrame | None,
    settings: ReviewSettings,
) -> pd.DataFrame:
    """Undecided pairs near the threshold in the order of what is worth most to decide.

    A pair is asked where its verdict could change a cluster: where it would join two (of all pairs
    across them the likeliest), or where, if it were no link, stronger links alone would leave two
    parts. Worth is doubt × log2(1 + pairs of mentions that would join or part) × the tier's worth;
    doubt is 1 at the threshold and falls with the distance in bits.

    Args:
        evidence: of one kind.
        verdicts: kind, left, right, verdict, at: pairs decided the same or different are left out
            unless that rests, ``unsure`` ones come last.
        tiers: channel, record_id, tier: the gravest tier of a record's cases; None: no case is
            graded.
        settings: what a tier is worth, how far from the threshold is asked.

    Returns:
        kind, left, right (keys), probability, bits (the weight), would (``join`` or ``part``;
        ``move`` where ID numbers keep the two people two, and *same* would move one mention),
        mentions_left, mentions_right (of the two clusters or parts), tier (the gravest touched),
        worth, unsure (judged so before), reasons (parts in bits); sorted, worth most first, with
        ties in the order of the keys.
    """
    pairs = evidence.pairs
    if pairs.empty:
        return pd.DataFrame(columns=QUEUE)
    chance = pairs["probability"].to_numpy(float)
    limit = np.log2(evidence.threshold / (1.0 - evidence.threshold))
    far = pairs["weight"].to_numpy(float) - limit
    left, right = pairs["left"].to_numpy(np.int64), pairs["right"].to_numpy(np.int64)
    last, unsure = _judged(evidence, verdicts)
    code = evidence.codes
    record = pd.factorize(evidence.rows["channel"] + "|" + evidence.rows["record_id"])[0]
    kept = (np.abs(far) <= settings.farthest_bits) & ~np.isin(code, last)
    if evidence.kind != "incident":
        # The two sides of one record are two people, whatever an analyst might say.
        kept &= record[left] != record[right]
    sizes = np.bincount(evidence.cluster, minlength=len(evidence.rows))
    linked = pairs["is_link"].to_numpy(bool)
    ask = np.flatnonzero(kept & ~linked)
    one = sizes[evidence.cluster[left[ask]]]
    other = sizes[evidence.cluster[right[ask]]]
    part, first, second = _weak_ties(evidence, left, right, far, linked)
    good = kept[part]
    at = np.concatenate([ask, part[good]])
    near = 1.0 / (1.0 + np.exp2(-far[at]))
    frame = pd.DataFrame(
        {
            "at": at,
            "would": np.repeat(["join", "part"], [len(ask), int(good.sum())]),
            "mentions_left": np.concatenate([one, first[good]]),
            "mentions_right": np.concatenate([other, second[good]]),
            "doubt": 4.0 * near * (1.0 - near),
            "a": np.minimum(evidence.cluster[left[at]], evidence.cluster[right[at]]),
            "b": np.maximum(evidence.cluster[left[at]], evidence.cluster[right[at]]),
        }
    )
    frame["tier"] = _tiers(evidence, left[at], right[at], tiers)
    stake = np.log2(1.0 + frame["mentions_left"] * frame["mentions_right"])
    frame["worth"] = frame["doubt"] * stake * frame["tier"].map(settings.tier_worth)
    frame["unsure"] = np.isin(code[at], unsure)
    # Of all pairs across two clusters one is enough: the first verdict decides the others.
    joins = frame[frame["would"] == "join"].sort_values(
        ["unsure", "doubt", "at"], ascending=[True, False, True]
    )
    frame = pd.concat(
        [joins.drop_duplicates(["a", "b"]), frame[frame["would"] == "part"]], ignore_index=True
    )
    frame = frame.sort_values(["unsure", "worth", "at"], ascending=[True, False, True])
    at = frame["at"].to_numpy()
    move = (frame["would"] == "join") & _kept_two(evidence, left[at], right[at])
    frame["would"] = frame["would"].mask(move, "move")
    key = evidence.rows["key"].to_numpy()
    return frame.assign(
        kind=evidence.kind,
        left=key[left[at]],
        right=key[right[at]],
        probability=chance[at],
        bits=pairs["weight"].to_numpy(float)[at],
        reasons=reasons(evidence, at),
    )[QUEUE].reset_index(drop=True)


def reasons(evidence: Evidence, at: Integers) -> list[str]:
    """The parts of some pairs in bits, those of 0 left out: ``name +4.3 place +3.6``."""
    names = evidence.parts
    rows = evidence.pairs.iloc[at][names].to_numpy(float)
    return [
        " ".join(f"{name} {bits:+.1f}" for name, bits in zip(names, row, strict=True) if bits)
        for row in rows.tolist()
    ]


def _kept_two(evidence: Evidence, left: Integers, right: Integers) -> npt.NDArray[np.bool_]:
    """Pairs whose two people have different ID numbers alone, and that do not show two themselves."""
    if evidence.kind != "person":
        return np.zeros(len(left), bool)
    rows = evidence.rows
    number = rows["id_number"].where(rows["status"].isin(SURE))
    known = number.notna().to_numpy(bool)
    of = number[known].groupby(evidence.cluster[known]).agg(frozenset).to_dict()
    nobody: frozenset[str] = frozenset()
    both = zip(evidence.cluster[left], evidence.cluster[right], strict=True)
    told = [(of.get(one, nobody), of.get(other, nobody)) for one, other in both]
    differ = np.array([bool(a and b and a.isdisjoint(b)) for a, b in told], bool)
    return differ & ~(known[left] & known[right])


def _judged(evidence: Evidence, verdicts: pd.DataFrame) -> tuple[Integers, Integers]:
    """Codes of the pairs whose last verdict decides, and of those left open."""
    own = verdicts[verdicts["kind"] == evidence.kind].sort_values("at")
    own = own.drop_duplicates(["left", "right"], keep="last")
    one, other = own["left"].map(evidence.place), own["right"].map(evidence.place)
    known = (one.notna() & other.notna()).to_numpy(bool)
    a, b = one[known].to_numpy(np.int64), other[known].to_numpy(np.int64)
    code = np.minimum(a, b) * len(evidence.rows) + np.maximum(a, b)
    open_ = (own.loc[known, "verdict"] == "unsure").to_numpy(bool)
    resting = [one * len(evidence.rows) + other for one, other in evidence.resting]
    return code[~open_ & ~np.isin(code, np.array(resting, np.int64))], code[open_]


def _weak_ties(
    evidence: Evidence, left: Integers, right: Integers, far: Floats,
    linked: npt.NDArray[np.bool_],
) -> tuple[Integers, Integers, Integers]:  # fmt: skip
    """Links without which stronger ones leave two parts, and the mentions of the two.

    The strongest links that hold each cluster together make a tree; taken strongest first, each
    of them joins two parts.
    """
    at = np.flatnonzero(linked & (far >= 0))
    size = len(evidence.rows)
    # The tree wants small positive costs; the position breaks ties the same way every time.
    cost = far[at].max(initial=0.0) - far[at] + 1.0
    tree = minimum_spanning_tree(coo_array((cost, (left[at], right[at])), shape=(size, size)))
    found = tree.tocoo()
    rows, columns = found.coords
    code = np.minimum(rows, columns).astype(np.int64) * size + np.maximum(rows, columns)
    own = at[np.isin(evidence.codes[at], code)]
    own = own[np.argsort(-far[own], kind="stable")]
    parent = np.arange(size).tolist()
    count = [1] * size
    first, second = [], []
    for a, b in zip(left[own].tolist(), right[own].tolist(), strict=True):
        one, other = _root(parent, a), _root(parent, b)
        first.append(count[one])
        second.append(count[other])
        parent[other] = one
        count[one] += count[other]
    return own, np.array(first, np.int64), np.array(second, np.int64)


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


def _tiers(
    evidence: Evidence, left: Integers, right: Integers, tiers: pd.DataFrame | None
) -> npt.NDArray[np.object_]:
    """The gravest tier that either mention's record touches."""
    rank = np.full(len(evidence.rows), len(TIERS) - 1)
    if tiers is not None and len(tiers):
        known = tiers.assign(rank=tiers["tier"].map({tier: n for n, tier in enumerate(TIERS)}))
        gravest = known.groupby(RECORD)["rank"].min().reset_index()
        own = evidence.rows[RECORD].merge(gravest, on=RECORD, how="left")["rank"]
        rank = own.fillna(len(TIERS) - 1).to_numpy(np.int64)
    names = np.array(TIERS, dtype=object)
    return np.asarray(names[np.minimum(rank[left], rank[right])])
