"""Cost of linking people, from nothing: CPU seconds and peak memory, beside Splink, and doubling.

    uv pip install splink
    PYTHONPATH=. python -W ignore benchmarks/linkage_speed.py                 # 1,000,000 rows
    PYTHONPATH=. python -W ignore benchmarks/linkage_speed.py --doubling --rounds 3  # 100k to 800k

Rows are made up here in bulk (homonyms by frequency, masks, sound-alikes, missing and wrong ID
numbers, shared phones, two sides a record). Each way runs in its own process and reads the same
Parquet file; training, comparing, relations (ours) and clustering are all inside the time.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from linkage_person_peer import COLUMNS, settings

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙马胡朱郭何罗高林郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
)
GIVEN = (
    "伟强军勇杰涛明超刚平辉鹏华飞斌波宇浩凯健芳娜敏静丽艳娟霞秀英玲桂兰红燕萍梅洁雪慧佳建国志永福"
)
SOUNDS = {
    "伟": "玮",
    "丽": "莉",
    "军": "君",
    "静": "净",
    "华": "花",
    "杰": "洁",
    "明": "鸣",
    "志": "智",
}


def made_rows(size: int, seed: int = 5) -> pd.DataFrame:
    """``size`` party rows in the columns of ``linking_frame`` and who each is (``entity``)."""
    from warning.matching.certain import certain_people
    from warning.matching.standardise.names import pinyin

    random = np.random.Generator(np.random.PCG64(seed))
    persons = max(4, size // 4)
    surname = np.array(list(SURNAMES))[
        np.minimum(random.geometric(0.06, persons) - 1, len(SURNAMES) - 1)
    ]
    letters = np.array(list(GIVEN))
    name = surname + letters[random.integers(0, len(letters), persons)]
    long = random.random(persons) < 0.8
    name = np.where(long, name + letters[random.integers(0, len(letters), persons)], name)
    born = pd.Timestamp("1940-01-01") + pd.to_timedelta(random.integers(0, 22_000, persons), "D")
    sequence = pd.Series(np.arange(persons) % 10_000).astype("str").str.zfill(4).to_numpy(object)
    days = born.strftime("%Y%m%d").to_numpy(object)
    towns = max(6, persons // 20_000)
    county = random.integers(0, towns, persons)
    number = np.array([f"{620000 + c}" for c in range(towns)], object)[county] + days + sequence
    phone = (13_000_000_000 + random.integers(0, 10**9, persons)).astype("U11").astype(object)
    house = random.integers(0, max(2, persons // 2), persons)
    # Quarrels: pairs of people; each is reported now and then, both sides named.
    quarrels = max(1, size // 8)
    one = random.integers(0, persons, quarrels)
    other = random.integers(0, persons, quarrels)
    which = random.integers(0, quarrels, size // 2)
    entity = np.stack([one[which], other[which]], axis=1).ravel()
    rows = len(entity)
    side = np.tile([1, 2], size // 2)
    mask = random.random(rows) < np.where(side == 2, 0.3, 0.05)
    text = name[entity]
    slip = random.random(rows) < 0.03
    written = pd.Series(text[slip]).str.translate(str.maketrans(SOUNDS))
    text = text.astype(object)
    text[slip] = written.to_numpy(object)
    text[mask] = surname[entity[mask]]
    shown = pd.unique(text)
    sound = dict(zip(shown, (pinyin(str(one)) for one in shown), strict=True))
    digits = number[entity]
    wrong = random.random(rows) < 0.02
    digits[wrong] = [one[:16] + str((int(one[16]) + 1) % 10) + one[17] for one in digits[wrong]]
    lacking = (random.random(rows) < np.where(side == 2, 0.85, 0.45)) | mask
    digits[lacking] = None
    calls = phone[entity]
    calls[random.random(rows) < np.where(side == 2, 0.6, 0.1)] = None
    frame = pd.DataFrame(
        {"name": text, "surname": surname[entity], "family": surname[entity], "is_mask": mask,
         "mask_length": pd.array([pd.NA] * rows, "Int64"), "id_number": digits,
         "phone": calls, "entity": entity, "side": side,
         "record": np.repeat(np.arange(size // 2), 2),
         "county_code": pd.Series(county[one[which]]).astype("str").repeat(2).to_numpy(object),
         "category_code": pd.Series(which % 9).astype("str").repeat(2).to_numpy(object),
         "place_id": np.repeat(np.char.add("l-", house[one[which]].astype("U9")), 2),
         "moment": np.repeat(random.integers(0, 17_520, size // 2), 2).astype(float)}
    )  # fmt: skip
    texts = ["name", "surname", "family", "id_number", "phone", "county_code", "category_code",
             "place_id"]  # fmt: skip
    frame[texts] = frame[texts].astype("str")
    frame["pinyin"] = frame["name"].map(sound).astype("str")
    frame["area_id"] = frame["place_id"]
    frame["full_name"] = frame["name"].where(~frame["is_mask"])
    frame["status"] = pd.Series(np.where(wrong, "checksum_failed", "valid"), dtype="str").where(
        frame["id_number"].notna()
    )
    frame["plain_id"] = frame["id_number"]
    frame["valid_id"] = frame["id_number"].where(frame["status"] == "valid")
    frame["birth_date"] = frame["id_number"].str.slice(6, 14)
    frame["born"] = frame["birth_date"].str.slice(0, 4)
    frame["sex"] = pd.Series(np.where(entity % 2 == 1, "男", "女"), dtype="str")
    certain = certain_people(frame)
    frame["certain"] = pd.Series(certain).where(certain >= 0)
    frame["unique_id"] = np.arange(rows)
    return frame


def ours(frame: pd.DataFrame) -> np.ndarray:
    """Clusters by the product."""
    from warning import load_settings
    from warning.matching.linker.linkage import link_rows
    from warning.matching.person_comparisons import person_specification
    from warning.matching.relations import PersonRelations, opposite_sides

    matching = load_settings(None).matching
    relations = PersonRelations(
        frame, matching.person.relations, matching.relation_rounds, matching.block_cap
    )
    apart = opposite_sides(frame["record"].to_numpy(np.int64), frame["side"].to_numpy(np.int64))
    found = link_rows(frame, person_specification(matching), different=apart, relations=relations)
    print(f"pairs compared {int(found.blocking['pairs'].sum())}", file=sys.stderr)
    return found.cluster


def splink(frame: pd.DataFrame) -> np.ndarray:
    """Clusters by Splink at its best threshold on the demo city."""
    from linkage_peers import splink_clusters, splink_linker

    linker = splink_linker(frame[COLUMNS], *settings())
    return splink_clusters(linker, frame, [0.95])[0][0.95]


def one_way(way: str, path: str) -> None:
    """The child process: link, then say what it cost and how good it was."""
    from warning.matching.evaluation import b_cubed, pairwise

    frame = pd.read_parquet(path)
    truth = frame.pop("entity").to_numpy()
    begin = resource.getrusage(resource.RUSAGE_SELF)
    labels = {"warning": ours, "splink": splink}[way](frame)
    end = resource.getrusage(resource.RUSAGE_SELF)
    spent = end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime
    result = {"way": way, "rows": len(frame), "cpu": spent, "peak": end.ru_maxrss / 1024,
              "f1": pairwise(labels, truth).f1, "b3": b_cubed(labels, truth).f1}  # fmt: skip
    print(json.dumps(result))


def main() -> None:
    """Make the rows, run each way in a process of its own, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--doubling", action="store_true")
    parser.add_argument("--rounds", type=int, default=1, help="the least CPU seconds of so many")
    parser.add_argument("--child", nargs=2)
    chosen = parser.parse_args()
    if chosen.child:
        one_way(*chosen.child)
        return
    sizes = [100_000, 200_000, 400_000, 800_000] if chosen.doubling else [chosen.rows]
    ways = ["warning"] if chosen.doubling else ["warning", "splink"]
    best: dict[tuple[int, str], dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            made_rows(size).to_parquet(Path(folder) / f"{size}.parquet")
        # Round by round, so that a busy minute of the machine does not meet one size alone.
        for size, way in [(size, way) for size in sizes for way in ways] * chosen.rounds:
            path = str(Path(folder) / f"{size}.parquet")
            command = [sys.executable, "-W", "ignore", __file__, "--child", way, path]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(done.stderr[-3000:])
                continue
            got = json.loads(done.stdout.strip().splitlines()[-1])
            print(f"{size:,} {way}: {got['cpu']:.1f} s", file=sys.stderr, flush=True)
            if got["cpu"] < best.get((size, way), got | {"cpu": np.inf})["cpu"]:
                best[size, way] = got
    print("| rows | way | CPU s | peak MiB | pairwise F1 | B³ F1 |\n" + "| --- " * 6 + "|")
    for (size, way), got in best.items():
        print(f"| {size:,} | {way} | {got['cpu']:.1f} | {got['peak']:.0f} "
              f"| {got['f1']:.3f} | {got['b3']:.3f} |")  # fmt: skip


if __name__ == "__main__":
    main()
