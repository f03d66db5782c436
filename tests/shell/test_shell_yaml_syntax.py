"""A settings file that is no YAML: what is wrong, in the reader's language, and where."""

import re
from pathlib import Path
from time import process_time

import pytest

from warning.settings.base import Strict, read_yaml
from warning.settings.channels import ChannelsSettings
from warning.settings.escalation import EscalationSettings
from warning.settings.matching_incidents import IncidentEvidence
from warning.settings.matching_persons import PersonSettings
from warning.settings.matching_places import PlaceWords
from warning.settings.matching_review import ReviewSettings
from warning.settings.retention import RetentionSettings
from warning.settings.risk_words import RiskWords
from warning.settings.schedule import ScheduleSettings
from warning.settings.tiers import TiersSettings

#: Text of a file, line and column of the fault, and words of what is told in Chinese and English.
WRONG = [
    ("a: b: c\n", "1:5", "冒号", "colon"),
    ("levels\nred: 1\n", "2:4", "缺冒号", "lacks"),
    ("red: 1\nlevels\n", "3:1", "缺少冒号", "without its colon"),
    ("a:\n  b: 1\n c: 2\n", "3:2", "缩进", "indentation"),
    ("a: [1, 2\nb: 3\n", "2:2", "括号没有闭合", "not closed"),
    ("a: {x: 1\nb: 3\n", "2:2", "括号没有闭合", "not closed"),
    ('a: 1\nb: "x\nc: 3\n', "2:4", "引号没有闭合", "quote that is not closed"),
    ("a: 'x\n", "1:4", "引号没有闭合", "quote that is not closed"),
    ("a: 1\na: 2\n", "2:1", "重复的键", "second time"),
    ("a: 1\n---\nb: 2\n", "2:1", "第二份文档", "second document"),
    ("a: - 1\n", "1:4", "列表项", "dash"),
    ('a: "\\q"\n', "1:6", "转义", "escape"),
    ("a: %5\n", "1:4", "加引号", "in quotes"),
    ("a: *x\n", "1:4", "没有定义的引用", "reference"),
    ("a: !e!x 1\n", "1:4", "没有定义的引用", "reference"),
    ("a: 1\nb: \x01\n", "2:4", "控制字符", "control character"),
    ("levels:\n  red：1\n", "2:6", "全角冒号", "full-width colon"),
    ("a: 1\nb: {2027-13-01: 1}\n", "2:5", "没有这个日期", "no such date"),
    ("a: [1, 2027-02-30]\n", "1:8", "没有这个日期", "no such date"),
    ("a: 2\nb: 0x_\n", "2:4", "读不出的值", "cannot be read"),
    ("a: !!bool 3\n", "1:4", "读不出的值", "cannot be read"),
    ("use: both\nlevels: !foo\n  red: 1\n", "2:9", "不认识的标签", "unknown tag"),
    ("use: !foo both\n", "1:6", "不认识的标签", "unknown tag"),
    ("floors: !!python/tuple []\n", "1:9", "不认识的标签", "unknown tag"),
    ("".join(" " * k + "a:\n" for k in range(1300)), "51:51", "嵌套超过 50 层", "50 levels"),
    ("{a: " * 200_000, "1:201", "嵌套超过 50 层", "50 levels"),
]


@pytest.mark.parametrize(("text", "place", "chinese", "english"), WRONG)
def test_a_syntax_fault_is_told_in_words(
    text: str, place: str, chinese: str, english: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """With line and column, and none of the library's English in Chinese."""
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    for language, words in (("zh", chinese), ("en", english)):
        monkeypatch.setenv("WARNING_LANG", language)
        model, problems = read_yaml(path, TiersSettings)
        assert model is None
        told = str(problems[0])
        assert told.startswith(f"{path}:{place}: ")
        assert words in told
        if language == "zh":
            assert not re.search(r"[a-z]{3}", told.removeprefix(f"{path}"))


def test_a_rare_fault_is_told_in_the_library_s_words(tmp_path: Path) -> None:
    """Better than none."""
    path = tmp_path / "f.yaml"
    path.write_text("a: |x\n  b\n", encoding="utf-8")
    _, problems = read_yaml(path, TiersSettings)
    assert "chomping" in str(problems[0])


#: A model, text that does not suit it, and words of what is expected in Chinese and English.
UNSUITABLE = [
    (ScheduleSettings, "retry_minutes: .inf\n", "有限的数", "finite number"),
    (RetentionSettings, "1: 2\n", "文字作名称", "text as a name"),
    (ScheduleSettings, "retry_minutes: []\n", "一个数", "a number without quotes"),
    (TiersSettings, "floors: {}\n", "一个列表", "a list"),
    (TiersSettings, "levels: []\n", "名称: 值", "name: value"),
    (TiersSettings, "use: all\n", "'thresholds'、'capacity'、'both' 之一", "'capacity' or 'both'"),
    (PlaceWords, "renames: [{old: 上, new: 上秦镇}]\n", "至少 2 个字", "at least 2 characters"),
    (EscalationSettings, "working_days: {x: true}\n", "一个日期", "a date, such as"),
    (IncidentEvidence, "levels: {people: {三个: 1}}\n", "的级别：", "levels of "),
    (
        PersonSettings,
        "levels: {shoe_size: {a: {m: .5, u: .5}}}\n",
        "没有 shoe_size",
        "no shoe_size",
    ),
    (ScheduleSettings, "heartbeat_seconds: 100000000000000\n", "不大于 86400", "86400 or less"),
    (ReviewSettings, "tier_worth: {red: 1}\n", "等级：red", "tiers: red"),
    (ChannelsSettings, "channels: {'a|b': {}}\n", "没有 | 的渠道名", "name without |"),
    (
        ChannelsSettings,
        "layouts: {a: {channels: [b], recognised_by: [c], ignored_columns: [民族, d], "
        "columns: {record_id: c, reported_at: d}}}\n",
        "不读入的列",
        "does not read",
    ),
    (
        ChannelsSettings,
        "keywords: {打架: '02', '… …': '02'}\n",
        "… 之外还有文字",
        "a text beside …",
    ),
    (
        ChannelsSettings,
        'keywords: {打架: "02", "…\\ufe0f": "02"}\n',
        "… 之外还有文字",
        "a text beside …",
    ),
    (
        ChannelsSettings,
        "keywords: {打架: '02', '…&zwnj;…': '02'}\n",
        "… 之外还有文字",
        "a text beside …",
    ),
]


#: A model, text with a word that nothing can hold, and its place.
BLANK = [
    (RiskWords, "negations: [不]\nthreat:\n  - 杀\n  - '　'\n", 4, "threat.1"),
    (RiskWords, "threat: ['']\n", 1, "threat.0"),
    (RiskWords, 'threat: ["\\u200b"]\n', 1, "threat.0"),
    (RiskWords, 'threat: ["\\ufe0f"]\n', 1, "threat.0"),
    (PlaceWords, "hub_words: []\nnicknames:\n  市医院: ''\n", 3, "nicknames.市医院"),
    (PlaceWords, "nicknames: {' ': 市医院}\n", 1, "nicknames. .[key]"),
    (PlaceWords, "renames: [{old: '  ', new: 上秦镇}]\n", 1, "renames.0.old"),
    (PlaceWords, "hub_words: [医院, ' ']\n", 1, "hub_words.1"),
    (ChannelsSettings, "keywords: {' ': '99'}\n", 1, "keywords. .[key]"),
    (ChannelsSettings, "words: {roles: {'　': party}}\n", 1, "words.roles.　.[key]"),
    (EscalationSettings, "refuge_words: [' ']\n", 1, "refuge_words.0"),
    (TiersSettings, "floors: [{text: ' '}]\n", 1, "floors.0.text"),
    (TiersSettings, "ceilings: [{name: '　'}]\n", 1, "ceilings.0.name"),
    (RiskWords, "threat: [杀, '&zwnj;&amp;SHY; <br>']\n", 1, "threat.1"),
    (ChannelsSettings, "words: {categories: {'&zwj;': '02'}}\n", 1, "words.categories.&zwj;.[key]"),
]


@pytest.mark.parametrize(("model", "text", "line", "place"), BLANK)
def test_a_word_that_nothing_can_hold_is_refused(
    model: type[Strict], text: str, line: int, place: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """With its line: it would switch a word off in silence."""
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    for language, words in (("zh", "文字，不得为空"), ("en", "a text, not blank")):
        monkeypatch.setenv("WARNING_LANG", language)
        content, problems = read_yaml(path, model)
        assert content is None
        blank = [one for one in problems if one.expected == words]
        assert [one.where for one in blank] == [f"{path}:{line}"]
        assert blank[0].found.startswith(place)


@pytest.mark.parametrize(("model", "text", "chinese", "english"), UNSUITABLE)
def test_a_value_that_does_not_suit_is_told_in_words(
    model: type[Strict], text: str, chinese: str, english: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is expected stands in the reader's language."""
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    for language, words in (("zh", chinese), ("en", english)):
        monkeypatch.setenv("WARNING_LANG", language)
        content, problems = read_yaml(path, model)
        assert content is None
        told = [problem.where for problem in problems if words in problem.expected]
        assert told == [f"{path}:1"]


#: Text of a tiers.yaml and what is told of its value in Chinese and English.
VALUES = [
    ("levels: {orange: [{probability: .7}]}\n", "levels.orange 的内容不合要求", "what levels.orange holds"),
    ("levels: {orange: []}\n", "levels.orange 的值为空的列表", "levels.orange is an empty list"),
    ("levels: [1]\n", "levels 的值为一个列表", "levels is a list"),
    ("floors: {a: 1}\n", "floors 的值为若干“名称: 值”", "floors is lines of name: value"),
    ("floors: {}\n", "floors 的值为空的 {}", "floors is an empty {}"),
    ("exit_margin:\n", "exit_margin 的值为空", "exit_margin is empty"),
    ("exit_margin: yes\n", "exit_margin 的值为 'yes'", "exit_margin is 'yes'"),
    ("exit_margin: true\n", "exit_margin 的值为 true", "exit_margin is true"),
    ("exit_margin: 2027-01-02\n", "exit_margin 的值为 2027-01-02", "exit_margin is 2027-01-02"),
    ("[1]\n", "文件 的值为一个列表", "the file is a list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "chinese", "english"), VALUES)
def test_a_value_is_called_what_the_file_shows(
    text: str, chinese: str, english: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list, not Python's list; empty, not None."""
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    for language, words in (("zh", chinese), ("en", english)):
        monkeypatch.setenv("WARNING_LANG", language)
        (problem,) = read_yaml(path, TiersSettings)[1]
        assert problem.found.startswith(words)


@pytest.mark.parametrize(
    ("content", "line"),
    [("use: both\n".encode("utf-16"), 1), ("use: both\n# 红\n".encode("gb18030"), 2)],
)
def test_a_file_in_another_encoding_is_told_in_words(
    content: bytes, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the line of the first byte that is no UTF-8, and none of the library's English."""
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    for language, words in (("zh", "不是 UTF-8 编码的文字"), ("en", "text that is not in UTF-8")):
        monkeypatch.setenv("WARNING_LANG", language)
        (problem,) = read_yaml(path, TiersSettings)[1]
        assert (problem.where, problem.found) == (f"{path}:{line}", words)


def test_a_key_that_is_missing_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the value of what should hold it."""
    path = tmp_path / "f.yaml"
    text = "use: both\nfloors:\n  - {text: 甲, when: {weapon: true}, at_least: red}\n"
    path.write_text(text, encoding="utf-8")
    for language, words in (("zh", "缺少 floors.0.name"), ("en", "floors.0.name is missing")):
        monkeypatch.setenv("WARNING_LANG", language)
        (problem,) = read_yaml(path, TiersSettings)[1]
        assert (problem.where, problem.found) == (f"{path}:3", words)


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("hour: 2\n<<: {minut: 5}\n", 2, "unknown key minut"),
        ("hour: 2\n\n<<:\n  - {minute: 5}\n  - minut: 5\n", 5, "unknown key minut"),
        ("hour: 2\n<<:\n  <<: {minute: 77}\n", 3, "minute is 77"),
        ("!!omap [hour: 77]\n", 1, "hour is 77"),
    ],
)
def test_a_fault_behind_a_merge_is_told_with_its_line(
    text: str, where: int, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that ``<<`` brings is told as one that stands there itself; in an omap the file's."""
    monkeypatch.setenv("WARNING_LANG", "en")
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    (problem,) = read_yaml(path, ScheduleSettings)[1]
    assert (problem.where, problem.found) == (f"{path}:{where}", found)


def test_a_file_larger_than_any_configuration_is_not_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten megabytes of comments take minutes; what is too large is told with the limit."""
    path = tmp_path / "f.yaml"
    path.write_text("#\n" * 5_000_000, encoding="utf-8")
    for language, words in (("zh", "大于 1 MB 的文件"), ("en", "a file of more than 1 MB")):
        monkeypatch.setenv("WARNING_LANG", language)
        begun = process_time()
        (problem,) = read_yaml(path, TiersSettings)[1]
        assert process_time() - begun < 1
        assert (problem.where, problem.found) == (str(path), words)


def test_a_known_tag_is_read(tmp_path: Path) -> None:
    """As what it says."""
    path = tmp_path / "f.yaml"
    path.write_text('!!map {hour: !!int "2", inbox: !!str 5}\n', encoding="utf-8")
    model, problems = read_yaml(path, ScheduleSettings)
    assert (model.hour, model.inbox, problems) == (2, "5", [])


def test_a_merge_that_suits_is_read(tmp_path: Path) -> None:
    """With what stands beside it before it."""
    path = tmp_path / "f.yaml"
    path.write_text("hour: 2\n<<: {hour: 3, minute: 5}\n", encoding="utf-8")
    model, problems = read_yaml(path, ScheduleSettings)
    assert (model.hour, model.minute, problems) == (2, 5, [])
