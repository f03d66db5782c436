"""What became of a quarrel, by sentences as duty officers write them."""

from dataclasses import replace

import pandas as pd
import pytest

from warning.matching.outcomes import outcome_of
from warning.matching.vocabulary import with_codes
from warning.scoring.facts import record_facts
from warning.settings import Settings, load_settings

SETTINGS = load_settings()
WORDS = SETTINGS.channels.words.outcomes
#: By code, a sentence a line; "" where nothing is said.
SENTENCES = {
    "settled": """
        达成协议
        是
        已化解
        经现场调解，双方达成协议
        经民警调解双方当场达成赔偿协议
        双方达成书面调解协议
        双方签订调解协议书
        双方达成一致意见，各自离开
        双方和解
        双方自行和解
        握手言和
        经劝解，双方互相道歉并握手言和
        已现场化解
        成功化解
        调解成功，已办结
        矛盾纠纷已得到妥善化解
        纠纷已解决
        当事人互相谅解，不再追究
        无人受伤，双方达成和解
        双方未受伤，自行达成和解
        拒绝民警调解，双方自行和解
        未经调解，双方自行和解
        不予立案，双方达成协议
        不予处罚，双方达成调解协议
        调解未果，后达成协议
        第一次调解未果，第二次调解成功
        起初不愿调解，经劝导后达成协议
        前期多次协商未果，今日在村委会达成一致
        无异议达成协议
        如期达成协议并履行完毕
        协议已达成
        是否达成协议：是
        达成协议，双方保证不再争吵
        达成协议，约定逾期不履行可申请强制执行
        达成调解协议，移交村委会回访
        对张某行政处罚，双方达成赔偿协议
        双方感情破裂，达成离婚协议
        调解未成年人纠纷成功
        调解不成功率低，本次调解成功
        未达成协议，一周后再次调解，双方达成和解
        没有动手，达成协议
        民警到达现场后了解系双方因停车发生口角，经民警现场调解，双方互相赔礼道歉，达成谅解，互不追究
        双方当场和解，报警人撤警
        经社区、派出所联合调解，双方各让一步，签订人民调解协议
        当事人表示不愿意走司法程序，愿意调解，达成一致
        对方愿意赔偿，已当场给付，双方和解
        民警告知双方权利义务后，双方同意调解，调解成功
        调解达成一致，但未签协议
        当事人情绪激动，调解无果，后在村干部劝说下达成协议
        未发现纠纷，报警人称已自行和解
        报警人称已自行解决
        电话联系报警人，称已和好，不需要民警到场
        经批评教育双方握手言和，并签订承诺书
        双方未签订书面协议但口头和解
        没有达成书面协议，口头达成一致
        因未达成协议的主要原因是赔偿数额，今日再调，达成协议
        此前未达成协议，本次调解成功
        双方愿意和解
        已协调解决
        达成和解
        移交给司法所，司法所调解成功
        未成年人打架，双方家长达成协议
        不明人员闹事，达成协议
        无人机扰民，达成协议
        无证摊贩争吵，调解成功
        没收刀具，调解成功
        没多久双方达成协议
        不久双方达成协议
        不到半小时达成协议
        不仅达成协议，还道了歉
        不得不达成协议
        不收取费用达成协议
        未追究责任，达成协议
        未上报，已化解
        没有人受伤，双方和解
        无伤亡双方和解
        没有打架双方和解
        双方未动手达成协议
        未立案达成和解
        不予立案双方和解
        不愿到派出所，现场达成协议
        拒绝赔偿后经调解达成协议
        拒绝就医，双方达成协议
        对方不在家，电话达成协议
        调解后双方不再吵闹，已化解
        双方承诺今后不再发生纠纷，达成协议
        达成协议，今后不得再次发生冲突
        达成协议，如再次发生冲突依法处理
        达成协议，对方未当场支付
        双方因债务纠纷再次发生争吵，经调解达成协议
        达成协议，未履行部分于月底前付清
        双方达成协议，未履行的部分款项由李某分期支付
        达成协议，李某放弃再次起诉
        达成协议，李某放弃对张某再次起诉
        达成协议，双方无争议较大问题
        达成协议，李某拒绝赔偿的部分由保险支付
        双方协商一致
        双方自行协商解决
        由双方自行协商解决完毕
        双方达成和解，移送卷宗
    """,
    "unsettled": """
        未达成协议
        否
        双方未能达成协议
        双方未就赔偿达成协议
        双方未能就医疗费赔偿数额达成一致意见
        没有达成协议
        没能达成协议
        未调解成功
        没有化解成功
        调解没有成功
        调解不成功
        调解不成，告知向法院起诉
        调解未果
        经多次调解，均未果
        经三次调解仍未果，移交司法所
        调解无效
        协商破裂
        双方协商未果
        拒绝调解
        对方拒绝民警调解
        双方不愿调解
        双方均不愿意接受调解
        双方不愿意到司法所调解
        报警人不同意调解，要求处罚
        不接受调解，要走法律途径
        无法调解
        无法达成一致
        难以达成协议
        双方意见分歧较大，无法达成一致
        未达成调解协议
        达成不了协议
        达不成协议
        协议未能达成
        协议没有达成
        未签订调解协议
        拒绝签订调解协议
        拒绝在调解协议书上签字
        矛盾尚未化解
        暂未化解
        未能化解
        问题仍未解决
        双方拒绝和解
        被打一方不同意和解
        对方不予谅解
        未取得对方谅解
        双方没谈拢
        谈不拢
        达成协议后又反悔
        达成协议，次日一方反悔
        曾达成协议，对方未履行
        达成协议后对方拒不履行
        调解成功后双方又发生争吵
        和解未果
        调解终止
        双方当事人不调解
        不予调解
        未能通过调解达成协议
        未能成功调解
        无法现场调解成功
        对方同意，报警人不同意
        是否达成协议：否
        双方互不相让，调解陷入僵局
        未达成协议，对张某行政处罚
        未达成协议，已转办司法所
        双方对赔偿金额差距较大，未果
        未在规定期限内达成协议
        经调解双方仍不能达成一致
        双方就赔偿问题未达成一致，告知可到法院起诉
        因一方当事人未到场，调解未成
        调解员三次上门，刘某始终不同意
        双方无法就抚养费达成协议，建议起诉
        双方没有就孩子抚养问题谈妥
        经做工作，当事人仍不接受调解方案
        市民不认可调解结果
        口头达成协议，未签字
        双方拒绝和解，移交法制大队处罚
        将违法行为人行政拘留，赔偿部分未达成协议
        达成协议后不久再次发生冲突
        双方已多次达成协议均未履行
        到场后双方已离开，无法调解
        劳动监察大队协调未果，告知申请仲裁
        公司拒绝支付，协商不成
        对方拒接电话，无法取得联系，未能调解
        虽未达成协议但双方关系缓和
        此前调解成功，本次对方不认可
        不能达成调解协议，终结调解
        申请人无正当理由不参加调解，终止调解
        双方尚未和解
        双方并未和解
        双方从未达成任何协议
        双方至今未能就宅基地界限问题达成一致
        乡政府介入后仍没有解决
        未解决
        没解决
        当事人放弃调解
        报警人拒不到场，调解无法进行
        一方不到场，无法组织调解
        调解未能成功
        未调成
        没调解好
        调解不下来
        未达成和解
        未形成一致意见
        双方意见不统一，未达成共识
        又发生争吵，民警调解
        达成协议，李某未履行部分义务
        双方未协商一致
        双方无法协商一致
        双方未能自行协商解决
        至今没有协商解决
        拒绝调解，未果
        当事人放弃调解，未果
    """,
    "withdrawn": """
        撤诉
        报警人撤回报警
        来电人要求撤回工单
        当事人同意撤诉
        未达成协议，原告撤诉
        经调解原告自愿撤诉
        申请人撤回调解申请
    """,
    "penalised": """
        处罚
        对双方予以行政处罚
        治安拘留五日
        当事人不服行政处罚
        拒绝配合被行政拘留
        罚款二百元，行政处罚决定书已送达
    """,
    "transferred": """
        移交
        移交司法所调解
        转办住建局
        现场调解后移交村委会
        已移交辖区派出所
        无法联系当事人，已转办
        已移送司法所处理
        移送检察院审查起诉
    """,
    "closed": """
        办结
        已回访
        多次联系未果，已办结
        处理完毕，工单办结
        来电人对办理结果不满意，已办结
        来电人不认可处理结果，已办结
        经查不属实，已办结
    """,
    "mediated": """
        现场调解
        民警到场进行了调解
        已对双方进行批评教育并现场调解
        经民警调解，双方各自离开
        告知双方可申请调解，当场调解
        现场调解，无需处罚
        未造成人员受伤，现场调解
        未出具告诫书，已现场调解
        告知如调解不成可向法院起诉，现场调解
        村委会正在调解中
        约定下周三再次调解
        未立案，现场调解处理
        不构成违反治安管理行为，现场调解
        无违法事实，已调解
        调解不公，当事人投诉
        未移送，现场调解
        未婚夫妻吵架，现场调解
        未发生肢体冲突，已调解
        双方不在现场，电话调解
    """,
    "accepted": """
        受理
        已受理
        处理中
        工单正在办理中
        未办结
        尚未办结
        至今没有办结
        12345工单已受理，等待承办单位回复
        已受理，待调解
    """,
    "": """
        不予处罚
        未构成处罚
        免予处罚
        不予行政处罚
        无需处罚
        不予受理
        未受理
        不属于受理范围
        不予立案
        当事人不撤诉
        报警人未撤回
        拒绝撤诉
        未移交
        建议双方和解
        希望双方尽快达成协议
        告知双方通过法律途径解决
        双方协商和解决方案
        拟处罚
        未出具告诫书
        人已离开现场
        民警现场劝解，双方情绪稳定后自行离去，未果
        双方均表示不再追究对方责任
        等待调解
        原告未撤诉，案件转回法院
        到达现场双方已离开
        报警人不需要处理
        工资已支付，纠纷化解
        双方当事人未到场，未进行调解
        未予调解
        暂未调解
        尚未处理
        正在核实处理
        依法不予行政拘留
        不予处理，告知诉讼
        未达到处罚标准，批评教育
        双方达成初步意向
        双方有和解意向
        解决
        已妥善处理
        处警民警将双方劝开，无需调解
        双方不需要调解，自行离开
        双方不要求调解
        双方当事人均未提出调解申请
        转综治中心，未受理
        未移送
        建议协商一致后处理
        由双方自行协商解决
        告知双方自行协商解决
        双方同意自行协商解决
        双方自行协商解决，如协商不成可向法院起诉
    """,
}


@pytest.mark.parametrize("code", SENTENCES, ids=lambda code: code or "nothing")
def test_a_sentence_says_what_became_of_the_quarrel(code: str) -> None:
    """Denied, refused, asked for and overtaken by a later clause: each is read as it is meant."""
    told = {text: outcome_of(text, WORDS) or "" for text in SENTENCES[code].split()}
    assert {text: found for text, found in told.items() if found != code} == {}
    assert len(told) > 4


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("达成\n协议", "settled"),
        ("雙方達成協議", "settled"),
        ("已\u200b化⾏解，双方和 解", "settled"),
        ("经调解，双方达成<br/>协议", "settled"),
        ("双方未能\n达成协议", "unsettled"),
        ("双方没有 达成协议", "unsettled"),
        ("調解未果", "unsettled"),
        ("一方拒绝 另一方再次协商，双方达成协议", "settled"),
    ],
)
def test_an_outcome_is_read_however_it_is_written(text: str, code: str) -> None:
    """Other signs, blanks and line breaks hide neither a word nor its denial."""
    assert outcome_of(text, WORDS) == code


def coded(outcomes: list[str], settings: Settings, channel: str = "110") -> pd.DataFrame:
    """Records of these outcomes, with codes."""
    frame = pd.DataFrame(
        {
            "channel": channel,
            "record_id": [str(number) for number in range(len(outcomes))],
            "category": "邻里纠纷",
            "narrative": "双方争吵",
            "outcome": outcomes,
            "origin": None,
            "county_code": None,
        }
    ).astype("str")
    nobody = pd.DataFrame({"channel": [], "record_id": [], "role": []}, dtype="str")
    return with_codes(frame, nobody, settings)[0]


def test_facts_follow_the_sentence() -> None:
    """A matter is settled by what its outcome says in the end, on every channel."""
    told = [
        "双方未能达成协议",
        "调解未果，后达成协议",
        "当事人不撤诉",
        "达成协议后又反悔",
        "双方和解",
    ]
    for channel in SETTINGS.channels.channels:
        facts = record_facts(coded(told, SETTINGS, channel), SETTINGS)
        assert facts["settled"].tolist() == [False, True, False, False, True]


def test_an_analysts_words_are_believed() -> None:
    """A whole text that is mapped has its code, and a longer word goes before what it contains."""
    own = {"双方未能达成协议": "closed", "协商未果": "transferred", "不予处罚": "settled"}
    channels = SETTINGS.channels.model_copy(
        update={"words": SETTINGS.channels.words.model_copy(update={"outcomes": WORDS | own})}
    )
    told = ["双方未能达成协议", "经协商未果", "经查不予处罚", "经查双方未能达成协议"]
    codes = coded(told, replace(SETTINGS, channels=channels))["outcome_code"].tolist()
    assert codes == ["closed", "transferred", "settled", "closed"]


def test_a_huge_outcome_is_read_in_time() -> None:
    """Of ten megabytes the end is read."""
    assert outcome_of("未没有调解" * 2_000_000 + "。双方达成协议", WORDS) == "settled"
