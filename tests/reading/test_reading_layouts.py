"""Every channel's own export, in its own columns: which canonical column each value goes to."""

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook
from sqlalchemy import create_engine

from warning.errors import DataError
from warning.matching.vocabulary import unmapped, with_codes, with_roles
from warning.reading import from_frames, read_query, read_records
from warning.records import CanonicalTables
from warning.settings import load_settings

SETTINGS = load_settings()
CHANNELS = SETTINGS.channels
CLOCK = pd.Timestamp("2025-01-01")

CALL = {
    "接警编号": "J1", "报警时间": "2024-03-01 20:15:00", "行政区划代码": "620702",
    "接警单位": "东街派出所", "重复警情编号": "J0", "关联警情编号": "", "警情地址": "锦绣花园3号楼",
    "经度": "100.45", "纬度": "38.93", "报警内容": "邻居争吵", "警情类别": "纠纷",
    "警情类型": "邻里纠纷", "受伤人数": "1", "死亡人数": "0", "处警情况": "现场调解",
    "报警人姓名": "王小明", "报警人性别": "男", "报警人身份号码": "", "报警人联系电话": "13900000001",
    "对方姓名": "李某", "对方性别": "女", "对方身份号码": "", "对方联系电话": "",
}  # fmt: skip
TICKET = {
    "业务编号": "Y1", "来电时间": "2024/3/2 9:05", "诉求内容": "要求退款", "工单标题": "退款",
    "事项分类": "消费维权", "发生地址": "南大街", "处理单位": "市场监管局", "工单状态": "办结",
    "行政区划代码": "620702", "诉求人": "张女士", "来电号码": "13900000002",
    "被诉求单位": "某某商场有限公司",
}  # fmt: skip
GRID = {
    "事件编号": "W1", "上报时间": "2024年3月3日 10:00", "发生日期": "2024-03-01",
    "发生地点": "大寨村六社", "行政区划代码": "620723", "乡镇": "新华镇", "村社区": "大寨村",
    "网格编号": "G7", "类别": "宅基地", "简述": "与邻居因界墙争吵", "化解组织": "村调委会",
    "是否成功": "否", "当事人姓名": "赵六", "当事人证件号码": "", "当事人联系电话": "13900000003",
    "当事人性别": "男", "当事人居住地": "大寨村六社39号", "涉及单位": "",
}  # fmt: skip
MEDIATION = {
    "案件编号": "T1", "移交时间": "2024-03-04 08:00:00", "移交单位": "甘州区人民法院",
    "纠纷类型": "欠薪", "纠纷简述": "拖欠工资", "发生地": "工业园", "行政区划代码": "620702",
    "调解结果": "达成协议", "申请人": "钱七", "申请人证件号码": "", "申请人电话": "13900000004",
    "申请人地址": "", "被申请人": "", "被申请人证件号码": "", "被申请人电话": "",
    "被申请单位": "某某建筑公司",
}  # fmt: skip
#: sheet, file name, channel, record_id, reported_at, category code, outcome code, roles
SHEETS = [
    (CALL, "接警单", "110", "J1", "2024-03-01 20:15", "02", "mediated", ["reporter", "respondent"]),
    (TICKET, "工单", "12345", "Y1", "2024-03-02 09:05", "0601", "closed",
     ["claimant", "respondent"]),
    (GRID, "网格", "网格", "W1", "2024-03-03 10:00", "0902", "unsettled", ["party"]),
    (GRID, "综治中心", "综治中心", "W1", "2024-03-03 10:00", "0902", "unsettled", ["party"]),
    (MEDIATION, "调解", "诉调", "T1", "2024-03-04 08:00", "07", "settled",
     ["claimant", "respondent"]),
    ({**MEDIATION, "移交单位": "西街派出所"}, "调解", "警调", "T1", "2024-03-04 08:00", "07", "settled",
     ["claimant", "respondent"]),
    ({**MEDIATION, "移交单位": "市信访局"}, "调解", "访调", "T1", "2024-03-04 08:00", "07", "settled",
     ["claimant", "respondent"]),
]  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize(
    ("sheet", "name", "channel", "record_id", "reported_at", "category", "outcome", "roles"),
    SHEETS,
    ids=[sheet[2] for sheet in SHEETS],
)
def test_each_channels_export_is_understood(
    tmp_path: Path, suffix: str, sheet: dict[str, str], name: str, channel: str, record_id: str,
    reported_at: str, category: str, outcome: str, roles: list[str],
) -> None:  # fmt: skip
    """Seven channels in three formats: key, time, words and parties land where they belong."""
    file = tmp_path / f"{name}.{suffix}"
    frame = pd.DataFrame([sheet])
    write = {"csv": frame.to_csv, "xlsx": frame.to_excel, "parquet": frame.to_parquet}[suffix]
    write(file, index=False)
    tables = read_records([file], CHANNELS, clock=CLOCK)
    assert tables.quarantine.empty
    records, parties = with_codes(tables.records, tables.parties, SETTINGS)
    row = records.iloc[0]
    assert (row["channel"], row["record_id"]) == (channel, record_id)
    assert row["reported_at"] == pd.Timestamp(reported_at)
    assert (row["category_code"], row["outcome_code"]) == (category, outcome)
    assert list(parties["role_code"]) == roles
    assert set(parties["channel"]) == {channel}


def test_every_layout_column_is_read_from_a_full_call_sheet(tmp_path: Path) -> None:
    """Place, coordinates, counts, units and links between calls are kept."""
    file = tmp_path / "接警单.csv"
    pd.DataFrame([CALL]).to_csv(file, index=False)
    row = read_records([file], CHANNELS, clock=CLOCK).records.iloc[0]
    assert row["county_code"] == "620702"
    assert row["duplicate_of"] == "J0"
    assert pd.isna(row["related_to"])
    assert (row["longitude"], row["latitude"]) == (100.45, 38.93)
    assert (row["injuries"], row["deaths"]) == (1, 0)
    assert row["handling_unit"] == "东街派出所"
    assert row["address"] == "锦绣花园3号楼"


def test_a_file_of_two_channels_without_a_name_is_asked_about(tmp_path: Path) -> None:
    """A sheet that may be 网格 or 综治中心 is refused until it is said; then it is read."""
    file = tmp_path / "export.csv"
    pd.DataFrame([GRID]).to_csv(file, index=False)
    with pytest.raises(DataError, match="--channel"):
        read_records([file], CHANNELS, clock=CLOCK)
    tables = read_records([file], CHANNELS, channel="网格", clock=CLOCK)
    assert list(tables.records["channel"]) == ["网格"]


def test_a_fault_is_named_by_the_files_own_column(tmp_path: Path) -> None:
    """The quarantine says 上报时间, line, and what stood there; the sums hold."""
    file = tmp_path / "网格.csv"
    rows = [GRID, {**GRID, "事件编号": "W2", "上报时间": "上周三"}]
    pd.DataFrame(rows).to_csv(file, index=False)
    tables = read_records([file], CHANNELS, clock=CLOCK)
    record, party = tables.quarantine.to_dict("records")
    assert (record["column"], record["found"], record["line"]) == ("上报时间", "上周三", 3)
    assert "YYYY-MM-DD" in record["reason"]
    assert party["table"] == "parties"
    assert tables.rows_read == len(tables.records) + 1


def test_an_optional_value_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """The row is kept, the value counts as missing, and a note says where; none without fault."""
    file = tmp_path / "接警单.csv"
    pd.DataFrame([CALL, {**CALL, "接警编号": "J2", "受伤人数": "两人"}]).to_csv(file, index=False)
    tables = read_records([file], CHANNELS, clock=CLOCK)
    assert pd.isna(tables.records["injuries"].iloc[1])
    notes = [note for note in tables.notes if "受伤人数" in note]
    assert len(notes) == 1
    assert "line 3" in notes[0]


def test_a_separate_parties_file(tmp_path: Path) -> None:
    """Records and parties in two canonical files; a party of no record is set aside."""
    records = pd.DataFrame(
        {"record_id": ["1", "2"], "channel": "110", "reported_at": "2024-01-01 10:00:00"}
    )
    parties = pd.DataFrame(
        {
            "record_id": ["1", "2", "9"],
            "party_no": "1",
            "role": "报警人",
            "name": ["甲", "乙", "丙"],
        }
    )
    records.to_csv(tmp_path / "records.csv", index=False)
    parties.to_csv(tmp_path / "parties.csv", index=False)
    tables = read_records(
        [tmp_path / "records.csv"], CHANNELS, parties=tmp_path / "parties.csv", clock=CLOCK
    )
    assert list(tables.parties["name"]) == ["甲", "乙"]
    assert tables.quarantine[["table", "column", "line"]].values.tolist() == [
        ["parties", "record_id", 4]
    ]
    assert tables.rows_read == 2


def test_a_source_is_silent_of_parties_only_without_their_columns(tmp_path: Path) -> None:
    """Empty columns of parties say that there is nobody; a sheet without them says nothing."""
    names = [name for name in CALL if name.startswith(("报警人", "对方"))]
    call = pd.DataFrame([CALL])
    call.assign(**dict.fromkeys(names, "")).to_csv(tmp_path / "接警单1.csv", index=False)
    call.drop(columns=names).to_csv(tmp_path / "接警单2.csv", index=False)
    plain = pd.DataFrame({"channel": ["110"], "record_id": "J3", "reported_at": "2024-03-01"})
    plain.to_csv(tmp_path / "plain.csv", index=False)
    files = [tmp_path / name for name in ("接警单1.csv", "接警单2.csv", "plain.csv")]
    tables = read_records(files, CHANNELS, clock=CLOCK)
    assert len(tables.parties) == 0
    assert tables.silent.tolist() == [False, True, True]
    pd.DataFrame({"record_id": ["J3"], "party_no": "1"}).to_csv(tmp_path / "p.csv", index=False)
    tables = read_records(files[1:], CHANNELS, parties=tmp_path / "p.csv", clock=CLOCK)
    assert tables.silent.tolist() == [False, False]


def test_a_query_gives_what_a_file_gives(tmp_path: Path) -> None:
    """The user's SELECT, colons included, is read as a sheet; a faulty one is refused."""
    url = f"sqlite:///{tmp_path / 'source.db'}"
    engine = create_engine(url)
    pd.DataFrame([CALL, {**CALL, "接警编号": "J2", "报警时间": "20:15"}]).to_sql("calls", engine)
    engine.dispose()
    select = "SELECT * FROM calls WHERE 报警内容 <> 'x:y' AND 接警编号 = 'J1'"
    tables = read_query(url, select, CHANNELS, clock=CLOCK)
    assert list(tables.records["record_id"]) == ["J1"]
    assert len(tables.parties) == 2
    none = read_query(url, "SELECT * FROM calls WHERE 1 = 0", CHANNELS, clock=CLOCK)
    assert none.rows_read == 0
    for faulty, told in (("SELECT * FROM nowhere", "nowhere"), ("SELEKT", "syntax")):
        with pytest.raises(DataError, match=told):
            read_query(url, faulty, CHANNELS, clock=CLOCK)
    with pytest.raises(DataError, match="URL"):
        read_query("nosuchdatabase://x", "SELECT 1", CHANNELS, clock=CLOCK)


def unread(tables: CanonicalTables) -> list[str]:
    """What the notes say of columns, without the file's name."""
    return [note.partition(": ")[2] for note in tables.notes if "columns " in note]


def test_a_renamed_column_is_told_with_the_name_that_the_layout_knows(tmp_path: Path) -> None:
    """One line a file; empty columns and row numbers are no loss, a full sheet says nothing."""
    file, full = tmp_path / "接警单.csv", tmp_path / "全.csv"
    renamed = {"报警内容": "警情内容", "报警人身份号码": "报警人证件号"}
    sheets = [{**CALL, "序号": str(at), "流水": str(at), "空": "无", "备注": word}
              for at, word in ((7, ""), (8, "见附件"))]  # fmt: skip
    pd.DataFrame(sheets).rename(columns=renamed).assign(报警人证件号="x").to_csv(file, index=False)
    pd.DataFrame([CALL]).to_csv(full, index=False)
    tables = read_records([file, full], CHANNELS, clock=CLOCK)
    (said,) = unread(tables)
    assert said.startswith(
        "columns with values that were not read: 警情内容 (报警内容?), 报警人证件号 (报警人身份号码?), "
        "备注; columns lacking: 报警内容, 报警人身份号码; "
    )
    assert (tables.unread_columns, tables.lacking_columns) == (3, 2)


def test_a_column_that_is_left_unread_on_purpose_is_not_told(tmp_path: Path) -> None:
    """It is not read, either, is nobody's misspelled name, and changes no hash of the settings."""
    layout = CHANNELS.layouts["接警单"].model_copy(
        update={"ignored_columns": ("民族", "报警内客", "备考")}
    )
    ignoring = CHANNELS.model_copy(update={"layouts": {**CHANNELS.layouts, "接警单": layout}})
    sheet = {**CALL, "民族": "回族", "报警内客": "x"}
    silent, told = (tmp_path / name for name in ("接警单.csv", "备注.csv"))
    pd.DataFrame([sheet]).to_csv(silent, index=False)
    pd.DataFrame([{**sheet, "备注": "y"}]).to_csv(told, index=False)
    tables = read_records([silent, told], ignoring, clock=CLOCK)
    assert unread(tables) == ["columns with values that were not read: 备注"]
    assert (tables.unread_columns, tables.lacking_columns) == (1, 0)
    assert "回族" not in tables.records.to_csv() + tables.parties.to_csv()
    assert ignoring.model_dump_json() == CHANNELS.model_dump_json()


def test_a_layouts_text_that_a_file_lacks_is_told(tmp_path: Path) -> None:
    """Of several columns that may hold it one is enough, and columns without text are no loss."""
    file = tmp_path / "接警单.csv"
    frame = pd.DataFrame([CALL]).drop(columns=["警情类别", "警情地址", "受伤人数", "对方姓名"])
    frame.to_csv(file, index=False)
    (said,) = unread(read_records([file], CHANNELS, clock=CLOCK))
    assert said.startswith("columns lacking: 警情地址/报警电话用户地址, 对方姓名; ")


def test_canonical_columns_that_are_misspelled_are_told(tmp_path: Path) -> None:
    """Of both tables, of files and of frames; what is only not there is missing, and no fault."""
    records = pd.DataFrame([{"record_id": "A1", "channel": "110", "reported_at": "2024-03-01",
                             "Narrative": "争吵", "occured_at": "2024-03-01", "adress": "南街"}])  # fmt: skip
    parties = pd.DataFrame([{"record_id": "A1", "party_no": "1", "Name": "张三"}])
    files = [tmp_path / "records.csv", tmp_path / "parties.csv"]
    for frame, file in zip((records, parties), files, strict=True):
        frame.to_csv(file, index=False)
    of_files = read_records(files[:1], CHANNELS, parties=files[1], clock=CLOCK)
    for tables in (of_files, from_frames(records, parties, CHANNELS)):
        first, second = unread(tables)
        assert "Narrative (narrative?), occured_at (occurred_at?), adress (address?);" in first
        assert "Name (name?);" in second
        assert "lacking" not in first + second
        assert (tables.unread_columns, tables.lacking_columns) == (4, 4)
    plain = from_frames(records[["record_id", "channel", "reported_at"]], None, CHANNELS)
    assert plain.notes == ()


def test_sheets_that_lack_the_same_columns_are_told_once(tmp_path: Path) -> None:
    """A table that is longer than a sheet stands on several."""
    frame = pd.DataFrame([CALL]).drop(columns="报警内容")
    with pd.ExcelWriter(tmp_path / "接警单.xlsx") as book:
        for sheet in ("一", "二"):
            frame.assign(接警编号=sheet).to_excel(book, sheet_name=sheet, index=False)
    tables = read_records([tmp_path / "接警单.xlsx"], CHANNELS, clock=CLOCK)
    assert len(tables.records) == 2
    assert len(unread(tables)) == 1


def test_the_channel_that_is_asked_for_fills_what_rows_do_not_say(tmp_path: Path) -> None:
    """What a canonical row says stands, a layout's column does not; both are told."""
    plain, grid = tmp_path / "a.csv", tmp_path / "网格.csv"
    rows = [("A1", "网格"), ("A2", ""), ("A3", "110")]
    frame = pd.DataFrame(rows, columns=["record_id", "channel"]).assign(reported_at="2024-03-01")
    frame.to_csv(plain, index=False)
    pd.DataFrame([{**GRID, "渠道": "网格"}, {**GRID, "事件编号": "W2", "渠道": "热线"}]).to_csv(
        grid, index=False
    )
    for file, channels, said in (
        (plain, ["网格", "网格", "110"],
         "column channel says another channel than 网格 in 1 rows (the first in line 4); channel counts"),
        (grid, ["网格", "网格"],
         "column 渠道 says another channel than 网格 in 1 rows (the first in line 3); --channel counts"),
    ):  # fmt: skip
        tables = read_records([file], CHANNELS, channel="网格", clock=CLOCK)
        assert list(tables.records["channel"]) == channels
        assert [note.partition(": ")[2] for note in tables.notes][1:] == [said]


def test_a_cell_that_names_several_is_a_party_for_each(tmp_path: Path) -> None:
    """The k-th number is the k-th one's where there are as many; as many sources are read."""
    file, first, second = tmp_path / "接警单.csv", "629901198001010514", "629901198001010522"
    sheets = [
        {**CALL, "对方姓名": "李四海、韩冬梅等5人", "对方身份号码": f"{first}；{second}",
         "对方联系电话": "13900000005/13900000006", "对方性别": "女"},
        {**CALL, "接警编号": "J2", "对方姓名": "李四海 韩冬梅 于志强", "对方联系电话": "13900000005、139"},
        {**CALL, "接警编号": "J3", "对方姓名": "李四海（韩冬梅丈夫）、司机"},
    ]  # fmt: skip
    pd.DataFrame(sheets).to_csv(file, index=False)
    tables = read_records([file], CHANNELS, clock=CLOCK)
    columns = ["record_id", "party_no", "name", "id_number", "phone", "gender"]
    own = tables.parties.loc[tables.parties["role"] != "报警人", columns].fillna("")
    assert own.to_numpy().tolist() == [
        ["J1", "2", "李四海", first, "13900000005", "女"],
        ["J1", "2.2", "韩冬梅等5人", second, "13900000006", ""],
        ["J2", "2", "李四海", "", "13900000005、139", "女"],
        ["J2", "2.2", "韩冬梅", "", "", ""],
        ["J2", "2.3", "于志强", "", "", ""],
        ["J3", "2", "李四海（韩冬梅丈夫）、司机", "", "", "女"],
    ]
    assert tables.parties_read == tables.party_sources.nunique() == 6
    told = "2 cells name several people or organisations: 5 parties, each of which is stored where"
    assert f"{told} the content is new" in tables.notes


def test_a_party_of_a_table_that_names_several_takes_no_given_number() -> None:
    """Organisations are parted, too."""
    records = pd.DataFrame([{"record_id": "A1", "channel": "110", "reported_at": "2024-03-01"}])
    firms = "鸿运建筑公司、宏达劳务公司"
    parties = pd.DataFrame(
        [("2", "张三、李四、王五", None), ("2.2", "赵六", None), ("3", None, firms)],
        columns=["party_no", "name", "organisation"],
    ).assign(record_id="A1")
    read = from_frames(records, parties, CHANNELS).parties
    assert read[["party_no", "name"]].dropna().to_numpy().tolist() == [
        ["2", "张三"], ["2.3", "李四"], ["2.4", "王五"], ["2.2", "赵六"],
    ]  # fmt: skip
    assert read["organisation"].dropna().tolist() == firms.split("、")


@pytest.mark.parametrize(("count", "parties"), [(50, 50), (51, 1)])
def test_a_cell_that_names_very_many_stays_one_party(count: int, parties: int) -> None:
    """All parties of a record are compared with each other."""
    records = pd.DataFrame([{"record_id": "A1", "channel": "110", "reported_at": "2024-03-01"}])
    names = "、".join(["张三", "李四", "王五", *["赵六海"] * (count - 3)])
    people = pd.DataFrame([{"record_id": "A1", "party_no": "2", "name": names}])
    assert len(from_frames(records, people, CHANNELS).parties) == parties


def test_rows_of_a_report_that_differ_in_parties_alone_are_one_record(tmp_path: Path) -> None:
    """Whoever stands in each row is one party; another file's row is another version."""
    file, other = tmp_path / "接警单.csv", tmp_path / "补.csv"
    sheets = [{**CALL, "对方姓名": name} for name in ("李四", "王五", "赵六、钱七", "李四")]
    pd.DataFrame([*sheets, {**CALL, "处警情况": "移交"}]).to_csv(file, index=False)
    pd.DataFrame(sheets[:1]).to_csv(other, index=False)
    tables = read_records([file, other], CHANNELS, clock=CLOCK)
    assert (tables.rows_read, len(tables.records), tables.rows_joined) == (6, 3, 3)
    people = tables.parties[tables.parties["row"] == 0]
    assert people[["party_no", "name"]].to_numpy().tolist() == [
        ["1", "王小明"], ["2", "李四"], ["2.2", "王五"], ["2.3", "赵六"], ["2.4", "钱七"],
    ]  # fmt: skip
    assert any(note.startswith("1 records stand in several rows") for note in tables.notes)


def test_the_order_of_a_report_s_rows_gives_nobody_another_number(tmp_path: Path) -> None:
    """A verdict names a party by its number: the same people keep theirs in the next export."""
    file, rows = (
        tmp_path / "接警单.csv",
        [{**CALL, "对方姓名": n} for n in ("王五、钱七", "李四", "赵六")],
    )
    rows.append({**rows[1], "对方联系电话": "13900000005"})
    read = []
    for order in (rows, rows[::-1]):
        pd.DataFrame(order).to_csv(file, index=False)
        people = read_records([file], CHANNELS, clock=CLOCK).parties
        read.append(people.set_index("party_no")[["name", "phone"]].fillna("").T.to_dict("list"))
    assert read[0] == read[1]
    assert read[0]["2"] == ["李四", "13900000005"]


def test_words_that_map_to_nothing_are_told_by_channel_and_column() -> None:
    """The commonest first; no known word, no sentence, and no number of a person."""
    rows = [("110", "施工声响", "正在调处", "网格员巡查", "被反映单位"),
            ("110", "邻里纠纷", "正在调处", "上报", "被反映单位"),
            ("110", "施工声响", "到场后张三与李四均已离开现场，未再争吵", None, "13800138000"),
            ("网格", "表扬", "张三已走", "reported", "party")]  # fmt: skip
    names = ["channel", "category", "outcome", "origin", "role"]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.assign(record_id=["A", "B", "C", "D"], reported_at="2024-03-01", party_no="1")
    tables = from_frames(frame.drop(columns=["role", "party_no"]),
                         frame[["channel", "record_id", "party_no", "role"]], CHANNELS)  # fmt: skip
    assert [note.partition(";")[0] for note in tables.notes] == [
        "110: column category has words that map to nothing: 施工声响 ×2",
        "110: column origin has words that map to nothing: 1, not shown (in one row "
        "alone, long, or with what may be a name)",
        "110: column outcome has words that map to nothing: 正在调处 ×2",
        "110: column role has words that map to nothing: 被反映单位 ×2 and 1 more words",
    ]
    assert "categories of words, or of 110 under channels" in tables.notes[0]
    many = frame.assign(category=[f"某类{at}" for at in "甲乙丙丁"], channel="网格", origin="上报")
    many = pd.concat([many, many.assign(category=[f"某种{at}" for at in "甲乙丙丁"])] * 2)
    many = many.assign(record_id=range(16))[["channel", "record_id", "reported_at", "category"]]
    (told,) = from_frames(many, None, CHANNELS).notes
    assert " and 3 more words; " in told


def test_who_is_complained_of_is_never_read_as_who_complains() -> None:
    """A word behind 被 is known as a whole or not at all, and then told."""
    known = [
        "被投诉人",
        "被诉求人",
        "被反映人",
        "被举报人",
        "被控告人",
        "被信访人",
        "被 投诉人（商户）",
    ]
    parties = pd.DataFrame({"role": [*known, "被来电人", "投诉人（女）"], "channel": "12345"})
    roles = ["respondent"] * len(known) + ["party", "claimant"]
    assert with_roles(parties, CHANNELS)["role_code"].tolist() == roles
    records = pd.DataFrame(columns=["channel", "category", "outcome", "origin"], dtype="str")
    assert unmapped(records, parties, CHANNELS)["word"].tolist() == ["被来电人"]


def test_a_word_that_may_name_somebody_is_counted_and_not_shown() -> None:
    """A cell of one word may be a sentence: a party's name, another's, a long one, a number."""
    cells = ["王小明丈夫", "李秀英住院张建国跑了", "张某与李某大声争执", "施工声响",
             "13800138000", "阿依古丽跑丢了", "周乙失联", "施工声响" * 5]  # fmt: skip
    frame = pd.DataFrame({"category": cells * 2, "channel": "网格", "reported_at": "2024-03-01"})
    frame = frame.assign(record_id=range(len(frame)))
    parties = pd.DataFrame({"channel": "网格", "record_id": ["0", "1"], "party_no": "1",
                            "name": ["阿依古丽", "周乙"]})  # fmt: skip
    (told,) = from_frames(frame, parties, CHANNELS).notes
    assert "nothing: *********** ×2, 施工声响 ×2 and 6 more words; " in told


def test_an_everyday_word_that_begins_with_a_surname_is_shown() -> None:
    """Whoever maps the words sees which."""
    cells = ["冷暴力", "查证", "祖宅", "红白喜事", "越权"]
    frame = pd.DataFrame({"category": cells * 2, "channel": "网格", "reported_at": "2024-03-01"})
    (told,) = from_frames(frame.assign(record_id=range(len(frame))), None, CHANNELS).notes
    assert all(f"{word} ×2" in told for word in cells)


def test_a_row_without_a_word_of_its_channel_says_where_the_word_is_mapped(tmp_path: Path) -> None:
    """The column is the layout's, with what stands in it; of a column 渠道 it is that."""
    transfers, grid = tmp_path / "移交.csv", tmp_path / "汇总.csv"
    offices = ["司法所", "", "甘州区人民法院", "110"]
    rows = [{**MEDIATION, "案件编号": f"T{at}", "移交单位": one} for at, one in enumerate(offices)]
    pd.DataFrame(rows).to_csv(transfers, index=False)
    pd.DataFrame([{**GRID, "渠道": "网格员上报"}]).to_csv(grid, index=False)
    tables = read_records([transfers, grid], CHANNELS, clock=CLOCK)
    assert tables.records["channel"].tolist() == ["诉调"]
    aside = tables.quarantine[tables.quarantine["table"] == "records"]
    assert aside[["line", "column", "found"]].values.tolist() == [
        [2, "移交单位", "司法所"], [3, "移交单位", ""], [5, "移交单位", "110"], [2, "渠道", "网格员上报"],
    ]  # fmt: skip
    assert "channel_words of 调解案件 under layouts" in aside["reason"].iloc[0]
    assert "unknown; expected" in aside["reason"].iloc[3]


def test_a_faulty_row_in_canonical_columns_beside_a_channels_own_export(tmp_path: Path) -> None:
    """It is set aside by the canonical name of its column, in whatever order the files come."""
    own, plain = tmp_path / "接警单.csv", tmp_path / "plain.csv"
    pd.DataFrame([CALL]).to_csv(own, index=False)
    faulty = {"record_id": "A1", "channel": "110", "reported_at": "昨天", "longitude": "东"}
    pd.DataFrame([faulty]).to_csv(plain, index=False)
    for files in ([own, plain], [plain, own]):
        tables = read_records(files, CHANNELS, clock=CLOCK)
        assert tables.quarantine[["line", "column"]].values.tolist() == [[2, "reported_at"]]
        assert any("values of column longitude cannot be read" in one for one in tables.notes)


def test_a_header_below_a_title_or_on_another_sheet_is_named(tmp_path: Path) -> None:
    """Of workbooks and CSVs: the refusal says where the header stands, and what to do."""
    head, title = [*CALL], ["2024年1月接警单明细表"]
    books = {
        "line 3.*delete the lines above it": {"一": [title, [], head, [*CALL.values()]]},
        "line 2 of the sheet 接警单.*put that sheet first": {
            "说明": [title],
            "接警单": [title, head],
        },
        "column record_id is missing": {"说明": [title, title]},
    }
    files = {"line 2.*delete the lines above it": tmp_path / "题.csv"}
    for number, (told, sheets) in enumerate(books.items()):
        book = Workbook(write_only=True)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        files[told] = tmp_path / f"{number}.xlsx"
        book.save(files[told])
    (tmp_path / "题.csv").write_text(f"{title[0]}\n{','.join(head)}\n", encoding="utf-8")
    for told, file in files.items():
        with pytest.raises(DataError, match=f"(?s){told}"):
            read_records([file], CHANNELS, clock=CLOCK)
