"""Files in and canonical tables out: formats, wide rows, quarantine, refusals."""

import warnings
from pathlib import Path

import pandas as pd
import pytest

import warning
from warning.errors import DataError
from warning.matching.vocabulary import with_codes
from warning.reading import from_frames, read_records
from warning.reading.values import moments
from warning.records import content_hash
from warning.settings import load_settings

SETTINGS = load_settings()
CHANNELS = SETTINGS.channels
CLOCK = pd.Timestamp("2025-01-01")
HEAD = "record_id,channel,reported_at,narrative\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 BOM"), ("gb18030", "GB18030")]
)
def test_the_encoding_is_detected_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    """The same text is read from each encoding, and a note names it."""
    file = write(tmp_path / "a.csv", HEAD + "A1,网格,2024-01-01 10:00:00,邻里争吵\n", encoding)
    tables = read_records([file], CHANNELS, clock=CLOCK)
    assert list(tables.records["narrative"]) == ["邻里争吵"]
    assert tables.notes[0].endswith(said)


def test_unusable_rows_are_set_aside_with_their_physical_line(tmp_path: Path) -> None:
    """Lines are true also after a quoted newline; rows in = records + quarantined."""
    rows = (
        'A1,110,2024-01-01 10:00:00,"one\ntwo"\nA2,110,昨天,x\n,110,2024-01-01,x\n'
        "A4,110,2026-01-01,x\nA5,999,2024-01-01,x\nA6,110\nA7,110,2024-01-01,a\x00b\n"
    )
    tables = read_records([write(tmp_path / "a.csv", HEAD + rows)], CHANNELS, clock=CLOCK)
    assert dict(zip(tables.quarantine["line"], tables.quarantine["reason"], strict=True)).keys() == {
        4, 5, 6, 7, 8, 9,
    }  # fmt: skip
    assert tables.rows_read == len(tables.records) + len(tables.quarantine) == 7
    assert tables.quarantine["reason"].str.contains("channels.yaml").any()


def test_a_wide_row_is_a_record_and_its_parties(tmp_path: Path) -> None:
    """A call sheet's row gives the reporter and the other side, with codes for their words."""
    text = "接警编号,报警时间,报警内容,确认性质,报警人姓名,对方姓名\nJ1,2024/1/2 3:04,吵架,家庭纠纷,张三,王某\n"
    tables = read_records([write(tmp_path / "a.csv", text)], CHANNELS, clock=CLOCK)
    records, parties = with_codes(tables.records, tables.parties, SETTINGS)
    assert list(parties["role_code"]) == ["reporter", "respondent"]
    assert list(parties["name"]) == ["张三", "王某"]
    assert list(records["category_code"]) == ["01"]
    assert records["reported_at"].iloc[0] == pd.Timestamp("2024-01-02 03:04")


def test_xlsx_and_parquet(tmp_path: Path) -> None:
    """The same rows come from a workbook and a Parquet file."""
    frame = pd.DataFrame(
        {"record_id": ["1"], "channel": ["110"], "reported_at": [pd.Timestamp("2024-01-01 10:00")]}
    )
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        tables = read_records([tmp_path / name], CHANNELS, clock=CLOCK)
        assert list(tables.records["reported_at"]) == [pd.Timestamp("2024-01-01 10:00")]


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """Missing, directory, empty, undecidable, a missing column, an unknown channel."""
    cases = [
        (tmp_path / "none.csv", "no such file"),
        (tmp_path, "is a directory"),
        (write(tmp_path / "e.csv", ""), "is empty"),
        *(
            (
                write(
                    tmp_path / f"{code}.csv",
                    "编号,时间\n" + HEAD + "A1,110,2024-01-01,一人被打\n",
                    code,
                ),
                "be UTF-16",
            )
            for code in ("utf-16", "utf-16-le", "utf-16-be")
        ),
        (write(tmp_path / "b.csv", HEAD + "A1,110,2024-01-01,鄰居爭執\n", "big5"), "be decided"),
        (write(tmp_path / "x.xlsx", "no workbook"), "damaged"),
        (write(tmp_path / "m.csv", "record_idd,channel,reported_at\n"), "nearest: record_idd"),
    ]
    for path, message in cases:
        with pytest.raises(DataError, match=message):
            read_records([path], CHANNELS, clock=CLOCK)
    with pytest.raises(DataError, match=r"under channels in channels.yaml"):
        read_records([], CHANNELS, channel="121", clock=CLOCK)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", HEAD.replace(",", ";"), "separated by semicolons"),
        ("a.txt", HEAD.replace(",", "\t"), "separated by tabs"),
        ("a.csv", HEAD.replace(",", "|"), "separated by vertical bars"),
        ("a.tsv", HEAD, "separated by commas"),
        ("a.csv", HEAD.replace(",", ";").replace("\n", ",备注\n"), "separated by semicolons"),
        ("a.csv", HEAD.replace(",", ";").replace("\n", ",,,\n"), "separated by semicolons"),
        ("a.csv", HEAD.replace(",", "，"), "separated by full-width commas"),
        ("a.csv", "sep=,\n" + HEAD, "the first line is sep="),
        ("a.csv", "sep=;\n" + HEAD.replace(",", ";"), "the first line is sep="),
    ],
)
def test_another_separator_is_refused_once(tmp_path: Path, name: str, text: str, told: str) -> None:
    """With what to do; not each required column as one that is missing."""
    with pytest.raises(DataError, match=told) as caught:
        read_records([write(tmp_path / name, text)], CHANNELS, clock=CLOCK)
    assert len(caught.value.problems) == 1
    assert "with commas" in str(caught.value)


def test_a_title_above_the_header_is_no_other_separator(tmp_path: Path) -> None:
    """The refusal tells of the header below it."""
    with pytest.raises(DataError, match="it seems to stand in line 2"):
        read_records([write(tmp_path / "a.csv", "警情表|2024年\n" + HEAD)], CHANNELS, clock=CLOCK)


def test_times_of_every_kind() -> None:
    """Offsets become local time; dates, slashes and Excel numbers are read; words are not."""
    read = moments(
        pd.Series(["2024-01-01T02:00:00Z", "2024-01-01", "2024/1/2 3:04:05", "45292.5", "昨天"])
    )
    assert read.iloc[:4].tolist() == [
        pd.Timestamp(t)
        for t in ("2024-01-01 10:00", "2024-01-01", "2024-01-02 03:04:05", "2024-01-01 12:00")
    ]
    assert pd.isna(read.iloc[4])


def test_times_as_people_and_systems_write_them() -> None:
    """时、分、秒 and times without separators are read; a phone number is no time."""
    written = ["2024年3月1日10时5分", "20240301100500", "2024年03月01日 10点5分0秒", "202403011005"]
    assert (moments(pd.Series(written)) == pd.Timestamp("2024-03-01 10:05")).all()
    assert moments(pd.Series(["13800001111", "20240301250500"])).isna().all()


def test_moments_with_a_zone_become_local() -> None:
    """A frame's zoned moments are the city's clock."""
    zoned = pd.Series(pd.to_datetime(["2024-01-01T02:00:00Z"]))
    assert moments(zoned).tolist() == [pd.Timestamp("2024-01-01 10:00")]


def test_a_party_given_twice_is_one_party() -> None:
    """An equal row is counted once and said; another party under the same number is set aside."""
    records = pd.DataFrame({"record_id": ["A1"], "channel": "110", "reported_at": "2024-01-01"})
    party = {"record_id": "A1", "channel": "110", "party_no": "1", "name": "某甲"}
    twice = from_frames(records, pd.DataFrame([party, party]), CHANNELS)
    assert (len(twice.parties), len(twice.quarantine), len(twice.notes)) == (1, 0, 1)
    other = from_frames(records, pd.DataFrame([party, {**party, "name": "某乙"}]), CHANNELS)
    assert (len(other.parties), len(other.quarantine)) == (1, 1)


def test_a_party_that_cannot_be_attached_is_named_by_its_record() -> None:
    """By the number that was found, a long one hidden; also where warnings are errors."""
    records = pd.DataFrame(
        {"record_id": ["A1", "A1"], "channel": ["110", "网格"], "reported_at": "2024-01-01"}
    )
    parties = pd.DataFrame({"record_id": ["A1", "A9", "13812345678"], "party_no": "1"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError) as refused:
            warning.link(records, parties)
    assert [(one.where, one.found.split(": ")[0]) for one in refused.value.problems] == [
        ("parties:1:channel", "record_id 'A1'"),
        ("parties:2:record_id", "'A9'"),
        ("parties:3:record_id", "'***********'"),
    ]


def test_a_ten_megabyte_narrative_is_kept(tmp_path: Path) -> None:
    """Long text is stored whole."""
    file = write(tmp_path / "a.csv", HEAD + "A1,110,2024-01-01," + "x" * 10_000_000 + "\n")
    assert read_records([file], CHANNELS, clock=CLOCK).records["narrative"].str.len()[0] == 10**7


def test_the_order_of_parties_does_not_change_the_content() -> None:
    """The hash names the record with its parties, whatever their order."""
    records = pd.DataFrame({"record_id": ["1"], "channel": "110", "reported_at": ["2024-01-01"]})
    people = pd.DataFrame({"record_id": ["1", "1"], "party_no": ["1", "2"], "name": ["甲", "乙"]})
    one, two = (from_frames(records, p, CHANNELS) for p in (people, people[::-1]))
    assert content_hash(one.records, one.parties).equals(content_hash(two.records, two.parties))
    lost = from_frames(records, people.assign(record_id="9"), CHANNELS)
    assert len(lost.quarantine) == 2


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        (["13955550001", "139 5555 0002", "110101199003074610", "20240910-13955550001"], 3),
        (["11010119900307461X"], 0),  # no check digit of an ID number
        ([f"6207022019010100{n:02d}" for n in range(10, 60)], 0),  # county, day, count
        (
            [f"6207022401010{n:02d}" for n in range(10, 60)],
            0,
        ),  # the same with two figures of a year
        (["A1", "20240910000123"], 0),
    ],
)
def test_record_numbers_that_are_people_s_are_told(
    tmp_path: Path, numbers: list[str], told: int
) -> None:
    """How many and of which column, without them; all are read."""
    rows = "".join(f"{number},网格,2024-01-01 10:00:00,争吵\n" for number in numbers)
    tables = read_records([write(tmp_path / "a.csv", HEAD + rows)], CHANNELS, clock=CLOCK)
    notes = [note for note in tables.notes if "whole ID numbers" in note]
    assert len(tables.records) == len(numbers)
    assert [note.rpartition("/")[2].split(" look like")[0] for note in notes] == (
        [f"a.csv: {told} record numbers of column record_id"] if told else []
    )
    assert not any(number in note for note in notes for number in numbers)
