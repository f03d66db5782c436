"""What ``escalation.yaml`` may say: letters and their triggers, deadlines, units, task forces."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticKnownError

from warning.language import say
from warning.settings.base import Strict, faults
from warning.settings.numbers import MOST, MOST_DAYS, Whole
from warning.settings.words import Word

Tier = Literal["red", "orange", "yellow", "blue"]

#: What may be filled into a unit's name: the county's.
COUNTY = {("county", "", None)}

Place = tuple[str | int, ...]  #: keys and positions down to a value
Fault = tuple[Place, str]  #: where, and what should stand there


#: What stands in a document, or is chosen by its name.
Name = Word


def _of_the_day(value: Any) -> Any:
    """A time as a clock shows it: no number of seconds, no offset."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", value):
        return value
    raise PydanticKnownError("time_type")


TimeOfDay = Annotated[time, BeforeValidator(_of_the_day)]


class LetterKind(Strict):
    """One step of the ladder. It is due when any of its triggers holds."""

    name: Name
    formerly: tuple[Name, ...] = ()  #: names that it had: letters of them are of this step
    on_tiers: tuple[Tier, ...] = ()  #: a case that reaches one of these from below
    after_overdue: bool = False  #: an open letter of the step before is overdue, whatever the tier
    after_reply_and_incident: bool = False  #: a new incident after an accepted reply
    #: so many days in a tier of on_tiers, counted anew from an accepted reply; 0 never
    on_tier_nights: Annotated[Whole, Field(ge=0, le=MOST_DAYS)] = 0
    after_rejection: bool = False  #: the reply to the step before was not accepted, likewise
    #: so many red cases in a county, ``deadline_days`` days after an accepted reply; 0 never
    on_county_reds: Annotated[Whole, Field(ge=0, le=MOST)] = 0
    on_violence_without_warning: bool = False  #: repeated domestic violence, no 告诫书 seen
    sender: Literal["city", "county"] = "city"
    deadline_days: Annotated[Whole, Field(ge=1, le=60)]  #: working days
    reply_items: tuple[Name, ...]
    approver: str  #: the post that must approve, one of ``posts``
    person_cases: bool = False  #: whether a person-kind case may get it


class Measure(Strict):
    """A line of the catalogue of measures."""

    measure: Name
    reason: str = ""  #: why it is suggested: the law, or what experience says
    mediation: bool = False  #: it is mediation: not suggested where a party refused that
    #: suggested only where a record tells that a 告诫书 was given (true), or none does (false)
    warned: bool | None = None


class TaskForceRules(Strict):
    """When a task force is proposed, who is in it, and when it may close."""

    on_tiers: tuple[Tier, ...] = ("red",)
    #: a graded case in so many counties; 0 never
    on_counties: Annotated[Whole, Field(ge=0, le=MOST)] = 2
    on_failed_letters: Annotated[Whole, Field(ge=0, le=MOST)] = 2  #: overdue or refused; 0 never
    on_severity: Annotated[Whole, Field(ge=0, le=4)] = 4  #: a graded case so severe; 0 never
    quiet_days: Annotated[Whole, Field(ge=0, le=730)] = 30  #: without an incident before closing
    verification_levels: tuple[Name, ...] = ("村级", "乡级", "县级")  #: lowest first
    lead: Name
    approver: str = ""  #: the post that starts one and puts a deadline off; "" for anyone named
    #: step → working days
    milestones: dict[Name, Annotated[Whole, Field(ge=1, le=120)]] = Field(min_length=1)
    #: before the others in domestic violence
    safety_milestones: dict[Name, Annotated[Whole, Field(ge=1, le=120)]] = Field(
        default_factory=dict
    )
    measures: dict[str, tuple[Measure, ...]]  #: category prefix → measures; "" for all


class Unit(Strict):
    """One line of the directory: which unit answers for what; the most particular line counts."""

    category: str = ""  #: prefix of the category; "" for all
    county: str = ""  #: county code; "" for all
    letters: tuple[str, ...] = ()  #: kinds of letter (levels of the ladder); none for all
    unit: Name  #: its name; {county} is the county's name
    parent: str = ""  #: the unit above it, which gets a copy; {county} as above
    contact: str = ""  #: the unit's own duty line or mailbox, never a person's
    copies: tuple[Name, ...] = ()  #: units that get a copy; {county} as above


class EscalationSettings(Strict):
    """The whole of ``escalation.yaml``."""

    number_code: Name = "张政法函"
    masthead: Name
    city_unit: Name
    county_unit: Name  #: with {county}, which only a configuration of one county may lack
    counties: dict[str, Name]  #: code → name
    departments: dict[str, tuple[Name, ...]]  #: category prefix → departments; "" for the rest
    posts: tuple[Name, ...] = ()  #: posts that approve, lowest first
    officers: dict[str, str] = Field(default_factory=dict)
    #: name → post; empty: any named officer may approve, whoever calls answers for it
    letters: tuple[LetterKind, ...] = Field(min_length=1)
    task_force: TaskForceRules
    bundle: tuple[str, ...] = ()  #: kinds of which one letter carries a recipient's cases
    start: dict[Tier, str] = Field(default_factory=dict)
    #: tier → the step at which a case without letters may start; the first where it is not named
    withheld_channels: tuple[str, ...] = ("访调",)
    #: channels whose narratives and parties stand in no document: petitions (信访工作条例 30)
    withheld_words: tuple[Word, ...] = ("信访", "上访", "检举", "控告", "举报")
    #: words of a category or a role by which a record of any channel is a petition
    unnamed_words: tuple[Word, ...] = (
        "要求匿名", "希望匿名", "匿名举报", "匿名反映", "匿名投诉", "不愿透露", "不愿公开", "不便透露",
        "不便公开", "要求保密", "请求保密", "希望保密", "信息保密", "身份保密", "姓名保密", "请保密",
        "请勿告知", "请不要告知", "请勿泄露", "请勿透露",
    )  # fmt: skip
    #: words of a narrative by which who made a record asks to stay unnamed: the same
    refuge_words: tuple[Word, ...] = (
        "庇护", "娘家", "躲", "避难", "逃到", "逃至", "投靠", "暂住", "寄住", "借住",
        "新租", "新搬", "新住", "搬到", "搬至", "搬去",
    )  # fmt: skip
    #: words of a narrative by which it may tell where a victim of domestic violence went
    directory: tuple[Unit, ...] = ()  #: who gets letters; ``county_unit`` where no line fits
    closing_hour: TimeOfDay = time(17, 30)
    #: what is received later counts as the next working day's
    return_days: Annotated[Whole, Field(ge=1, le=60)] = 3  #: at least, after a refused reply
    closing_quiet_days: Annotated[Whole, Field(ge=1, le=730)] = 60
    #: days without an incident after which a case with an accepted reply is closed
    reminder_days: Annotated[Whole, Field(ge=0, le=30)] = 1  #: working days before the deadline
    #: for years that the calendar library does not know
    working_days: Mapping[date, bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        found = [*self._county_unit_faults(), *self._directory_faults(), *self._step_faults(),
                 *self._post_faults(), *self._level_faults()]  # fmt: skip
        for place, entries in (
            (("departments",), self.departments),
            (("task_force", "measures"), self.task_force.measures),
        ):
            if "" not in entries:
                found.append((place, say('须有 "" 一项（其余类别）',
                                         'an entry "" (all other categories)')))  # fmt: skip
        if found:
            raise faults(found)
        return self

    def _county_unit_faults(self) -> Iterator[Fault]:
        """A name that is one for all counties, or that nothing can be filled into."""
        expected = say("含 {county} 的名称（{county} 即县区名）",
                       "a name with {county}, which is the county's own")  # fmt: skip
        fields = _fields(self.county_unit)
        several = len(set(self.counties.values())) > 1
        if fields - COUNTY or (several and not fields):
            yield ("county_unit",), expected

    def _directory_faults(self) -> Iterator[Fault]:
        """Names that nothing can be filled into, counties and kinds of letter that there are not."""
        expected = say("单位名称，其中只可写 {county}（即县区名）",
                       "a unit's name, in braces nothing but {county}, the county's own")  # fmt: skip
        counties = say("counties 中的一项：", "one of counties: ") + say("、", ", ").join(
            self.counties
        )
        names = [letter.name for letter in self.letters]
        kinds = say("letters 中的一个名称：", "a name in letters: ") + "、".join(names)
        for number, line in enumerate(self.directory):
            place: Place = ("directory", number)
            named: list[tuple[Place, str]] = [(("unit",), line.unit), (("parent",), line.parent)]
            named += [(("copies", at), copy) for at, copy in enumerate(line.copies)]
            for key, name in named:
                if _fields(name) - COUNTY or (name and not name.strip()):
                    yield (*place, *key), expected
            if line.county and line.county not in self.counties:
                yield (*place, "county"), counties
            for at, kind in enumerate(line.letters):
                if kind not in names:
                    yield (*place, "letters", at), kinds

    def _step_faults(self) -> Iterator[Fault]:
        """Names of letters that stand twice, or are meant and stand nowhere."""
        names = [letter.name for letter in self.letters]
        for number, name in enumerate(names):
            if name in names[:number]:
                yield ("letters", number, "name"), say("每个名称只用一次", "each name once")
        once = set(names)
        for number, letter in enumerate(self.letters):
            for place, name in enumerate(letter.formerly):
                if name in once:
                    yield (("letters", number, "formerly", place),
                           say("原来的名称，不是现有的名称，也只写一次",
                               "a name of before, of no present letter, and once"))  # fmt: skip
                once.add(name)
        one_of = say("letters 中的一个名称：", "a name in letters: ") + "、".join(names)
        for tier, name in self.start.items():
            if name not in names:
                yield ("start", tier), one_of
        for number, name in enumerate(self.bundle):
            if name not in names:
                yield ("bundle", number), one_of

    def _post_faults(self) -> Iterator[Fault]:
        """Posts that are named and not listed; where none is listed, once officers hold them."""
        if not self.officers and not self.posts:
            return
        one_of = say("posts 中的一项：", "one of posts: ") + "、".join(self.posts)
        named: list[tuple[Place, str]] = [
            (("officers", name), post) for name, post in self.officers.items()
        ]
        for number, letter in enumerate(self.letters):
            named.append((("letters", number, "approver"), letter.approver))
        if self.task_force.approver:
            named.append((("task_force", "approver"), self.task_force.approver))
        for place, post in named:
            if post not in self.posts:
                yield place, one_of

    def _level_faults(self) -> Iterator[Fault]:
        """Levels of verification that stand twice: each is another's."""
        levels = self.task_force.verification_levels
        for number, level in enumerate(levels):
            if level in levels[:number]:
                yield (("task_force", "verification_levels", number),
                       say("每个层级只写一次", "each level once"))  # fmt: skip

    @property
    def present_names(self) -> dict[str, str]:
        """Former names of letters → what they are called now."""
        return {former: letter.name for letter in self.letters for former in letter.formerly}

    def departments_of(self, *categories: str) -> tuple[str, ...]:
        """The departments of the longest named prefix of each category, each once."""
        best = [
            max((key for key in self.departments if category.startswith(key)), key=len)
            for category in categories
        ]
        return tuple(dict.fromkeys(name for key in best for name in self.departments[key]))

    def measures_of(self, *categories: str) -> tuple[Measure, ...]:
        """Measures of every prefix of the categories, the most particular first, "" at the end."""
        named = [
            key
            for category in categories
            for key in sorted(self.task_force.measures, key=len, reverse=True)
            if key and category.startswith(key)
        ]
        ordered = dict.fromkeys([*named, ""])
        return tuple(step for key in ordered for step in self.task_force.measures[key])


def _fields(name: str) -> set[tuple[str | None, ...]]:
    """What is filled into a name, each as (name, format, conversion); a single brace is one more."""
    try:
        return {tuple(found) for _, *found in Formatter().parse(name) if found[0] is not None}
    except ValueError:
        return {("", None, None)}
