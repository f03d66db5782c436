"""Addresses measured on real data: parsing (naacl dev), speed, and pairs (CCKS 2021).

    python benchmarks/addresses.py [--data ../shared/data/addresses] [parsing|speed|pairs ...]

The data stand beside the project and are for evaluation only: nothing here is trained into what
ships. The last small classifier of the pairs is fitted inside this script and thrown away.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

import pandas as pd

from warning.matching.standardise import addresses

#: The data's labels that the product knows too, and the product's parts for each.
LABELS = {
    "prov": "prov", "city": "city", "district": "district", "town": "town",
    "community": "community", "road": "road", "roadno": "roadno", "poi": "poi",
    "houseno": "houseno", "cellno": "cellno", "floorno": "floorno", "roomno": "roomno",
}  # fmt: skip
PARTS = {
    "province": "prov", "city": "city", "county": "district", "town": "town",
    "village": "community", "group": "road", "road": "road", "road_number": "roadno",
    "compound": "poi", "poi": "poi", "building": "houseno", "unit": "cellno",
    "floor": "floorno", "room": "roomno",
}  # fmt: skip


def read_tagged(path: Path) -> list[tuple[str, set[tuple[str, int, int]]]]:
    """Each address and its tagged spans (label, start, end), from a BIO file."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        text, spans = "", []
        for line in block.splitlines():
            token, _, tag = line.rpartition(" ")
            label = tag[2:].lower()
            if tag.startswith("I-") and spans and spans[-1][0] == label:
                spans[-1] = (label, spans[-1][1], len(text) + len(token))
            elif tag != "O":
                spans.append((label, len(text), len(text) + len(token)))
            text += token
        if text:
            found.append((text, set(spans)))
    return found


def parsing(path: Path, *, show: int = 0) -> None:
    """Entity F1 over the labels both know: a span counts when label, start and end are right."""
    tagged = read_tagged(path)
    texts = pd.Series([text for text, _ in tagged], dtype="str")
    spans = addresses.spans(texts)
    got: list[set[tuple[str, int, int]]] = [set() for _ in tagged]
    for row, part, start, end in spans.itertuples(index=False):
        if part in PARTS:
            got[row].add((PARTS[part], start, end))
    right, said, true = Counter(), Counter(), Counter()
    for (text, gold), mine in zip(tagged, got, strict=True):
        known = {span for span in gold if span[0] in LABELS}
        for kind, spans_of in ((right, known & mine), (said, mine), (true, known)):
            kind.update(label for label, _, _ in spans_of)
        if show > 0 and known != mine:
            show -= 1
            print(" | ".join(f"{text[s:e]}/{label}" for label, s, e in sorted(gold, key=_start)))
            print("   ours: ", " | ".join(f"{text[s:e]}/{label}"
                                          for label, s, e in sorted(mine, key=_start)))  # fmt: skip
    print(f"{'label':10} {'rows':>6} {'precision':>9} {'recall':>7} {'F1':>6}")
    for label in LABELS:
        _line(label, right[label], said[label], true[label])
    _line("all", right.total(), said.total(), true.total())


def _start(span: tuple[str, int, int]) -> int:
    return span[1]


def _line(label: str, right: int, said: int, true: int) -> None:
    precision, recall = right / max(said, 1), right / max(true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    print(f"{label:10} {true:6} {precision:9.3f} {recall:7.3f} {f1:6.3f}")


def speed(folder: Path) -> None:
    """Distinct addresses parsed in a CPU second of one core, the lexicons already read."""
    pairs = pd.read_csv(folder / "ccks2021_pairs.tsv", sep="\t", dtype="str")
    tagged = read_tagged(folder / "naacl2019_dev.txt")
    texts = {
        "CCKS": pd.concat([pairs["a"], pairs["b"]]).drop_duplicates().reset_index(drop=True),
        "naacl dev": pd.Series([text for text, _ in tagged], dtype="str").drop_duplicates(),
    }
    addresses.parse(texts["naacl dev"].head(10))
    for name, series in texts.items():
        taken = []
        for _ in range(3):
            start = time.process_time()
            addresses.parse(series)
            taken.append(time.process_time() - start)
        print(f"{name}: {len(series)} addresses, {len(series) / min(taken):,.0f} a CPU second")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "addresses"
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--split", default="dev", help="dev (what is reported) or train (to read)")
    parser.add_argument("--show", type=int, default=0, help="addresses read wrongly to print")
    parser.add_argument("what", nargs="*", default=["parsing", "speed", "pairs"])
    options = parser.parse_args()
    if "parsing" in options.what:
        parsing(options.data / f"naacl2019_{options.split}.txt", show=options.show)
    if "speed" in options.what:
        speed(options.data)
    if "pairs" in options.what:
        from addresses_pairs import pairs

        pairs(options.data / "ccks2021_pairs.tsv")


if __name__ == "__main__":
    main()
