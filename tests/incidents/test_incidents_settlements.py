"""Which records only tell that a quarrel was settled: they are no recurrence."""

import pandas as pd
import pytest

from warning.matching.settlements import last_moments, only_settlements, settling
from warning.settings import load_settings

WORDS = load_settings().channels.no_dispute.settled_before


@pytest.mark.parametrize(
    ("text", "settles"),
    [
        ("申请人王桂兰与被申请人马占海因相邻噪音纠纷，申请新墩镇人民调解委员会调解。经调解双方达成协议，"
         "马占海赔偿医疗费2000元。", True),
        ("经新墩司法所调解，双方达成协议并当场履行。", True),
        ("王桂兰与马占海经村调委会调解，签订调解协议书。", True),
        ("网格员入户回访，王桂兰与马占海已按协议履行，双方和好，无新矛盾。", True),
        ("民警电话回访王桂兰，称与马占海的噪音问题已解决，未再发生。", True),
        # A new quarrel that is settled on the spot is one.
        ("民警现场调解，双方达成协议。", False),
        ("王桂兰报警称楼上马占海制造噪音，经司法所调解双方达成协议。", False),
        ("申请人王桂兰与被申请人马占海因相邻噪音纠纷申请调解。", False),
        ("民警电话回访王桂兰，称双方和解后马占海又来砸门。", False),
        ("经司法所调解达成协议，马占海拒不履行。", False),
        ("网格员回访，矛盾已化解，但发现新的纠纷。", False),
        ("网格员回访，双方未达成协议。", False),
        ("网格员回访，妻子称调解后丈夫施暴，双方已和解。", False),
        ("司法所调解达成协议，现协议作废。", False),
        # As offices write of it: who mediates, what is agreed, that all is quiet.
        ("经社区调解，双方达成协议。", True),
        ("申请人王桂兰与马占海因停车纠纷，请求人民调解委员会调解，双方达成协议。", True),
        ("回访惠民小区5号楼马玉梅、陈国栋噪音纠纷，双方均表示已按协议履行，近期无争吵。", True),
        ("对孙塘小区停车纠纷进行一个月回访，双方关系正常，未再发生矛盾。", True),
        ("因前述装修噪音纠纷，社区调解，骆建华承诺20时后不施工，双方握手言和。", True),
        ("经镇水管所、村委会调解，许登科、许登云就次序达成一致，刘文义道歉。", True),
        ("经村调委会调解，雷天宝保证戒赌，夫妻和好。", True),
        ("回访：商家已退款299元，来电人满意。", True),
        ("经诉前调解，被告童国平自愿于4月20日前修复防水，双方签署调解协议。", True),
        # What is new, or told on the spot, or not kept, stays new.
        ("回访时双方又发生争吵，经社区调解和好。", False),
        ("回访时双方争吵，经社区调解和好。", False),
        ("达成协议后反悔又来闹，经社区调解，双方签订协议。", False),
        ("回访：近期无争吵，昨日打架，现关系正常。", False),
        ("回访：双方并非无争吵，已达成协议。", False),
        ("回访：双方关系正常，未再发生矛盾激化。", False),
        ("回访：未履行协议，双方和好。", False),
        ("经社区调解达成协议，马占海拒不履行。", False),
        ("经社区调解，马占海保证后再次殴打王桂兰，双方和好。", False),
        ("回访：马占海承诺后到王桂兰家倒粪，双方和好。", False),
        ("回访：马占海不按承诺退款，双方和好。", False),
        ("回访：商家不给退款，双方和好。", False),
        ("回访：双方和好，来电人不太满意。", False),
        ("回访：双方和好，马占海清洗车辆污水流入王桂兰家。", False),
        ("回访：商家已退款，来电人满意，要求退还运费。", False),
        ("经社区调解，双方达成协议、马占海将鸡粪倒在门口。", False),
        ("今日上午王桂兰与马占海停车纠纷，经社区调解，双方握手言和。", False),
        ("王桂兰来电称停车纠纷，经社区调解，双方握手言和。", False),
        ("经社区民警调解，双方达成协议。", False),
        # What is not kept, not so or a vice is new; a promise to refrain is none.
        ("回访：马占海保证不再酗酒，夫妻和好。", True),
        ("经社区调解，双方达成协议互不追究。", True),
        ("经司法所调解双方达成协议，马占海承诺今后不再占道。", True),
        ("申请人王桂兰与马占海因不当得利纠纷，经司法所调解达成协议。", True),
        ("回访，来电人对处理结果不十分满意。", False),
        ("回访，来电人对处理结果不怎么满意。", False),
        ("回访，来电人表示并非满意。", False),
        ("回访王某，近期无争吵，丈夫赌博时不支付生活费。", False),
        ("回访，近期无争吵，丈夫不支付抚养费。", False),
        ("社区回访，双方关系正常，张三把协议款用于赌博。", False),
        ("回访，双方已和好，王五答应的事不办。", False),
        ("经社区调解双方达成协议，楼上不配合履行。", False),
        ("经司法所调解双方达成协议，楼上不配合履行。", False),
        ("经社区调解双方达成协议，对方逾期支付。", False),
        ("经司法所调解双方达成协议，对方逾期支付。", False),
        ("经社区调解双方达成协议，对方拖着协议款。", False),
        ("经社区调解双方达成协议，对方仅支付500元。", False),
        ("回访，来电人满意度低。", False),
        ("经社区调解双方达成协议，丈夫不再支付生活费。", False),
        ("经社区调解双方达成协议，马占海承诺不再履行。", False),
        (None, False),
    ],
)  # fmt: skip
def test_which_records_only_tell_of_a_settlement(text: str | None, settles: bool) -> None:
    """A mediator or a call back tells it, clause by clause, and nothing of a deed."""
    record = pd.DataFrame({"narrative": [text], "category": ["邻里纠纷"]}, dtype="str")
    assert only_settlements(record, WORDS).tolist() == [settles]
    assert not only_settlements(record.assign(injuries=1), WORDS).any()
    assert not only_settlements(record.assign(category="家庭暴力"), WORDS).any()


def test_a_settlement_is_the_last_incident_of_a_case_that_has_no_other() -> None:
    """And an incident of which one record tells more is none."""
    text = "经新墩司法所调解，双方达成协议。"
    records = pd.DataFrame({"incident_id": ["i-1", "i-2", "i-3", "i-3"], "category": "邻里",
                            "narrative": ["双方争吵。", text, text, "双方争吵。"]})  # fmt: skip
    settled = settling(records, WORDS)
    assert settled.tolist() == ["i-2"]
    days = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-02-01"])
    members = pd.DataFrame({"case_id": ["c-1", "c-1", "c-2"], "reported_at": days,
                            "incident_id": ["i-1", "i-2", "i-2"]})  # fmt: skip
    assert last_moments(members, settled).to_dict() == {"c-1": days[0], "c-2": days[1]}
