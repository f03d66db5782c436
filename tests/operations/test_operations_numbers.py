"""Every number of the configuration: one that cannot be reckoned with is refused, not taken."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from warning.errors import SettingsError
from warning.settings import FILES, load_settings


def numbers_of(name: str, kind: Any) -> Iterator[tuple[str, Any, type]]:
    """Name, type as declared, and int or float, of every number that ``kind`` holds."""
    inner = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if inner in (int, float):
        yield name, kind, inner
    elif isinstance(inner, type) and issubclass(inner, BaseModel):
        for field, told in inner.model_fields.items():
            own = Annotated[told.annotation, *told.metadata] if told.metadata else told.annotation
            yield from numbers_of(f"{name}.{field}", own)
    elif get_origin(inner) is Annotated:
        yield from numbers_of(name, inner)
    else:
        for part in get_args(inner):
            yield from numbers_of(name, part)


NUMBERS = [found for name, model in FILES.items() for found in numbers_of(name, model)]


def test_every_file_has_its_numbers_found() -> None:
    """What is checked below is all there is: a field of a new kind would be noticed."""
    files = {name.partition(".")[0] for name, _, _ in NUMBERS}
    assert files == set(FILES) - {"channels"}
    assert len(NUMBERS) > 110


@pytest.mark.parametrize(("name", "kind", "inner"), NUMBERS, ids=[one[0] for one in NUMBERS])
def test_what_cannot_be_reckoned_with_is_refused(name: str, kind: Any, inner: type) -> None:
    """True and false, text, what is not finite or beyond all counts, parts of whole numbers."""
    wrong = [True, False, "7", 10**30, -(10**30), 1e300, float("inf"), float("-inf"), float("nan")]
    for value in [*wrong, 7.5] if inner is int else wrong:
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("value", ["30.0", "1e2", '"30"'])
def test_how_a_whole_number_is_written_is_told(tmp_path: Path, value: str) -> None:
    """30.0 is one, too: "a valid integer" would not say what is wrong with it."""
    (tmp_path / "retention.yaml").write_text(f"quarantine_days: {value}\n")
    with pytest.raises(SettingsError, match="a whole number without quotes or a decimal point"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "line", ["warnings_whole_days: 999999", "records_days: 36501", "documents_days: true"]
)
def test_days_for_never_are_refused_in_words(tmp_path: Path, line: str) -> None:
    """Before a night or a purge meets them, with the line."""
    (tmp_path / "retention.yaml").write_text(f"quarantine_days: 36500\n{line}\n")
    with pytest.raises(SettingsError, match=r"retention\.yaml:2"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "hour: 24",
        "minute: 60",
        "late_hours: 8785",
        "stop_seconds: 0",
        "stop_seconds: 1e-300",
        "limit_minutes: 1.0e-300",
    ],
)
def test_the_limits_of_a_field_hold_beside_those_of_its_type(tmp_path: Path, line: str) -> None:
    """Of two limits in one annotation only the first would count."""
    (tmp_path / "schedule.yaml").write_text(f"logs: text\n{line}\n")
    with pytest.raises(SettingsError, match=r"schedule\.yaml:2"):
        load_settings(tmp_path)
