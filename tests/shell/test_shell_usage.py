"""Wrong usage and help are told in the reader's language, as every other error is."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import warning
from warning.cli import run
from warning.store.migrate import revisions

ROOT = Path(__file__).parents[2]

#: Arguments, and words that must stand in what is told in Chinese and in English.
WRONG = [
    (["lettrs"], "没有命令 lettrs", "no command lettrs"),
    (["letters", "lst"], "应为：list", "expected: list"),
    (["letters", "--foo"], "没有选项 --foo", "no option --foo"),
    (["letters", "approve"], "缺少参数 letter_id", "letter_id is missing"),
    (["export"], "缺少选项 --out", "--out is missing"),
    (["explain", "a", "b", "c"], "多出参数 c", "too many: c"),
    (["preview", "--config"], "选项 --config 没有值", "--config has no value"),
    (["run", "--rebuild=5"], "选项 --rebuild 不带值", "--rebuild takes no value"),
    (["demo", "--records", "abc"], "--records 的值不对：abc", "--records is wrong: abc"),
    (["demo", "--records=3"], "不小于 50", "50 or more"),
]


@pytest.mark.parametrize(("arguments", "chinese", "english"), WRONG)
def test_wrong_usage_is_told_in_words(
    arguments: list[str], chinese: str, english: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What was found, what was expected and where help is; the exit code is 2."""
    for language, words, action in (("zh", chinese, "处理办法"), ("en", english, "what to do")):
        monkeypatch.setenv("WARNING_LANG", language)
        assert run(arguments) == 2
        told = capsys.readouterr().err
        assert words in told
        assert action in told
        assert "--help" in told
        if language == "zh":
            assert not re.search(r"Usage|Error|Invalid|Missing|Option|Input", told)


@pytest.mark.parametrize("arguments", [["--help"], [], ["export", "--help"], ["letters", "--help"]])
def test_help_has_its_labels_in_chinese(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of the library's own English is left; in English all of it is."""
    labels = r"^Usage:|^Options:|^Commands:|^Arguments:|Show this message|\[default|\[env\s+var"
    monkeypatch.setenv("WARNING_LANG", "zh")
    run(arguments)
    shown = "".join(capsys.readouterr())
    assert "用法：warning" in shown
    assert "显示本帮助" in shown
    assert not re.search(labels, shown, re.MULTILINE)
    monkeypatch.setenv("WARNING_LANG", "en")
    run(arguments)
    assert re.search(labels, "".join(capsys.readouterr()), re.MULTILINE)


def test_the_version_follows_the_schema() -> None:
    """No schema is added under an old version, which pip would not install over the one before."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert version.split(".")[:2] == ["0", str(int(revisions()[-1]))]
    news = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\S+)", news, re.MULTILINE)[0] == version


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The one that is installed, to the shell and to Python."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"warning {metadata.version('warning')}\n"
    assert warning.__version__ == metadata.version("warning")
