"""An officer's step reads the case's rows, and its document says what reading everything says."""

import pandas as pd

import warning
from warning.case_files import case_files
from warning.keeping.finding import find
from warning.keeping.objecting import object_to
from warning.nightly import build_history, stored_links
from warning.officers.current import current_case_files
from warning.reporting import latest_page
from warning.settings import load_settings
from warning.store import Store
from warning.store.case_rows import case_rows


def test_a_case_file_of_its_own_rows_is_that_of_the_whole_store(night_store):
    """Timelines, masks, parties and flags are the same for every scored case."""
    settings = load_settings()
    with Store.open(night_store) as store:
        as_of = store.last_night()
        records, parties = store.known(as_of)
        links, warnings = stored_links(store), store.warnings_at(as_of)
        history = build_history(records, links, settings)
        ids = sorted(warnings.sort_values("probability", ascending=False)["case_id"].head(40))
        whole = case_files(set(ids), records, parties, links, history, warnings, settings)
        assert len(whole) == len(ids)
        assert current_case_files(store, settings, ids) == [whole[case_id] for case_id in ids]
        for case_id in ids[:10]:
            assert current_case_files(store, settings, [case_id]) == [whole[case_id]]


def test_who_is_named_elsewhere_or_a_child_elsewhere_is_hidden_here(tmp_path):
    """A stranger's full name in the narrative, and a child whose age only another record tells."""
    records, parties = [], []
    for number in range(4):
        key = f"r{number}"
        records.append({"record_id": key, "channel": "110", "category": "邻里纠纷",
                        "reported_at": f"2025-03-{number * 5 + 1:02d} 10:00:00",
                        "county_code": "620702", "address": "甘州区大满镇大满村三社4号",
                        "narrative": "周启明与赵守成争吵，欧阳建国在场，小孩孙晓晓受惊"})  # fmt: skip
        parties += [{"record_id": key, "channel": "110", "party_no": place, "name": name,
                     "role": "当事人"} for place, name in enumerate(
                         ("周启明", "赵守成", "孙晓晓"), 1)]  # fmt: skip
    records.append({"record_id": "o1", "channel": "12345", "reported_at": "2025-03-02 09:00:00",
                    "county_code": "620724", "narrative": "反映路灯不亮"})  # fmt: skip
    others = (("欧阳 建国", 65, "110101196001011233"), ("孙晓晓", 9, None))
    for place, (name, age, number) in enumerate(others, 1):
        parties.append({"record_id": "o1", "channel": "12345", "party_no": place, "name": name,
                        "role": "报警人", "age": age, "id_number": number})  # fmt: skip
    url, settings = f"sqlite:///{tmp_path / 'w.db'}", load_settings()
    warning.load(url, pd.DataFrame(records), pd.DataFrame(parties))
    warning.run_nightly(url, settings, as_of="2025-03-31")
    with Store.open(url) as store:
        cases = store.table("cases").merge(store.last_warnings()[["case_id"]])
        cases = cases[cases["incident_count"] == 4]
        assert len(cases)
        for case in current_case_files(store, settings, list(cases["case_id"])):
            told = "".join(row[3] for row in case.timeline)
            assert "欧阳建国" not in told
            assert "孙晓晓" not in told
            assert "未成年人" in case.parties
        # Who objects is in no row that a night knows, and stays masked all the same.
        person = find(store, id_number="110101196001011233")
        object_to(store, person, "张警官", "本人申请", pd.Timestamp("2025-03-30"))
        assert "欧阳建国" not in set(store.known(store.last_night())[1]["name"])
        for case in current_case_files(store, settings, list(cases["case_id"])):
            told = "".join(row[3] for row in case.timeline)
            assert "欧某某在场" in told
        page = latest_page(store, settings)
        assert "欧某某在场" in page
        assert "欧阳建国" not in page


def test_what_an_officer_of_the_case_handles_elsewhere_is_not_read(tmp_path):
    """Who handles everything leads nowhere, though a complaint of theirs does."""
    records, parties = [], []
    for number in range(12):
        key, mine = f"r{number}", number < 3
        records.append({"record_id": key, "channel": "110", "category": "邻里纠纷",
                        "reported_at": f"2025-03-{number * 2 + 1:02d} 10:00:00", "county_code": "620702",
                        "address": f"甘州区大满镇大满村{number}社" if not mine else "甘州区党寨镇陈寨村",
                        "narrative": "周启明与赵守成争吵" if mine else f"第{number}处路灯不亮"})  # fmt: skip
        people = [("高为民", "报警人" if number == 11 else "民警", "110101198001011239")]
        if mine:
            people += [("周启明", "当事人", "110101196001011233"), ("赵守成", "当事人", None)]
        parties += [{"record_id": key, "channel": "110", "party_no": place, "name": name,
                     "role": role, "id_number": number_}
                    for place, (name, role, number_) in enumerate(people, 1)]  # fmt: skip
    # The complainant of the case handles the rest, too.
    parties += [{"record_id": f"r{number}", "channel": "110", "party_no": 9, "name": "周启明",
                 "role": "网格员", "id_number": "110101196001011233"} for number in range(3, 11)]  # fmt: skip
    parties.append({"record_id": "r11", "channel": "110", "party_no": 9, "name": "周启明",
                    "role": "当事人", "id_number": "110101196001011233"})  # fmt: skip
    url, settings = f"sqlite:///{tmp_path / 'w.db'}", load_settings()
    warning.load(url, pd.DataFrame(records), pd.DataFrame(parties))
    warning.run_nightly(url, settings, as_of="2025-03-31")
    with Store.open(url) as store:
        members = store.table("case_incidents").merge(store.table("incident_links"))
        case_id = members.loc[members["record_id"] == "r0", "case_id"].iloc[0]
        own = set(members.loc[members["case_id"] == case_id, "record_id"])
        read = case_rows(store, [case_id], store.last_night(), settings)
    assert own <= {"r0", "r1", "r2", "r11"}
    assert set(read.links.incident_links["record_id"]) == own | {"r11"}
