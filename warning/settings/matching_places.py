"""What the ``places`` part of ``matching.yaml`` and ``lexicons/places.yaml`` may say."""

from functools import cache, cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from warning.settings.base import Strict, packaged
from warning.settings.numbers import MOST, Number, Whole
from warning.settings.words import Word, not_blank

CountyCode = Annotated[str, Field(pattern=r"^(\d{6})?$")]
Name = Annotated[str, Field(min_length=2, max_length=40), AfterValidator(not_blank)]


class Rename(Strict):
    """An old name of a town, village or named place and the name it has today."""

    level: Literal["town", "village", "place"] = "town"
    county_code: CountyCode = ""  #: empty: in every county
    old: Name
    new: Name
    since: str = ""  #: when, for the reader; not used


def _packaged_no_place() -> tuple[str, ...]:
    return PlaceWords.packaged().no_place


class PlaceWords(Strict):
    """The content of ``lexicons/places.yaml``."""

    #: nickname → full name; {county} is the county's own name
    nicknames: dict[Word, Word] = Field(default_factory=dict)
    renames: tuple[Rename, ...] = ()
    hub_words: tuple[Word, ...] = ()
    #: what is written for an address and names no place; left out: the packaged ones
    no_place: tuple[Word, ...] = Field(default_factory=_packaged_no_place)

    @staticmethod
    @cache
    def packaged() -> "PlaceWords":
        """The lexicon that the package carries, read once.

        Raises:
            SettingsError: the installed file is damaged.
        """
        return packaged("lexicons/places.yaml", PlaceWords)

    @cached_property
    def _only(self) -> dict[tuple[str, str], str]:
        """Level and old name → the new name, where every county's entry says the same."""
        found: dict[tuple[str, str], set[str]] = {}
        for rename in self.renames:
            found.setdefault((rename.level, rename.old), set()).add(rename.new)
        return {key: next(iter(new)) for key, new in found.items() if len(new) == 1}

    @cached_property
    def _renamed(self) -> dict[tuple[str, str, str], str]:
        return {(r.level, r.county_code, r.old): r.new for r in self.renames}

    def renamed(self, name: str, level: str, county_code: str) -> str:
        """Today's name of what was called ``name``; the same where it has no entry.

        Where the county is not known, an entry of one county counts if no other one differs.
        """
        table = self._renamed
        if not table:
            return name
        if not county_code:
            return self._only.get((level, name), name)
        return table.get((level, county_code, name)) or table.get((level, "", name), name)

    def full_name(self, name: str, county_code: str, county: str) -> str:
        """The name a nickname or an old name stands for; the same where it has no entry."""
        name = self.renamed(name, "place", county_code)
        full = self.nicknames.get(name)
        if full is None:
            return name
        return full.replace("{county}", county) if county or "{" not in full else name


class PlacesSettings(Strict):
    """How places are told apart and joined."""

    #: Similarity (0 to 100) from which two names of one kind in one county are one name.
    name_similarity: Number = Field(default=86.0, ge=50, le=100)
    #: Metres within which a record with a point and no text is at a known place.
    near_metres: Number = Field(default=50.0, gt=0, le=1000)
    #: Metres from a place's middle beyond which a record's point speaks against its text.
    far_metres: Number = Field(default=3000.0, gt=0, le=100_000)
    #: Records from which a compound or point of interest is a hub, whatever its name.
    hub_records: Whole = Field(default=60, ge=2, le=MOST)
    #: Share of its county's records that a hub by count holds at least.
    hub_share: Number = Field(default=0.01, ge=0, le=1)
    #: Share of the parties named at a hub by count who are different ones (by phone, else name):
    #: sixty calls about one quarrel make no hub.
    hub_unrelated: Number = Field(default=0.4, ge=0, le=1)
    #: Words of places: read from ``lexicons/places.yaml``, not to be written in matching.yaml.
    words: PlaceWords = Field(default_factory=PlaceWords.packaged)
