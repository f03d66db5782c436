"""The linker on any table: laws that hold for every specification."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warning.matching.evaluation import pairwise
from warning.matching.linker import Comparison, Specification, Weights, link_table, rule
from warning.matching.linker.blocking import pairs_in_blocks, plan
from warning.matching.linker.comparisons import dates, equality, exchangeable, similar
from warning.matching.linker.linkage import link_rows
from warning.matching.linker.stage import compare_partition, partition_rows
from warning.matching.linker.weights import level_bits

SPECIFICATION = Specification(
    comparisons=(
        exchangeable("name", "given", "family", most=14),
        dates("birth", "born"),
        similar("town", "town", steps=(0.9,), frequency="town"),
        equality("phone", "phone"),
    ),
    rules=(rule("family", "born[:4]"), rule("given", "born"), rule("phone"),
           rule("given", "family")),
    exclusive=("number",),
)  # fmt: skip
GIVEN = ["anna", "bruno", "clara", "david", "emma", "felix", "greta", "hugo", "ida", "jonas"]
FAMILY = ["abel", "brand", "conrad", "dorn", "ernst", "falk", "gross", "haas", "imhof", "jung"]


def town_of(people: int, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Mentions of made-up people with errors, and who each is."""
    random = np.random.Generator(np.random.PCG64(seed))
    rows, truth = [], []
    for person in range(people):
        given_name, family = random.choice(GIVEN), random.choice(FAMILY)
        born = (
            f"{random.integers(1940, 2000)}{random.integers(1, 13):02}{random.integers(1, 29):02}"
        )
        phone, town = f"{random.integers(10**7, 10**8)}", random.choice(["ulm", "jena", "hof"])
        for _ in range(random.integers(1, 5)):
            family_written = family[:-1] if random.random() < 0.1 else family
            rows.append(
                (given_name, family_written, born if random.random() < 0.95 else None,
                 town, phone if random.random() < 0.6 else None)
            )  # fmt: skip
            truth.append(person)
    frame = pd.DataFrame(rows, columns=["given", "family", "born", "town", "phone"], dtype="str")
    return frame, np.array(truth)


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    return pairwise(one, other).f1 == 1.0


def test_it_finds_who_is_who() -> None:
    """Estimated on the table itself, the weights find people at high precision."""
    frame, truth = town_of(400)
    scores = pairwise(link_table(frame, SPECIFICATION).cluster, truth)
    assert scores.precision > 0.98
    assert scores.recall > 0.85


def test_the_order_of_rows_changes_nothing() -> None:
    """Who is with whom is the same however the rows are shuffled."""
    frame, _ = town_of(150)
    found = link_table(frame, SPECIFICATION).cluster
    for seed in (1, 2):
        order = np.random.Generator(np.random.PCG64(seed)).permutation(len(frame))
        shuffled = link_table(frame.iloc[order], SPECIFICATION).cluster
        assert same_partition(found[order], shuffled)


def test_parts_sum_to_the_weight_and_stay_in_their_bounds() -> None:
    """A pair's weight is its prior and its parts; no part is beyond its comparison's ceiling."""
    frame, _ = town_of(150)
    pairs = link_table(frame, SPECIFICATION).pairs
    names = [one.name for one in SPECIFICATION.comparisons]
    np.testing.assert_allclose(pairs[["prior", *names]].sum(axis=1), pairs["weight"], atol=1e-3)
    for one in SPECIFICATION.comparisons:
        assert pairs[one.name].abs().max() <= one.most + 1e-6
    assert pairs["probability"].between(0, 1).all()
    assert (pairs["left"] < pairs["right"]).all()


def test_missing_is_no_evidence() -> None:
    """A comparison with a missing value gives exactly 0 bits."""
    frame, _ = town_of(150)
    pairs = link_table(frame, SPECIFICATION).pairs
    known = frame["phone"].notna().to_numpy()
    either = ~(known[pairs["left"]] & known[pairs["right"]])
    assert either.any()
    assert (pairs.loc[either, "phone"] == 0).all()


@pytest.mark.parametrize("comparison", SPECIFICATION.comparisons, ids=lambda one: one.name)
def test_comparisons_are_symmetric(comparison: Comparison) -> None:
    """Left and right may change places."""
    frame, _ = town_of(40)
    values = frame[list(comparison.columns)].drop_duplicates().reset_index(drop=True)
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(values)))
    np.testing.assert_array_equal(
        comparison.judge(values, left, right), comparison.judge(values, right, left)
    )


def test_a_higher_threshold_never_adds_links() -> None:
    """What is together at a high threshold is together at every lower one's pairs, too."""
    frame, _ = town_of(200)
    before: set[tuple[int, int]] | None = None
    for threshold in (0.5, 0.9, 0.99, 0.9999):
        specification = Specification(
            SPECIFICATION.comparisons, SPECIFICATION.rules, threshold=threshold
        )
        pairs = link_table(frame, specification).pairs
        good = pairs[pairs["probability"] >= threshold]
        links = set(zip(good["left"], good["right"], strict=True))
        assert before is None or links <= before
        before = links


def all_pairs(frame: pd.DataFrame) -> Specification:
    """The specification with one rule that compares every row with every other."""
    return Specification(
        SPECIFICATION.comparisons, (rule("everyone"),), block_cap=10_000, pairs_a_row=10_000,
        derive=lambda table: table.assign(everyone="x"),
    )  # fmt: skip


def test_blocking_misses_next_to_nothing_of_what_all_pairs_find() -> None:
    """Against the oracle that compares all pairs with the same weights."""
    frame, _ = town_of(120)
    blocked = link_rows(frame, SPECIFICATION)
    oracle = link_rows(frame, all_pairs(frame), blocked.weights)
    good = oracle.pairs[oracle.pairs["probability"] >= 0.5]
    seen = set(zip(blocked.pairs["left"], blocked.pairs["right"], strict=True))
    missed = [pair for pair in zip(good["left"], good["right"], strict=True) if pair not in seen]
    assert len(missed) <= 0.02 * len(good)
    assert pairwise(blocked.cluster, oracle.cluster).f1 > 0.99


def test_a_partition_of_keys_gives_the_same_pairs_as_the_whole() -> None:
    """The pair stage is a function of one partition: any cut gives equal float32 weights."""
    frame, _ = town_of(150)
    weights = link_rows(frame, SPECIFICATION).weights
    rows = partition_rows(frame, SPECIFICATION)
    for place in range(len(SPECIFICATION.rules)):
        whole = compare_partition(rows, place, SPECIFICATION, weights)
        cut = [
            compare_partition(part, place, SPECIFICATION, weights)
            for _, part in rows.groupby(rows[f"key:{place}"] % 3)
        ]
        joined = pd.concat(cut).sort_values(["left", "right"], ignore_index=True)
        pd.testing.assert_frame_equal(whole, joined)
        assert whole["weight"].dtype == np.float32


@given(st.lists(st.integers(-1, 5), max_size=40), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_pairs_of_blocks_are_all_pairs_of_equal_keys(keys: list[int], chunk: int) -> None:
    """Whatever the size of a chunk, each pair of rows with an equal key comes once."""
    code = np.array(keys, np.int32)
    found = [
        pair
        for left, right in pairs_in_blocks(code, chunk)
        for pair in zip(left.tolist(), right.tolist(), strict=True)
    ]
    expected = [(a, b) for a, b in combinations(range(len(keys)), 2) if keys[a] == keys[b] >= 0]
    assert sorted(found) == expected


def test_a_rules_cost_is_known_and_kept_to() -> None:
    """The plan counts the pairs before they are made; cap and budget leave out and say what."""
    key = np.repeat(np.arange(3, dtype=np.int32), [10, 4, 2])
    free = plan(key, "k", cap=100, budget=1e9)
    assert (free.pairs, free.lost_pairs) == (45 + 6 + 1, 0)
    capped = plan(key, "k", cap=5, budget=1e9)
    assert (capped.pairs, capped.lost_pairs, capped.lost_blocks) == (7, 45, 1)
    budgeted = plan(key, "k", cap=100, budget=6.5)
    assert (budgeted.pairs, budgeted.lost_pairs) == (1, 51)
    assert sum(len(left) for left, _ in pairs_in_blocks(capped.key)) == capped.pairs


def test_two_values_of_an_exclusive_column_never_share_a_cluster() -> None:
    """Two rows alike in everything but a number that is one person's are two."""
    frame, _ = town_of(60)
    frame["number"] = pd.Series(np.where(np.arange(len(frame)) % 3 == 0, "a", "b"), dtype="str")
    found = link_table(frame, SPECIFICATION).cluster
    assert (frame["number"].groupby(found).nunique() == 1).all()


def test_decisions_hold() -> None:
    """A pair judged 'same' is together and one judged 'different' apart, whatever it looks like."""
    frame, truth = town_of(60)
    far = (0, int(np.flatnonzero(truth != truth[0])[-1]))
    near = tuple(np.flatnonzero(truth == np.bincount(truth).argmax())[:2].tolist())
    found = link_table(frame, SPECIFICATION, same=[far], different=[near])
    assert found.cluster[far[0]] == found.cluster[far[1]]
    assert found.cluster[near[0]] != found.cluster[near[1]]
    told = found.pairs[(found.pairs["left"] == far[0]) & (found.pairs["right"] == far[1])]
    assert told["probability"].tolist() == [1.0]


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tiny_tables(rows: int) -> None:
    """No row, one row and two rows are linked like any others."""
    frame, _ = town_of(5)
    found = link_table(frame.head(rows), SPECIFICATION)
    assert len(found.cluster) == rows


def test_given_weights_are_used_as_they_are() -> None:
    """Weights from elsewhere are not estimated again."""
    frame, _ = town_of(60)
    first = link_table(frame, SPECIFICATION).weights
    other = Weights(1e-5, first.m, first.u)
    found = link_table(frame, SPECIFICATION, other)
    assert found.weights is other
    assert found.pairs["prior"].max() < -16


def test_a_ceiling_follows_the_prior_of_a_larger_table() -> None:
    """The same rare agreement means the same in a town and in a city sixteen times its size."""
    comparison = equality("phone", "phone", most=12.0)
    town = Weights(2.0**-14, {"phone": np.array([0.9, 0.1])}, {"phone": np.array([2e-6, 1.0])})
    city = Weights(2.0**-18, town.m, town.u)
    fixed = Specification(comparisons=(comparison,), rules=(rule("phone"),))
    following = replace(fixed, ceilings_at=town.prior_bits)

    def says(specification: Specification, weights: Weights) -> float:
        return float(level_bits(specification, weights)["phone"][0]) + weights.prior_bits

    assert says(fixed, city) == pytest.approx(says(fixed, town) - 4, abs=0.001)
    assert says(following, city) == pytest.approx(says(following, town), abs=0.001)
    # A smaller table's ceilings are no lower, and no ceiling lends what the data do not show.
    village = Weights(2.0**-8, town.m, town.u)
    assert says(following, village) == pytest.approx(12 - 8, abs=0.01)
    common = Weights(2.0**-18, town.m, {"phone": np.array([0.01, 0.99])})
    assert level_bits(following, common)["phone"][0] == pytest.approx(np.log2(90), abs=0.01)


def test_the_largest_clusters_are_reported_with_why() -> None:
    """Rows, links and the comparison that holds each together."""
    frame, _ = town_of(100)
    found = link_table(frame, SPECIFICATION)
    assert found.largest["rows"].is_monotonic_decreasing
    assert set(found.largest["strongest"]) <= {one.name for one in SPECIFICATION.comparisons}
    top = found.largest.iloc[0]
    assert int((found.cluster == top["cluster"]).sum()) == top["rows"]


def test_a_specification_that_contradicts_itself_is_refused() -> None:
    """Comparisons of one name, unknown names and level counts that do not fit."""
    with pytest.raises(ValueError, match="same name"):
        Specification((equality("a", "x"), equality("a", "y")), (rule("x"),))
    with pytest.raises(ValueError, match="unknown"):
        Specification((equality("a", "x"),), (rule("x"),), against=frozenset({"b"}))
    with pytest.raises(ValueError, match="levels"):
        equality("a", "x", m=(0.5, 0.3, 0.2))
