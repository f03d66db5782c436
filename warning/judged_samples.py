"""A clerical sample's two files, read again with what its judge wrote."""

from pathlib import Path

import pandas as pd

from warning.errors import DataError, Problem, UsageError
from warning.language import say
from warning.matching.sampling import SAMPLE
from warning.reading.files import read_tables

VERDICTS = ("same", "different", "unsure")
#: What a judge may write in the column ``verdict``.
WORDS = {"same": "same", "different": "different", "unsure": "unsure", "相同": "same", "是": "same",
         "不同": "different", "否": "different", "不确定": "unsure", "存疑": "unsure",
         "s": "same", "d": "different", "u": "unsure"}  # fmt: skip
#: Columns of a judge's file that are read; what else it shows is for the judge alone.
JUDGED = ["left", "right", "verdict"]
COUNTS = ["stratum_pairs", "stratum_drawn", "stratum_probability"]
#: Rows of a file that are told one by one.
MOST_TOLD = 20


def strata_file(path: Path) -> Path:
    """Where the strata of a sample stand: beside it, so that its judge does not see them."""
    return path.with_suffix(".strata.csv")


def judged_sample(path: Path) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """A sample, and the verdicts that its own file holds.

    The file may be the CSV that was written, or what a spreadsheet made of it: a CSV in UTF-8 or
    GB18030, or a workbook with the strata beside it. Its rows may stand in any order; a pair that
    stands twice with one verdict counts once.

    Returns:
        The sample (see :func:`warning.matching.sampling.clerical_sample`), and for each of its
        rows same, different, unsure, or missing where the file tells nothing.

    Raises:
        UsageError: the sample or its strata are not there.
        DataError: a file that cannot be read, a column missing, a verdict that is none, one on a
            pair that was not drawn, two that contradict each other.
    """
    strata = strata_file(path)
    for one in (path, strata):
        if not one.is_file():
            raise UsageError(
                Problem(
                    str(one),
                    say("没有这个文件", "there is no such file"),
                    say("warning judge --sample 写出的两个文件",
                        "the two files that warning judge --sample wrote"),
                    say("先运行 warning judge --sample 200 --out 抽样.csv",
                        "first: warning judge --sample 200 --out sample.csv"),
                )
            )  # fmt: skip
    sample = _typed(_rows(strata, SAMPLE), strata)
    told = _verdicts(_rows(path, JUDGED), set(zip(sample["left"], sample["right"], strict=True)),
                     path, strata)  # fmt: skip
    pairs = zip(sample["left"], sample["right"], strict=True)
    return sample, pd.Series([told.get(pair) for pair in pairs], index=sample.index, dtype="str")


def _rows(path: Path, columns: list[str]) -> pd.DataFrame:
    """These columns as stripped text, empty where blank, and ``where``: file:line of each row."""
    parts = []
    for table in read_tables(path):
        lacking = [column for column in columns if column not in table.frame]
        if lacking:
            raise DataError(
                Problem(
                    table.name,
                    say(f"缺少列 {', '.join(lacking)}", f"columns missing: {', '.join(lacking)}"),
                    ", ".join(columns),
                    say("保留这些列，另存为 UTF-8、以逗号分隔的 CSV，或 XLSX",
                        "keep these columns, and save it as CSV in UTF-8 with commas, or as XLSX"),
                )
            )  # fmt: skip
        if table.bad:
            raise DataError(_first(
                [Problem(f"{table.name}:{line}", why) for line, why in table.bad], path
            ))  # fmt: skip
        texts = {
            name: table.frame[name].astype("str").str.strip().fillna("").tolist()
            for name in columns
        }
        where = [f"{table.name}:{line}" for line in table.lines.tolist()]
        parts.append(pd.DataFrame({**texts, "where": where}, dtype="str"))
    return pd.concat(parts, ignore_index=True)


def _typed(rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The strata with their numbers and decisions.

    Raises:
        DataError: one of them is neither.
    """
    sample = rows[SAMPLE].copy()
    together = rows["together"].str.lower().map({"true": True, "false": False})
    wrong = together.isna()
    for column in COUNTS:
        sample[column] = pd.to_numeric(rows[column], errors="coerce")
        wrong |= sample[column].isna()
    if wrong.any():
        problems = [
            Problem(
                where,
                say("分层数据不完整", "what it tells of the stratum is not whole"),
                say("warning judge --sample 写出的内容", "what warning judge --sample wrote"),
                say("恢复原来的文件，或重新抽样", "put the file back as it was, or draw anew"),
            )
            for where in rows.loc[wrong, "where"]
        ]
        raise DataError(_first(problems, path))
    return sample.assign(together=together.astype(bool))


def _verdicts(
    rows: pd.DataFrame, drawn: set[tuple[str, str]], path: Path, strata: Path
) -> dict[tuple[str, str], str]:
    """The verdict on each pair of which the file tells one.

    Raises:
        DataError: see :func:`judged_sample`; all faults together.
    """
    told: dict[tuple[str, str], tuple[str, str]] = {}
    problems = []
    filled = rows[rows["verdict"] != ""]
    columns = (filled[name] for name in (*JUDGED, "where"))
    for left, right, text, where in zip(*columns, strict=True):
        verdict = WORDS.get(text.lower())
        if verdict is None:
            problems.append(Problem(
                f"{where}:verdict", text, " | ".join(VERDICTS),
                say("改正这一格，或留空", "correct it, or leave it empty"),
            ))  # fmt: skip
        elif (left, right) not in drawn:
            problems.append(Problem(
                where,
                say(f"抽样中没有这一对：{left}，{right}", f"no pair of the sample: {left}, {right}"),
                say(f"{strata} 中的一对", f"a pair of {strata}"),
                say("恢复 left、right 两列原来的内容，或清空这一行的判断",
                    "put left and right back as they were, or empty the verdict of this row"),
            ))  # fmt: skip
        elif told.setdefault((left, right), (verdict, where))[0] != verdict:
            other, line = told[left, right]
            problems.append(Problem(
                f"{where}:verdict",
                say(f"{verdict}，而 {line} 对同一对写的是 {other}",
                    f"{verdict}, but {line} says {other} of the same pair"),
                say("每对一个判断", "one verdict a pair"),
                say("留下其中一行的判断", "leave the verdict of one of the two rows"),
            ))  # fmt: skip
    if problems:
        raise DataError(_first(problems, path))
    return {pair: verdict for pair, (verdict, _) in told.items()}


def _first(problems: list[Problem], path: Path) -> list[Problem]:
    """The first :data:`MOST_TOLD`, and how many more there are."""
    more = len(problems) - MOST_TOLD
    if more <= 0:
        return problems
    rest = Problem(str(path), say(f"另有 {more} 行有误", f"{more} more rows are wrong"))
    return [*problems[:MOST_TOLD], rest]
