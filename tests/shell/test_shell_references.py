"""Codes and names that one file of the configuration takes from another, and files of its folders:
what counts for nothing is refused.
"""

import shutil
from pathlib import Path

import pytest

from warning.errors import SettingsError
from warning.settings import load_settings, packaged_config
from warning.settings.references import not_protecting

#: A city of its own: fewer channels, codes of categories that the packaged taxonomy does not have.
OWN = """
taxonomy: {F: 家事, F1: 家暴, "07": 劳动, "99": 其他}
words: {categories: {家暴: F1}}
channels: {热线: {}, "110": {}}
"""


def changed(directory: Path, file: str, before: str, after: str) -> str:
    """Write the packaged file with one change; returns its text."""
    text = (packaged_config() / file).read_text(encoding="utf-8")
    assert text.count(before) == 1
    text = text.replace(before, after)
    (directory / file).write_text(text, encoding="utf-8")
    return text


WRONG = [
    ("scoring.yaml", 'violence_categories: ["0101"]', 'violence_categories: ["家庭暴力"]',
     "write its code 0101"),
    ("scoring.yaml", 'violence_categories: ["0101"]', 'violence_categories: ["0101", "0199"]',
     "'0199'"),
    ("scoring.yaml", 'violence_categories: ["0101"]', 'violence_categories: [""]', "''"),
    ("scoring.yaml", '{"0101": 2}', '{"0199": 4}', "category_severity.0199"),
    ("scoring.yaml", '["settled", "withdrawn"]', '["达成协议"]', "write its code settled"),
    ("scoring.yaml", '["12345", "访调"]', '["12345", "热线"]', "complaints.channels.1"),
    ("scoring.yaml", '["07", "14"]', '["", "14"]', "complaints.categories.0"),
    ("tiers.yaml", "when: {kind: person}", "when: {category: 劳动人事}", "write its code 07"),
    ("escalation.yaml", '"0601": [市场', '"0699": [市场', "departments.0699"),
    ("escalation.yaml", '    "0601":\n', '    "消费":\n', "measures.消费"),
    ("escalation.yaml", "withheld_channels: [访调]", "withheld_channels: [信访]", "'信访'"),
    ("escalation.yaml", "approver: 副书记", "approver: 处长", "处长"),
    ("channels.yaml", '家暴: "0101"\n    邻里', '家暴: "0199"\n    邻里', "words.categories.家暴"),
    ("channels.yaml", 'channels: ["110"]', 'channels: ["119"]', "layouts.接警单.channels.0"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "before", "after", "told"), WRONG, ids=lambda part: part[-20:])
def test_a_name_that_stands_nowhere_is_refused_with_its_line(
    file: str, before: str, after: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong one counted for nothing, and a victim's account stood in a letter."""
    monkeypatch.setenv("WARNING_LANG", "en")
    text = changed(tmp_path, file, before, after)
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    (problem,) = refused.value.problems
    line = text[: text.index(after)].count("\n") + 1
    assert problem.where == f"{tmp_path / file}:{line}"
    assert told in str(problem)


def test_a_citys_own_taxonomy_and_channels_go_with_the_defaults(tmp_path: Path) -> None:
    """What the packaged files name and the city does not have means nothing there."""
    (tmp_path / "channels.yaml").write_text(OWN, encoding="utf-8")
    load_settings(tmp_path)
    changed(tmp_path, "scoring.yaml", '["12345", "访调"]', '["热线", "访调"]')
    assert load_settings(tmp_path).scoring.complaints.channels == ("热线", "访调")


def test_the_beginning_of_a_code_names_all_that_begin_so(tmp_path: Path) -> None:
    """Also one that is no code itself."""
    (tmp_path / "channels.yaml").write_text(OWN.replace("F: 家事, ", ""), encoding="utf-8")
    changed(tmp_path, "scoring.yaml", 'violence_categories: ["0101"]', 'violence_categories: ["F"]')
    assert load_settings(tmp_path).scoring.domestic_violence_categories == ("F",)


def test_it_is_told_where_nothing_of_the_city_is_withheld_by_code(tmp_path: Path) -> None:
    """A city's own taxonomy beside the packaged code of domestic violence, which it does not have."""
    (tmp_path / "channels.yaml").write_text(OWN, encoding="utf-8")
    own, packaged = load_settings(tmp_path), load_settings()
    told = not_protecting(own.channels, own.scoring, own.escalation, own.tiers)
    assert ["domestic_violence_categories" in told[0], "withheld_channels" in told[1]] == [True] * 2
    parts = packaged.channels, packaged.scoring, packaged.escalation
    assert not_protecting(*parts, packaged.tiers) == []
    assert "complaints.channels (12345, 访调)" in told[2]
    assert "(热线, 110)" in told[2]
    changed(tmp_path, "scoring.yaml", '["12345", "访调"]', '["热线", "访调"]')
    own = load_settings(tmp_path)
    told = not_protecting(own.channels, own.scoring, own.escalation, own.tiers)
    assert "complaints.channels (访调)" in told[2]
    (tmp_path / "scoring.yaml").unlink()
    for rule in ("", "{name: a, text: 甲, when: {kind: person}, at_most: red}",
                 "{name: a, text: 甲, when: {kind: person, category: '02'}, at_most: blue}"):  # fmt: skip
        (tmp_path / "tiers.yaml").write_text(f"ceilings: [{rule}]\n", encoding="utf-8")
        (unheld,) = not_protecting(*parts, load_settings(tmp_path).tiers)
        assert "a person can be red" in unheld


@pytest.mark.parametrize("name", ["matching", "retention", "schedule", "scoring", "tiers"])
def test_keys_that_a_file_does_not_name_have_the_packaged_values(name: str, tmp_path: Path) -> None:
    """What stands in the packaged file is what holds without it."""
    (tmp_path / f"{name}.yaml").touch()
    assert getattr(load_settings(tmp_path), name) == getattr(load_settings(), name)


def test_rules_that_a_short_file_does_not_name_are_the_packaged_ones(tmp_path: Path) -> None:
    """Floors and the ceiling of a person go only by ``[]``, as any number stays that is not named."""
    (tmp_path / "tiers.yaml").write_text("minimum_stay_nights: 5\n", encoding="utf-8")
    own, packaged = load_settings(tmp_path).tiers, load_settings().tiers
    assert (own.floors, own.ceilings) == (packaged.floors, packaged.ceilings)
    assert len(own.floors) == 5
    (tmp_path / "tiers.yaml").write_text("floors: []\nceilings: []\n", encoding="utf-8")
    own = load_settings(tmp_path).tiers
    assert (own.floors, own.ceilings) == ((), ())


def test_the_empty_code_says_how_grave_every_category_is_at_least(tmp_path: Path) -> None:
    """As it stands for all others among departments and measures."""
    changed(tmp_path, "scoring.yaml", '{"0101": 2}', '{"0101": 2, "": 1}')
    assert load_settings(tmp_path).scoring.category_severity[""] == 1


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("lexicons/risk_words.txt", "places.yaml, risk_words.yaml"),
        ("lexicons/surnames.txt", "places.yaml, risk_words.yaml"),
        ("lexicons/risk_word.yaml", "places.yaml, risk_words.yaml"),
        ("templates/letters.docx", "letter.docx, plan.docx"),
    ],
)
def test_a_file_of_a_folder_that_nothing_reads_is_refused(
    name: str, known: str, tmp_path: Path
) -> None:
    """An edited lexicon that only the package reads, or a name that is nearly right."""
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text("改过的", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    (problem,) = refused.value.problems
    assert problem.where == str(tmp_path / name)
    assert known in str(problem)


def test_unchanged_copies_and_what_editors_leave_stop_no_night(tmp_path: Path) -> None:
    """Of the package's lexicons an earlier ``warning init`` copied all."""
    shutil.copytree(packaged_config(), tmp_path / "own")
    for name in ("lexicons/.risk_words.yaml.swp", "templates/~$letter.docx", "lexicons/README.md",
                 "lexicons/README.txt", "templates/Thumbs.db", "lexicons/desktop.ini",
                 "lexicons/.DS_Store"):  # fmt: skip
        (tmp_path / "own" / name).write_bytes(b"x")
    copy = tmp_path / "own/lexicons/nobody.txt"
    copy.write_bytes(copy.read_bytes().replace(b"\n", b"\r\n"))
    assert load_settings(tmp_path / "own").hash == load_settings().hash


def test_a_directory_without_any_configuration_is_refused(tmp_path: Path) -> None:
    """A path one level off would run without the city's own thresholds."""
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="warning init"):
        load_settings(tmp_path)


@pytest.mark.parametrize("path", ['"  "', '""', "~/in", '"~"'])
@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("schedule", "inbox"),
        ("schedule", "archive"),
        ("schedule", "metrics"),
        ("retention", "backups"),
    ],
)
def test_a_path_that_is_blank_or_of_a_shell_is_refused_with_its_line(
    file: str, key: str, path: str, tmp_path: Path
) -> None:
    """Every night found no such inbox, and nothing else told of it."""
    (tmp_path / f"{file}.yaml").write_text(f"# own\n{key}: {path}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    assert refused.value.problems[0].where == f"{tmp_path / file}.yaml:2"
