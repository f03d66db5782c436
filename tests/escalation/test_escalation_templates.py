"""Templates: an office edits them; data breaks neither them nor the document."""

import io
import zipfile
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.damage import damaged
from warning.errors import SettingsError
from warning.escalation import blank_templates
from warning.escalation.documents import LETTER, PLAN, with_milestones
from warning.escalation.templates import read_template
from warning.escalation.undated import UNKNOWN_DAY

PACKAGED = Path(str(resources.files("warning") / "config" / "templates"))


def written(document: bytes) -> str:
    """The text of the document's body."""
    body = zipfile.ZipFile(io.BytesIO(document)).read("word/document.xml")
    root = etree.fromstring(body)
    return "".join(node.text or "" for node in root.iter("{*}t"))


def test_the_packaged_templates_are_what_their_measures_say():
    """Nobody edited the packaged files by hand."""
    assert (PACKAGED / "letter.docx").read_bytes() == blank_templates.letter()
    assert (PACKAGED / "plan.docx").read_bytes() == blank_templates.plan()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None), max_size=40))
def test_no_text_breaks_the_document(text):
    """Any text gives well-formed XML, and names inside data stay text."""
    template = read_template(PACKAGED / "letter.docx", LETTER, 0.0)
    hostile = text + "</w:t>{{number}}<?end?>&amp;{{ 7*7 }}"
    document = template.fill(
        {"title": hostile, "number": "N1", "facts": [hostile, hostile],
         "timeline": [{"time": hostile, "summary": hostile}]}
    )  # fmt: skip
    seen = written(document)
    assert seen.count("</w:t>{{number}}<?end?>&amp;{{ 7*7 }}") == 5
    assert "49" not in seen or "49" in text


def test_a_name_split_by_word_over_runs_is_found(tmp_path):
    """Word splits {{title}} over runs when it is edited; it is one name all the same."""
    split = (
        "<w:p>"
        + "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in ("甲{", "{ti", "tle}", "}乙"))
        + "</w:p>"
    )
    path = tmp_path / "own.docx"
    path.write_bytes(blank_templates.page(split))
    assert written(read_template(path, LETTER, 1.0).fill({"title": "关于"})) == "甲关于乙"


def test_an_unknown_name_is_reported_with_those_that_exist(tmp_path):
    """A misspelt name is refused when the template is read, not printed in a letter."""
    path = tmp_path / "own.docx"
    path.write_bytes(blank_templates.page(blank_templates.body("{{titel}}")))
    with pytest.raises(SettingsError, match="titel") as caught:
        read_template(path, LETTER, 1.0)
    assert "timeline.summary" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04no", b"<html/>"])
def test_what_is_no_word_file_is_refused(tmp_path, content):
    """A damaged template is a fault of the configuration, said with its file."""
    path = tmp_path / "own.docx"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"own\.docx"):
        read_template(path, LETTER, 1.0)


def test_no_changed_byte_of_a_template_is_taken_for_a_bug(tmp_path):
    """One byte changed anywhere: a template, or a fault of the configuration in words."""
    path, refused = tmp_path / "own.docx", 0
    for at, content in enumerate(damaged(blank_templates.page(blank_templates.body("")), 300)):
        path.write_bytes(content)
        try:
            read_template(path, LETTER, float(at))
        except SettingsError:
            refused += 1
    assert refused > 50


def test_no_entity_of_a_template_is_read(tmp_path):
    """A template cannot bring in a file of the machine."""
    secret = tmp_path / "secret"
    secret.write_text("secret words")
    source = zipfile.ZipFile(io.BytesIO(blank_templates.page(blank_templates.body("&x;"))))
    path = tmp_path / "own.docx"
    with zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "word/document.xml":
                entity = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{secret}">]>'.encode()
                part = part.replace(b"?>\n", b"?>\n" + entity, 1).replace(b"&amp;x;", b"&x;")
            target.writestr(name, part)
    document = read_template(path, LETTER, 1.0).fill({})
    assert b"secret words" not in document


def test_a_plan_gets_the_days_that_are_known_each_in_its_row():
    """Also where one milestone's name begins as another's; what has its day, or has none yet, stays."""
    before = {
        "回访": UNKNOWN_DAY,
        "回访&评估": UNKNOWN_DAY,
        "见面": "2026-12-28",
        "化解": UNKNOWN_DAY,
    }
    rows = [{"step": step, "due": day} for step, day in before.items()]
    template = read_template(PACKAGED / "plan.docx", PLAN, 0.0)
    days = {**before, "回访": "2027-01-06", "回访&评估": "2027-01-15"}
    later = [{"step": step, "due": day} for step, day in days.items()]
    values = {"title": f"回访{UNKNOWN_DAY}"}
    dated = with_milestones(template.fill({**values, "steps": rows}), days)
    assert dated == template.fill({**values, "steps": later})
