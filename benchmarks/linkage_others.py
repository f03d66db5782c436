"""recordlinkage and goldenmatch on one public set, in an environment of their own.

They need an older pandas than warning, so ``linkage_public.py --others PYTHON`` runs this file with
that environment's interpreter (``pip install recordlinkage==0.16 goldenmatch==3.22.0``); it imports
nothing of the project.

    PYTHON linkage_others.py recordlinkage|goldenmatch TABLE.parquet OUT.parquet

``TABLE`` has the columns of ``linkage_english.py`` and no truth. ``OUT`` gets pairs: ``left``,
``right`` (row numbers), ``probability``, and ``linked``. Prints the CPU seconds of the linking.

recordlinkage: the comparisons and blocks of its own FEBRL examples for the columns a set has, and
its ECM classifier (Fellegi–Sunter by EM), which tells linked pairs and no clusters. goldenmatch:
the configuration it finds for the table by itself.
"""

import itertools
import sys
import time

import pandas as pd

NAMES = {"given_name": 0.9, "surname": 0.9, "street": 0.85, "town": 0.9, "email": 0.9}
EXACT = ("birth_date", "postcode", "number", "occupation")
BLOCKS = (
    ("number",),
    ("email",),
    ("given_name", "surname"),
    ("birth_date",),
    ("postcode", "given_name"),
    ("postcode", "surname"),
)


def by_recordlinkage(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs with the probability of its ECM classifier."""
    import recordlinkage

    index = recordlinkage.Index()
    for columns in BLOCKS:
        if set(columns) <= set(table):
            index.block(list(columns))
    compare = recordlinkage.Compare()
    for column, threshold in NAMES.items():
        if column in table:
            compare.string(column, column, method="jarowinkler", threshold=threshold)
    for column in EXACT:
        if column in table:
            compare.exact(column, column)
    features = compare.compute(index.index(table), table)
    classifier = recordlinkage.ECMClassifier()
    linked = classifier.fit_predict(features)
    probability = classifier.prob(features)
    left, right = (features.index.get_level_values(side) for side in (0, 1))
    return pd.DataFrame(
        {
            "left": left,
            "right": right,
            "probability": probability.to_numpy(),
            "linked": features.index.isin(linked),
        }
    )


def by_goldenmatch(table: pd.DataFrame) -> pd.DataFrame:
    """All pairs of its clusters; it gives clusters, no probabilities."""
    import goldenmatch
    import pyarrow

    found = goldenmatch.dedupe_df(pyarrow.Table.from_pandas(table, preserve_index=False))
    pairs = [
        pair
        for cluster in found.clusters.values()
        for pair in itertools.combinations(sorted(cluster["members"]), 2)
    ]
    frame = pd.DataFrame(pairs, columns=["left", "right"], dtype="int64")
    return frame.assign(probability=1.0, linked=True)


def main() -> None:
    """Link one table one way."""
    way, source, target = sys.argv[1:]
    table = pd.read_parquet(source)
    begin = time.process_time()
    pairs = {"recordlinkage": by_recordlinkage, "goldenmatch": by_goldenmatch}[way](table)
    spent = time.process_time() - begin
    pairs.to_parquet(target)
    print(f"seconds {spent:.2f}")


if __name__ == "__main__":
    main()
