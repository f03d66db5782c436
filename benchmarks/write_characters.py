"""Write the packaged tables of characters from their sources.

Usage: python benchmarks/write_characters.py TSCharacters.txt confused_chinese.json

The first is OpenCC's (Apache-2.0), the second the list of confusable characters (Apache-2.0).
"""

import json
import sys
from pathlib import Path

#: Characters that names keep although they simplify in other words: 乾 (qián) is not 干 (gān).
KEPT = "乾藉著瞭"
LEXICONS = Path("warning/config/lexicons")


def write_simplified(source: Path) -> int:
    """Two lines: traditional characters, and below each the simplified one."""
    pairs = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            traditional, simplified = line.split("\t")[:2]
            first = simplified.split(" ")[0]
            if traditional != first and traditional not in KEPT:
                pairs[traditional] = first
    text = "".join(pairs) + "\n" + "".join(pairs.values()) + "\n"
    (LEXICONS / "simplified.txt").write_text(text, encoding="utf-8")
    return len(pairs)


def write_lookalikes(source: Path) -> int:
    """A line a character: it, then those after it in order that look like it."""
    table = json.loads(source.read_text(encoding="utf-8"))
    pairs = set()
    for one, found in table.items():
        for other in found["similar_font_chars"]:
            character = other["char"] if isinstance(other, dict) else other
            if len(one) == len(character) == 1 and one != character:
                pairs.add((min(one, character), max(one, character)))
    lines: dict[str, str] = {}
    for one, other in sorted(pairs):
        lines[one] = lines.get(one, one) + other
    (LEXICONS / "lookalikes.txt").write_text("\n".join(lines.values()) + "\n", encoding="utf-8")
    return len(pairs)


if __name__ == "__main__":
    print(write_simplified(Path(sys.argv[1])), "traditional characters")
    print(write_lookalikes(Path(sys.argv[2])), "pairs that look alike")
