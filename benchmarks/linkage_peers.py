"""Splink, run carefully, as the peer of the linkage benchmarks (``uv pip install splink``)."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def splink_linker(frame, settings, deterministic, trainings, recall=0.6, seed=1):
    """A trained Splink linker on a frame with ``unique_id``."""
    from splink import DuckDBAPI, Linker

    database = DuckDBAPI()
    linker = Linker(database.register(frame), settings, log_level=40)
    linker.training.estimate_probability_two_random_records_match(deterministic, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=seed)
    for blocking in trainings:
        linker.training.estimate_parameters_using_expectation_maximisation(blocking)
    return linker


def splink_clusters(linker, frame: pd.DataFrame, thresholds: Iterable[float]):
    """Threshold → cluster of each row of ``frame`` (connected components, Splink's own)."""
    thresholds = list(thresholds)
    edges = linker.inference.predict(threshold_match_probability=min(thresholds))
    found = {}
    for threshold in thresholds:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            edges, threshold_match_probability=threshold
        ).as_pandas_dataframe()
        labels = clusters.set_index("unique_id")["cluster_id"]
        found[threshold] = labels.reindex(frame["unique_id"]).to_numpy()
    pairs = edges.as_pandas_dataframe()[["unique_id_l", "unique_id_r", "match_probability"]]
    return found, pairs


def best_pairwise(pairs: pd.DataFrame, truth: pd.Series) -> tuple[float, float]:
    """The best F1 of single pairs over all thresholds, and that threshold; chosen on the truth.

    Args:
        pairs: unique_id_l, unique_id_r, match_probability.
        truth: entity by unique_id.
    """
    true = truth.loc[pairs["unique_id_l"]].to_numpy() == truth.loc[pairs["unique_id_r"]].to_numpy()
    order = np.argsort(-pairs["match_probability"].to_numpy(), kind="stable")
    hits = np.cumsum(true[order])
    sizes = truth.value_counts()
    total = int((sizes * (sizes - 1) // 2).sum())
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / total
    score = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    best = int(score.argmax())
    return float(score[best]), float(pairs["match_probability"].to_numpy()[order][best])
