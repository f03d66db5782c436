"""Many names are looked for in a text at once, and found as each would be by itself."""

import random
import time

from warning.spelling import MANY, bare_name, name_spans

LETTERS = "张王李国國建小A s-/·ｊ１"


def test_many_names_are_found_as_each_of_them() -> None:
    """Where, as whom and in which order, whatever signs the names and texts are made of."""
    chance = random.Random(1)

    def written(most: int) -> str:
        return "".join(chance.choices(LETTERS, k=chance.randint(1, most)))

    found = 0
    for _ in range(40):
        names = [bare_name(written(4)) for _ in range(MANY + 40)]
        text = written(60) + "".join(chance.sample(names, 2))
        alone = [span for name in names for span in name_spans(text, [name])]
        assert list(name_spans(text, names)) == alone
        found += len(alone)
    assert found > 1_000


def test_a_text_costs_its_length_and_not_the_names_of_its_case() -> None:
    """A look at a case of thousands took a time that grew with the square of its people."""
    names = tuple(chr(code) + "建国" for code in range(0x4E00, 0x7600))
    before = time.process_time()
    for name in names[:400]:
        assert name in {whom for *_, whom in name_spans(f"来电人{name}反映逾期交房", names)}
    assert time.process_time() - before < 1
