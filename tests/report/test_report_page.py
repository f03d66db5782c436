"""The page of a night: what it tells, what it hides, on a phone and on paper (in a browser)."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from warning import load
from warning.commands.nights import show_night
from warning.demo.city import AS_OF
from warning.keeping.health import health_of
from warning.matching.standardise.names import names
from warning.nightly import run_nightly
from warning.report.page import bars
from warning.reporting import latest_page, night_data
from warning.scoring.differing import differing, differing_sentences
from warning.scoring.model import load_model
from warning.settings import load_settings
from warning.store import Store


@pytest.fixture(scope="module")
def page(night_store: str) -> str:
    """The masked page of the town's night."""
    with Store.open(night_store) as store:
        return latest_page(store, load_settings())


def browser() -> str:
    """The browser that the gate installs."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    found = found or shutil.which("google-chrome")
    assert found, "install chromium (.ci/run does)"
    return found


def in_browser(page: str, directory: Path, *options: str) -> str:
    """What the browser prints when it opens the page."""
    file = directory / "page.html"
    file.write_text(page, encoding="utf-8")
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu",
               f"--user-data-dir={directory / 'profile'}", *options, file.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return done.stdout.decode()


def test_the_page_needs_no_network_and_no_script(page: str) -> None:
    """One file: no address but the namespace of SVG, no script, no outside style."""
    assert re.findall(r"https?://(?!www\.w3\.org)", page) == []
    assert "<script" not in page
    assert "<link" not in page
    assert "@import" not in page


def test_no_name_id_number_or_phone_is_on_the_page(page: str, night_store: str) -> None:
    """Masked unless asked: no full name of a party, no number of seven digits."""
    with Store.open(night_store) as store:
        records, parties = store.known(AS_OF)
        unmasked = latest_page(store, load_settings(), unmasked=True)
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    written = names(parties["name"])
    full = set(written.loc[~written["is_mask"], "name"].dropna())
    full = {name for name in full if len(name) >= 3}
    assert len(full) > 100
    assert [name for name in full if name in text] == []
    without_ids = re.sub(r"\b[a-z]-[0-9a-f]{12}\b", "", text)
    assert re.findall(r"1[3-9]\d{9}|\d{17}[\dXx]", without_ids) == []
    assert any(name in unmasked for name in full)
    assert len(records)


def test_every_part_is_there(page: str, night_store: str) -> None:
    """Counts, counties, cases with reasons, letters, task forces, data quality."""
    with Store.open(night_store) as store:
        warnings, letters = store.warnings_at(AS_OF), store.table("letters")
    graded = warnings[warnings["tier"] != "none"]
    for case_id in graded["case_id"].head(150):
        assert case_id in page
    for reason in graded.sort_values("probability")["reasons"].tail(3):
        assert reason.split("；")[0] in page
    assert letters["letter_id"].size
    for heading in ("What changed since last night", "Tiers by county", "Cases: timelines",
                    "Letters due and overdue", "Task forces proposed", "Data quality"):  # fmt: skip
        assert heading in page
    assert "first night" in page


def test_the_page_tells_what_changed(
    night_store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a second night the page counts what came since the first, and names another model.

    A report that was delivered late came, too, though it was reported before the first night.
    """
    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    url = f"sqlite:///{tmp_path / 'w.db'}"
    late = AS_OF - pd.Timedelta(days=2)
    frame = pd.DataFrame({"channel": ["110"], "record_id": ["late"], "reported_at": [late]})
    with Store.open(url) as store:
        before, _ = store.known(AS_OF)
    load(url, frame)
    other = replace(load_model(), card="another")
    night = run_nightly(url, None, AS_OF + pd.Timedelta(days=1), model=other)
    show_night(night)
    with Store.open(url) as store:
        later = latest_page(store, load_settings())
        records, _ = store.known(AS_OF + pd.Timedelta(days=1))
    fresh = int((records["reported_at"] > AS_OF).sum()) + 1
    assert len(records) - len(before) == fresh
    assert f"since 2025-01-01 00:00: records +{fresh}, incidents +{fresh}, cases +" in later
    (sentence,) = differing_sentences(night.summary)
    assert "another model" in sentence
    assert sentence in later
    assert sentence in capsys.readouterr().out


def test_another_model_and_other_settings_are_told_of_two_nights_alone() -> None:
    """Of the night and the one before it, whatever came earlier or later; not of the first."""
    days = pd.date_range(AS_OF, periods=4)
    runs = pd.DataFrame({"as_of": days, "model_hash": ["a", "b", "b", "b"],
                         "config_hash": ["c", "c", "c", "d"]})  # fmt: skip
    found = [differing(runs, day) for day in days]
    assert [one["other_model"] for one in found] == [False, True, False, False]
    assert [one["other_settings"] for one in found] == [False, False, False, True]
    assert [len(differing_sentences(one)) for one in found] == [0, 1, 0, 1]


def test_chinese_is_the_language_unless_asked(
    night_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer reads Chinese: headings, states, fields."""
    monkeypatch.setenv("WARNING_LANG", "zh")
    with Store.open(night_store) as store:
        page = latest_page(store, load_settings())
    assert '<html lang="zh-CN">' in page
    for words in ("与上一夜相比", "各县区等级", "草稿待签发", "缺失比例", "证件号"):
        assert words in page
    assert "id_number" not in page


def test_markup_in_the_data_stays_text(night_store: str, tmp_path: Path) -> None:
    """A narrative that is HTML is shown as written and runs nothing."""
    import sqlite3

    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    connection = sqlite3.connect(tmp_path / "w.db")
    connection.execute("UPDATE records SET narrative = '<script>alert(1)</script>{{ 7 * 7 }}'")
    connection.commit()
    connection.close()
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        page = latest_page(store, load_settings())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page


def test_a_phone_shows_the_page_without_scrolling_sideways(page: str, tmp_path: Path) -> None:
    """At 500 px (the narrowest window of the browser) no element is wider than the window."""
    measured = page.replace(
        "</body>",
        "<script>document.title = 'wide ' + document.documentElement.scrollWidth + ' of '"
        " + window.innerWidth</script></body>",
    )
    told = in_browser(measured, tmp_path, "--window-size=500,900", "--dump-dom")
    found = re.search(r"<title>wide (\d+) of (\d+)</title>", told)
    assert found
    assert int(found[1]) <= int(found[2]) <= 500


@pytest.mark.parametrize(
    ("language", "labels"),
    [("zh", [("红1", True, False), ("橙1", True, False), ("黄8", True, False)]),
     ("en", [("red1", True, True), ("orange1", False, True), ("yellow8", True, False)])],
)  # fmt: skip
def test_a_label_stands_only_where_its_bar_has_room(
    language: str, labels: list[tuple[str, bool, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a county's ten cases one takes 10 %: enough for 橙1, on no screen for orange1."""
    monkeypatch.setenv("WARNING_LANG", language)
    tiers = ["red", "orange", *["yellow"] * 8]
    (bar,) = bars(pd.DataFrame({"county_code": "620702", "tier": tiers}), {})
    assert [(part["label"], part["fits"], part["tight"]) for part in bar["parts"]] == labels


def test_paper_shows_every_case_open(page: str, tmp_path: Path) -> None:
    """Printed, the folded cases are open: each case's reports are on paper."""
    in_browser(page, tmp_path, f"--print-to-pdf={tmp_path / 'page.pdf'}")
    told = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"],
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    cases = re.findall(r"<summary>.*?(c-[0-9a-f]{12})", page)
    assert len(cases) > 20
    assert told.count("summary") >= len(cases)


def test_rows_set_aside_are_counted_by_fault(night_store: str, tmp_path: Path) -> None:
    """What to do about a fault, on a line of its own even, is left out of the count."""
    import sqlite3

    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    connection = sqlite3.connect(tmp_path / "w.db")
    connection.execute("DELETE FROM quarantine")
    connection.commit()
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        assert night_data(store, load_settings(), unmasked=False).quarantine.empty
    connection.executemany(
        'INSERT INTO quarantine (load_id, "column", reason) VALUES (1, ?, ?)',
        [
            ("phone", "not a number；look\nthere；or here"),
            ("phone", "not a number"),
            (None, "no id; look there"),
        ],
    )
    connection.commit()
    connection.close()
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        counted = night_data(store, load_settings(), unmasked=False).quarantine
    assert counted.to_dict() == {"phone: not a number": 2, "no id": 1}


def test_only_overdue_letters_are_counted_as_such(night_store: str, tmp_path: Path) -> None:
    """An unsigned draft, one that was not sent, and a reply in time are none, whatever their day."""
    import sqlite3

    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    connection = sqlite3.connect(tmp_path / "w.db")
    found = [row[0] for row in connection.execute("SELECT letter_id FROM letters ORDER BY 1")]
    states = dict(zip(found, ("overdue", "approved", "approved", "replied"), strict=False))
    connection.execute("UPDATE letters SET due_on = '2024-12-20 00:00:00.000000'")
    for letter_id, state in states.items():
        connection.execute("UPDATE letters SET status = ? WHERE letter_id = ?", (state, letter_id))
        connection.execute(
            "INSERT INTO transitions (letter_id, from_status, to_status, officer, reason, at)"
            " VALUES (?, 'draft', 'approved', '', '', '2024-12-21 09:00:00.000000')",
            (letter_id,),
        )
    connection.execute(
        "UPDATE task_forces SET status = 'active',"
        " content = json_set(content, '$.due_on', '2024-12-31')"
    )
    connection.commit()
    forces = connection.execute("SELECT count(*) FROM task_forces").fetchone()[0]
    connection.close()
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        page = latest_page(store, load_settings())
        health = health_of(store, load_settings(), AS_OF)
    assert (health.unposted_letters, health.late_task_forces) == (2, forces)
    assert "overdue: 1<" in page
    assert "approved, not sent: 2 (the longest for 11 days" in page
    assert f"not signed: {len(found) - 4} (the longest for 0 days" in page
    assert f"active, past their due day: {forces}<" in page
    assert forces
