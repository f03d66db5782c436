"""What a record is about: the channel's own word, else what the narrative tells."""

import pandas as pd

from warning.matching.vocabulary import with_codes
from warning.settings import load_settings

SETTINGS = load_settings()
NOBODY = pd.DataFrame({"channel": [], "record_id": [], "role": []}, dtype="str")

#: By code, narratives of calls that the police file as 治安案件, which is no kind of dispute.
NARRATIVES = {
    "01": "丈夫工资卡被妻子拿走，两人争吵 丈夫酒后打人 被丈夫打扰 "
    "夫妻因琐事争吵 丈夫工资不给妻子，两人争吵",
    "0101": "报警人称被丈夫殴打 被其丈夫殴打 交通事故后被丈夫打伤 被妻子打伤 丈夫酒后殴打妻子 "
    "邻居报警称楼上丈夫殴打妻子 被丈夫多次殴打",
    "02": "与邻居因噪音争吵 楼上漏水把家里泡了 楼上浇花把水滴到楼下晾的被子上 物业到场劝阻，邻居仍吵闹",
    "0402": "业主与物业因停车费争执 业主拒交物业费 小区物业不清理垃圾",
    "05": "喝酒打架，一人头破送医院 两人斗殴，伤者已送往医院 在学校被同学殴打 被人打伤后在医院住院，要求赔偿医疗费 "
    "嫌工资低不结婚，两人打架 丈夫被殴打送医 因工程款打架",
    "06": "拖欠工程款 讨要工程款 工程款一直未结清 老板不支付工程款 因工程款发生纠纷 工程款迟迟不给",
    "0502": "患者家属与医院发生争执，称误诊 家属称医院手术失败 丈夫术后死亡，与医院争执 投诉医院乱收费",
    "0503": "丈夫被车撞，与司机争执 两车剐蹭，司机争吵",
    "0601": "网购不退款",
    "07": "包工头拖欠其工资三万元 工人讨要工资被殴打 老板不给工人工资 工资三个月未发 "
    "公司未按时发放工资 工资一直不给 老板不结算工资 公司不按月发工资 拒付农民工工资 讨要三个月工资 "
    "未及时足额支付工资 工资没有结清 扣发一个月工资 拖欠工资和工程款",
    "08": "借款不还 对方欠钱不还",
    "0904": "因浇水先后与邻地发生争执",
    "99": "母亲在医院住院，儿子们因护理费争吵 在医院门口停车争执 送医院抢救 噪音扰民，要求社区物业协调 "
    "工资卡丢失，与银行争执 嫌工资低不给彩礼 没有发现工资卡 "
    "学校门口家长争吵 公司门口有人拉横幅 市场摊主因摊位争吵 车停在路上争吵",
}
#: Categories as channels write them, and their codes.
CATEGORIES = {
    "劳资纠纷": "07", "讨薪": "07", "劳动合同": "07", "债权债务纠纷": "08",
    "感情纠纷": "01", "情感纠纷": "01", "离婚纠纷": "01", "学生纠纷": "05", "校园欺凌": "05",
    "打架斗殴": "05", "房屋租赁合同": "06", "房屋买卖": "06", "房屋": "04", "工程款纠纷": "06",
    "民间借贷": "08", "土地承包": "0901", "物业服务合同纠纷": "0402", "治安案件": "99",
}  # fmt: skip


def codes_of(category: list[str], narrative: list[str]) -> list[str]:
    """The codes of records with these words."""
    frame = pd.DataFrame({"channel": "110", "category": category, "narrative": narrative})
    frame["record_id"] = frame.index.astype("str")
    frame = frame.assign(outcome=None, origin=None, county_code=None).astype("str")
    return with_codes(frame, NOBODY, SETTINGS)[0]["category_code"].tolist()


def test_a_place_that_is_mentioned_is_no_dispute() -> None:
    """A hospital where the hurt are taken, a firm at whose door they quarrel: not what it is about."""
    told = [(text, code) for code, texts in NARRATIVES.items() for text in texts.split()]
    texts = [text for text, _ in told]
    found = codes_of(["治安案件"] * len(texts), texts)
    assert dict(zip(texts, found, strict=True)) == dict(told)


def test_common_words_of_the_channels_are_known() -> None:
    """A category has its code, whatever it is joined with."""
    found = codes_of(list(CATEGORIES), ["双方争吵"] * len(CATEGORIES))
    assert dict(zip(CATEGORIES, found, strict=True)) == CATEGORIES


def test_a_gap_in_a_keyword_ends_with_the_clause() -> None:
    """欠…工资 is found over a few characters, not over a comma."""
    texts = ["老板欠三名工人两个月工资", "欠他的钱，工资卡也丢了"]
    assert codes_of(["治安案件"] * 2, texts) == ["07", "99"]


def test_a_word_is_known_in_other_signs_and_over_a_break() -> None:
    """In a category and in a text; two neighbours in a text make no word."""
    categories = ["家庭 暴力", "家\u200b庭\n暴力", "家庭暴⼒", "家&nbsp;暴", "鄰里糾紛", "邻 里"]
    assert codes_of(categories, [""] * 6) == ["0101"] * 4 + ["02"] * 2
    texts = ["被丈夫\n殴打", "被丈夫毆打", "遭家\n暴，离家", "送回家 暴雨", "送回家\n暴雨"]
    assert codes_of(["治安案件"] * 5, texts) == ["0101"] * 3 + ["99"] * 2
    beside_a_spouse = ["丈夫殴打⏎妻子报警", "被其丈夫⏎殴打", "老板丈夫⏎动手术"]
    texts = [text.replace("⏎", "\n") for text in beside_a_spouse]
    assert codes_of(["治安案件"] * 3, texts) == ["01", "0101", "01"]
