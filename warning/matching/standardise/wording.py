r"""How a text reads to who looks for words in it: in plain signs, without a break inside a word.

A blank or line break between two Chinese characters may part two sentences (送回家 暴雨) or stand in
the midst of a word, as a wrapped line or a typed Alt+Enter leaves it. It is taken out

- beside a character that it parts from all others (遭受家⏎暴，持刀; 遭 受 家 暴), but for an answer
  (伤情：无 持刀);
- at the end of a full line of a wrapped text;
- inside a word of three characters and more that is looked for (被丈夫⏎殴打), but beside a husband
  or wife (被人殴打⏎妻子报警), and inside a shorter one with another of the words right behind it
  (持⏎刀威胁) or that must not be missed (遭家⏎暴);
- behind a denial (未⏎持刀).

Any other stays, so that two neighbours make no word. What is looked for to protect somebody is
sought in the text without any (:func:`run_together`). The time is linear in the text.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from warning.markup import MARKUP
from warning.matching.standardise.signs import UNSEEN, table

_HAN = "[\u3400-\u9fff\U00020000-\U0003ffff]"
_GAP = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_MARKS = re.compile(MARKUP, re.IGNORECASE)
_MARK_BEGINS = re.compile("[&<]|_x")
#: What ends a phrase; a colon does not, for an answer follows it.
_ENDS = frozenset("，。；、！？…—（）《》“”‘’【】,.;!?()[]\"'")
_STOPS = frozenset("。；！？.;!?")
#: What is an answer by itself.
_ANSWERS = frozenset("无否有是男女")
#: Lines of fewer characters are lists, not wrapped text; of a single wrapped line more are asked for.
_FULL, _ALONE = 10, 20
#: Who may begin or end a sentence beside a verb; behind 被 they are who did it, and the verb follows.
_SPOUSES = frozenset(
    {"丈夫", "妻子", "其夫", "其妻", "老公", "老婆", "前夫", "前妻", "男友", "女友"}
)
_BLANKS = str.maketrans("", "", " \n")
_NOTHING = re.compile("(?!)")


def as_read(text: str, apart: re.Pattern[str] = _NOTHING) -> str:
    r"""The text in plain signs, without blanks and line breaks inside its words.

    Args:
        text: any.
        apart: of :func:`spelled_apart`, the words that are looked for.

    >>> as_read("遭受家\n暴，送回家 暴雨"), as_read("被丈夫<br/>毆打", spelled_apart(("被丈夫殴打",)))
    ('遭受家暴，送回家 暴雨', '被丈夫殴打')
    """
    if _unusual().search(text) is None:
        return text
    text = _in_plain_signs(text)
    gaps = list(_GAP.finditer(text))
    if not gaps:
        return text
    wrapped = any("\n" in gap[0] for gap in gaps) and _is_wrapped(text)
    parts, end = [], 0
    for gap in gaps:
        line = "\n" in gap[0]
        inside = (line and wrapped) or _is_inside(text, gap.start(), gap.end())
        parts += [text[end : gap.start()], "" if inside else "\n" if line else " "]
        end = gap.end()
    read = "".join([*parts, text[end:]])
    return apart.sub(lambda found: found[0].translate(_BLANKS), read)


def run_together(text: str) -> str:
    r"""The text in plain signs, without any blank or line break between Chinese characters.

    >>> run_together("信\n访 件"), run_together("家庭暴⼒")
    ('信访件', '家庭暴力')
    """
    return text if _unusual().search(text) is None else _GAP.sub("", _in_plain_signs(text))


def plain_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words as :func:`as_read` and :func:`run_together` would give them, each once."""
    return tuple(dict.fromkeys(map(run_together, words)))


def plain_codes(words: Mapping[str, str]) -> dict[str, str]:
    """The words, in plain signs, with their codes; of two that read alike the first counts."""
    codes: dict[str, str] = {}
    for word, code in words.items():
        codes.setdefault(run_together(word), code)
    return codes


def either(words: Iterable[str]) -> str:
    """A pattern of the words, the longest first (未曾 before 未); of none, nothing matches."""
    rests: dict[str, list[str]] = {}  # by first signs: few are tried at each place of a text
    for word in sorted(set(words), key=lambda w: (-len(w), w)):
        rests.setdefault(word[:1], []).append(re.escape(word[1:]))
    each = (f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items())
    return "|".join(each) or "(?!)"


@lru_cache(maxsize=64)
def spelled_apart(
    words: tuple[str, ...], denial: str = "(?!)", urgent: tuple[str, ...] = ()
) -> re.Pattern[str]:
    """A pattern of the words, and of what denies one, with a blank or line break inside.

    Args:
        words: of :func:`plain_words`.
        denial: a pattern of what leads on to what follows it, over a blank or line break.
        urgent: those of the words of which none must be missed, though it be made of neighbours.
    """
    ordered = sorted((word for word in words if len(word) > 1), key=len, reverse=True)
    whole = "|".join(map(re.escape, ordered)) or "(?!)"
    long = [_with_breaks(word) for word in ordered if len(word) > 2 or word in urgent]
    short = "|".join("[ \n]".join(map(re.escape, word)) for word in ordered if len(word) == 2)
    return re.compile(
        "|".join([*long, f"(?:{short or '(?!)'})(?={whole})", rf"(?<![：:\s])(?:{denial})[ \n]"])
    )


def _with_breaks(word: str) -> str:
    """A pattern of the word with blanks and line breaks where no two sentences may meet."""
    parts = [re.escape(word[0])]
    for place in range(1, len(word)):
        before, after = word[:place], word[place:]
        gap = "[ \n]?"
        if before in _SPOUSES:
            gap = f"(?:(?:(?<=[被遭受]{before})|(?<=[被遭受]其{before}))[ \n])?"
        elif after in _SPOUSES:
            gap = ""
        parts += [gap, re.escape(word[place])]
    return "".join(parts)


def _in_plain_signs(text: str) -> str:
    if _MARK_BEGINS.search(text) is not None:
        text = _MARKS.sub(_as_blank, text)
    return text.translate(_signs()).replace("\r", "\n")


def _as_blank(mark: re.Match[str]) -> str:
    return "\n" if mark["line"] else "" if mark["unseen"] else " "


def _is_inside(text: str, start: int, stop: int) -> bool:
    """Whether a gap parts one character from all others, or two such."""
    before, after = text[max(0, start - 2) : start - 1], text[stop + 1 : stop + 2]
    if before.isspace() and after.isspace():
        return True
    if text[start - 1] in _ANSWERS and not before.isalnum():
        return False
    return not before or before in _ENDS or not after or after in _ENDS


def _is_wrapped(text: str) -> bool:
    """Whether the lines end where they are full, and not where a sentence does."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    *broken, last = lines
    widths = [_width(line) for line in broken]
    longest = max(widths, default=0)
    if _width(last) > longest + 2:
        return False
    if len(broken) == 1:
        return longest >= 2 * _ALONE and not _ENDS.isdisjoint(broken[0])
    full = [width >= longest - 2 for width in widths]
    ended = (line[-1:] in _STOPS for line in broken)
    return longest >= 2 * _FULL and sum(full) > 1 and all(map(any, zip(full, ended, strict=True)))


def _width(line: str) -> int:
    """In halves of a Chinese character."""
    return len(line) + sum(sign > "\u2000" for sign in line)


@lru_cache(maxsize=1)
def _signs() -> dict[int, str | None]:
    return {**table(), **{ord(sign): None for sign in UNSEEN}}


@lru_cache(maxsize=1)
def _unusual() -> re.Pattern[str]:
    """Signs without which a text reads as it is written: one class, which is quick to look for."""
    signs = "".join(chr(code) for code in sorted(_signs()) if code < 0x10000)
    return re.compile(rf"[\s&<_{re.escape(signs)}\U00010000-\U0010ffff]")
