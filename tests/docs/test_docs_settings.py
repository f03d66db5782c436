"""What may be set stands in the packaged files, where ``warning init`` gives it to be edited."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from warning.settings import FILES, load_settings, packaged_config
from warning.settings.tiers import Conditions


def numbers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the numbers stand in nested mappings."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from numbers(inside, (*path, str(key)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


@pytest.mark.parametrize("name", FILES)
def test_every_number_stands_in_its_file(name: str) -> None:
    """None has its value in the code alone."""
    known = getattr(load_settings(), name).model_dump(mode="json")
    written = yaml.safe_load((packaged_config() / f"{name}.yaml").read_text(encoding="utf-8"))
    assert set(numbers(known)) - set(numbers(written)) == set()


def test_what_a_rule_may_ask_stands_in_the_file_of_the_tiers() -> None:
    """Also the conditions that no packaged rule has."""
    text = (packaged_config() / "tiers.yaml").read_text(encoding="utf-8")
    told = text[: text.index("floors:")]
    assert [name for name in Conditions.model_fields if name not in told] == []
