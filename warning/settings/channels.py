"""What ``channels.yaml`` may say: the taxonomy, each channel's words, the layouts of their files."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from warning.language import say
from warning.records import ORIGINS, OUTCOMES, PARTY_COLUMNS, RECORD_COLUMNS, ROLES
from warning.settings.base import Strict, faults
from warning.settings.risk_words import RiskWords
from warning.settings.words import Keyword, Word

UNKNOWN_CATEGORY = "99"
#: Of records that tell of no quarrel.
NO_DISPUTE = "00"
#: Columns that name each row's channel in a file of several channels.
CHANNEL_COLUMNS = ("channel", "渠道")


def _one_of(words: dict[str, str], known: tuple[str, ...]) -> dict[str, str]:
    wrong = sorted({value for value in words.values() if value not in known})
    if wrong:
        raise ValueError(
            say("不认识：", "not known: ") + ", ".join(wrong) + say("；可用：", "; use one of: ")
            + ", ".join(known)
        )  # fmt: skip
    return words


def _no_bar(name: str) -> str:
    if "|" in name:
        raise ValueError(say("没有 | 的渠道名：键写作 渠道|编号|当事人序号",
                             "a channel's name without |: keys are channel|record_id|party_no"))  # fmt: skip
    return name


class Words(Strict):
    """The words of one channel (or of all) and the codes they mean."""

    categories: dict[Word, str] = Field(default_factory=dict)
    roles: dict[Word, str] = Field(default_factory=dict)
    outcomes: dict[Word, str] = Field(default_factory=dict)
    origins: dict[Word, str] = Field(default_factory=dict)

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, words: dict[str, str]) -> dict[str, str]:
        return _one_of(words, ROLES)

    @field_validator("outcomes")
    @classmethod
    def _known_outcomes(cls, words: dict[str, str]) -> dict[str, str]:
        return _one_of(words, OUTCOMES)

    @field_validator("origins")
    @classmethod
    def _known_origins(cls, words: dict[str, str]) -> dict[str, str]:
        return _one_of(words, ORIGINS)


class SettledBefore(Strict):
    """The words of texts that only withdraw an earlier complaint or say that it is settled."""

    before: tuple[Word, ...] = ()  #: what tells that it was earlier
    complaints: tuple[Word, ...] = ()  #: what a matter was told by
    settled_by: tuple[Word, ...] = ()  #: what was done with it, behind 已, 得到 …
    withdrawn_by: tuple[Word, ...] = ()  #: what takes it back
    new_by: tuple[Word, ...] = ()  #: what tells of something new, or that it is not so
    not_new_by: tuple[Word, ...] = ()  #: phrases in which ``new_by`` does not count
    #: What tells of something new as well; a configuration's come from ``risk_words.yaml``.
    risk: SkipJsonSchema[RiskWords] = Field(default_factory=RiskWords.packaged)

    @field_validator("risk", mode="before")
    @classmethod
    def _stands_elsewhere(cls, given: object) -> object:
        # Whole it comes from settings that were read; a file of people's own writes a few words.
        if isinstance(given, RiskWords) or (
            isinstance(given, dict) and given.keys() == RiskWords.model_fields.keys()
        ):
            return given
        raise ValueError(say("这些词写在 risk_words.yaml", "these words stand in risk_words.yaml"))


class NoDispute(Strict):
    """The words of categories that tell of no quarrel, and of texts that tell of one after all."""

    always: tuple[Word, ...] = ()  #: unless the category tells of a quarrel, too
    unless_told: tuple[Word, ...] = ()  #: unless the category or the narrative does
    told_by: tuple[Word, ...] = ()  #: what tells of one
    not_told_by: tuple[Word, ...] = ()  #: phrases in which ``told_by`` does not count
    settled_before: SettledBefore = SettledBefore()  #: by the narrative, whatever the category


class PartyGroup(Strict):
    """The columns of one party of a wide row: canonical party column → the file's column."""

    role: str  #: the channel's own word, or a canonical role
    columns: dict[str, str] = Field(min_length=1)

    @field_validator("columns")
    @classmethod
    def _canonical(cls, columns: dict[str, str]) -> dict[str, str]:
        known = tuple(set(PARTY_COLUMNS) - {"channel", "record_id", "party_no", "role"})
        _one_of({key: key for key in columns}, tuple(sorted(known)))
        return columns


class Layout(Strict):
    """One shape of export file: recognised by its header, and where its columns go."""

    channels: tuple[str, ...] = Field(min_length=1)  #: the channels that export this shape
    recognised_by: tuple[Word, ...] = Field(min_length=1)  #: all of these columns are there
    columns: dict[str, str | tuple[str, ...]]  #: canonical ← own; of several the first not missing
    parties: tuple[PartyGroup, ...] = ()
    channel_column: str | None = None  #: a column that tells between several channels …
    channel_words: dict[Word, str] = Field(
        default_factory=dict
    )  #: … by a word it contains → the channel
    #: Columns that are left unread on purpose. No night depends on them, so no hash holds them.
    ignored_columns: tuple[Word, ...] = Field(default=(), exclude=True)

    def own_columns(self) -> set[str]:
        """The names of a file's columns that are read where they are there."""
        mapped = [(own,) if isinstance(own, str) else own for own in self.columns.values()]
        people = [tuple(group.columns.values()) for group in self.parties]
        named = {name for names in (*mapped, *people) for name in names}
        return named | {*CHANNEL_COLUMNS, self.channel_column or ""}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _one_of({key: key for key in self.columns}, tuple(set(RECORD_COLUMNS) - {"channel"}))
        _one_of(self.channel_words, self.channels)
        lacking = [key for key in ("record_id", "reported_at") if key not in self.columns]
        if lacking:
            raise ValueError(say("缺少列：", "columns lacking: ") + ", ".join(lacking))
        return self

    @model_validator(mode="after")
    def _ignores_what_it_does_not_read(self) -> Self:
        unread = say("此布局不读入的列：从这里删去，或删去其对应关系",
                     "a column that this layout does not read: delete it here, or where it is mapped")  # fmt: skip
        read = self.own_columns()
        found: list[tuple[tuple[str | int, ...], str]] = [
            (("ignored_columns", number), unread)
            for number, name in enumerate(self.ignored_columns)
            if name in read
        ]
        if found:
            raise faults(found)
        return self


class ChannelsSettings(Strict):
    """The whole of ``channels.yaml``."""

    taxonomy: dict[str, str]  #: code → Chinese name
    words: Words = Words()  #: of every channel
    keywords: dict[Keyword, str] = Field(
        default_factory=dict
    )  #: word of the narrative (… for a gap in one clause) → code, the first that is found
    no_dispute: NoDispute = NoDispute()
    channels: dict[Annotated[str, AfterValidator(_no_bar)], Words] = Field(min_length=1)
    layouts: dict[str, Layout] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _codes_are_known(self) -> Self:
        codes = tuple(self.taxonomy)
        _one_of({UNKNOWN_CATEGORY: UNKNOWN_CATEGORY}, codes)
        own = self.no_dispute
        if own.always or own.unless_told or own.settled_before.complaints:
            _one_of({NO_DISPUTE: NO_DISPUTE}, codes)
        coded: list[tuple[tuple[str | int, ...], dict[str, str]]] = [
            (("keywords",), self.keywords),
            (("words", "categories"), self.words.categories),
        ]
        coded += [(("channels", n, "categories"), w.categories) for n, w in self.channels.items()]
        one_of = say("taxonomy 中的代码：", "a code of the taxonomy: ") + ", ".join(codes)
        found: list[tuple[tuple[str | int, ...], str]] = [
            ((*place, word), one_of)
            for place, words in coded
            for word, code in words.items()
            if code not in codes
        ]
        one_of = say("channels 中的一个：", "one of channels: ") + ", ".join(self.channels)
        found += [
            (("layouts", name, "channels", number), one_of)
            for name, layout in self.layouts.items()
            for number, channel in enumerate(layout.channels)
            if channel not in self.channels
        ]
        if found:
            raise faults(found)
        return self
