"""Time grows with the length of a text, whatever it holds: each pattern, each parser."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd
import pytest

from tests.operations.patterns import all_patterns, attacks
from warning.digits import without_houses
from warning.masking import summary, sure_names
from warning.matching.standardise.addresses import parse
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.names import names
from warning.matching.standardise.narrative import find_mentions
from warning.matching.standardise.organisations import organisations
from warning.matching.standardise.phones import phones
from warning.store.withholding import Words, spans_of

#: One long text beside as many letters in short ones: linear work takes the same time for both,
#: work that grows with the square sixteen times as much for the long one.
TIMES = 16
#: Of a short text for a pattern, and for a parser, which takes a while to begin.
PATTERN, PARSER = 500, 1_000
#: A square of the letters of a pattern's long text takes longer, even in the quickest loop.
QUICK_SECONDS = 0.03
#: How many times the short ones' seconds are still taken for linear.
MOST = 5


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End what takes more processor seconds: it will not end by itself."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def seconds_of(work: Callable[[str], object], text: str, times: int = 1) -> float:
    """Processor seconds of so many calls."""
    began = time.process_time()
    for _ in range(times):
        work(text)
    return time.process_time() - began


def grows_too_fast(
    work: Callable[[str], object], short: str, long: str, seconds: float = 4
) -> bool:
    """Whether one long text costs far more than the same letters in short ones, or ``seconds``."""
    try:
        with limited(seconds):
            if seconds_of(work, long) < QUICK_SECONDS:
                return False
            slow = min(seconds_of(work, long) for _ in range(3))
            return slow > MOST * max(seconds_of(work, short, TIMES) for _ in range(3))
    except TimeoutError:
        return True


def texts_for(pattern: str) -> Iterator[tuple[str, str]]:
    """Texts that nearly match it again and again, short and long."""
    return zip(attacks(pattern, PATTERN), attacks(pattern, PATTERN * TIMES), strict=True)


def test_patterns_are_found() -> None:
    """Compiled ones, those in cached functions, and those written in calls."""
    found = all_patterns()
    assert len(found) > 90
    assert any(
        where.startswith("warning.matching.standardise.narrative._person") for where in found
    )
    assert any(":" in where for where in found)


@pytest.mark.parametrize("bad", [r"(?:a+)+b", r"(a|aa)+$", r"\s*[\r\n]\s*"])
def test_a_pattern_that_blows_up_is_noticed(bad: str) -> None:
    """What this file looks for can be found by it: exponential ones and a square one."""
    pattern = re.compile(bad)
    assert any(grows_too_fast(pattern.search, short, long, 1) for short, long in texts_for(bad))


def test_no_pattern_blows_up() -> None:
    """Every pattern of the package, on texts that nearly match it again and again."""
    slow = []
    for where, pattern in all_patterns().items():
        for short, long in texts_for(pattern.pattern):
            if grows_too_fast(pattern.search, short, long):
                slow.append((where, short[:2]))
                break
    assert not slow


def column(parser: Callable[["pd.Series[str]"], object]) -> Callable[[str], object]:
    """The parser of a column, for one text."""
    return lambda text: parser(pd.Series([text], dtype="str"))


PARSERS: dict[str, Callable[[str], object]] = {
    "addresses": column(parse),
    "identifiers": column(identifiers),
    "phones": column(phones),
    "names": column(names),
    "organisations": column(organisations),
    "mentions": find_mentions,
    "summary": lambda text: summary(
        text, ["王小明"], sure_names(["王某王某王", "张伟和"]), len(text)
    ),
    "houses": without_houses,
    "erased": lambda text: spans_of(text, Words(frozenset({"王某"}), frozenset({"1" * 11, "138"}))),
}
LETTERS = ["1", "号", "(", "（", "-", "室1", "楼单元", "路路", "持刀打", "138", "其妻", "王某", "和", "，",
           "公司", "称李", "张伟和", "与其丈夫", " ", "*", "·"]  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS)
def test_no_parser_takes_the_square(parser: str) -> None:
    """Long texts of one thing again and again are read in time that grows with their length."""
    work = PARSERS[parser]
    slow = [
        letter
        for letter in LETTERS
        if grows_too_fast(work, *(letter * (n // len(letter)) for n in (PARSER, PARSER * TIMES)))
    ]
    assert not slow
