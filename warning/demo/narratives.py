"""What a call taker, an agent, a grid worker or a mediator writes down: each in several styles.

``{a}`` is the claimant, ``{b}`` the other side, ``{x}`` the cause, ``{c}`` the neighbour who calls
for them, ``{p}`` the place, ``{t}`` the hour. Texts deny (未持刀), speak of prices (杀价) and often
name nobody, so that a rule fitted to one template fails on the next.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from warning.demo.dice import Dice


class Words(NamedTuple):
    """The words of a kind: channel 110's category, the others', causes, sentences."""

    police: tuple[str, ...]
    others: tuple[str, ...]
    causes: tuple[str, ...]
    sentences: tuple[str, ...]


WORDS = {
    "02": Words(("邻里纠纷", "噪音扰民"), ("邻里纠纷", "相邻关系纠纷"),
        ("噪音", "院墙排水", "楼道堆放杂物", "楼上漏水", "宅前通行", "养狗", "停车占道",
         "浇地过水", "装修施工", "晾晒粮食"),
        ("{a}与{b}因{x}发生争吵", "{a}反映{b}因{x}影响其生活，双方争执", "{b}因{x}与{a}发生口角",
         "{a}称邻居{b}因{x}多次骂人", "因{x}一事，{a}和{b}又吵了起来")),
    "01": Words(("家庭纠纷", "家庭婚恋纠纷"), ("婚恋家庭", "婚姻家庭纠纷", "赡养纠纷"),
        ("家务琐事", "抚养孩子", "赡养老人", "离婚财产", "彩礼", "分家", "外出不归"),
        ("{a}与{b}因{x}争吵", "{a}称{b}不顾家，因{x}发生口角", "{a}和{b}因{x}闹矛盾",
         "{b}因{x}与{a}发生争执，{a}要求调解")),
    "0101": Words(("家庭暴力", "家庭纠纷"), ("家庭暴力",),
        ("琐事", "喝酒", "孩子上学", "怀疑有外遇", "要钱不给"),
        ("{a}报称因{x}被{b}殴打", "{a}称{b}酒后因{x}动手打人", "{a}反映遭{b}家庭暴力", "{b}因{x}对{a}拳打脚踢",
         "{a}称被{b}家暴，不敢回家")),
    "08": Words(("经济纠纷", "债务纠纷"), ("借贷纠纷", "民间借贷纠纷", "债务纠纷"),
        ("借款", "货款", "欠条", "担保", "卖牛钱", "工程垫资"),
        ("{a}向{b}讨要{x}发生争执", "{a}称{b}拖着{x}不还", "{a}与{b}因{x}互相推搡", "{b}欠{a}{x}多年，{a}上门讨要",
         "{a}反映将钱借给{b}后对方失联")),
    "05": Words(("打架斗殴", "殴打他人"), ("损害赔偿纠纷", "人身损害赔偿"),
        ("口角", "喝酒", "排队", "停车", "牲畜吃庄稼", "玩牌"),
        ("{a}与{b}因{x}发生打架", "{a}称因{x}被{b}打", "{a}与{b}因{x}互殴", "{b}因{x}动手打了{a}")),
    "0901": Words(("土地纠纷",), ("土地承包纠纷", "承包地纠纷"),
        ("承包地地界", "土地流转费", "耕地被占", "确权面积", "地埂"),
        ("{a}与{b}因{x}发生争执", "{a}称{b}占用其承包地，为{x}争吵", "{a}反映{b}耕种时越过{x}",
         "因{x}，{b}不让{a}播种")),
    "0902": Words(("土地纠纷", "宅基地纠纷"), ("宅基地纠纷",),
        ("宅基地边界", "翻建房屋", "出入路", "后墙滴水"),
        ("{a}与{b}因{x}发生争执", "{a}反映{b}修房侵占其宅基地", "{b}因{x}阻挡{a}施工")),
    "0904": Words(("用水纠纷",), ("水利纠纷", "灌溉用水纠纷"),
        ("轮灌顺序", "水费", "渠口", "机井用水"),
        ("{a}与{b}因{x}发生争吵", "{a}称{b}抢水浇地", "因{x}，{a}和{b}在渠边争执")),
    "0503": Words(("交通事故纠纷",), ("交通事故纠纷",),
        ("倒车刮擦", "电动车相撞", "修车费", "误工费"),
        ("{a}与{b}因{x}赔偿发生争执", "{a}称{b}开车剐蹭后不赔", "{a}和{b}对{x}说法不一")),
    "07": Words(("劳资纠纷", "欠薪纠纷"), ("劳动人事争议", "拖欠工资"),
        ("工资", "工程款工资", "加班费", "工伤待遇", "押金"),
        ("{a}反映{b}拖欠{x}", "{a}等人到{b}讨要{x}", "{a}称{b}未结清{x}", "{b}以资金紧张为由拒付{a}{x}")),
    "0402": Words(("物业纠纷",), ("物业管理纠纷", "物业服务"),
        ("停车费", "漏水", "电梯故障", "暖气不热", "垃圾清运", "物业费涨价"),
        ("{a}反映{b}未处理{x}问题", "{a}与{b}因{x}发生争执", "{a}投诉{b}对{x}推诿", "{b}催缴物业费，{a}因{x}拒交")),
    "0601": Words(("消费纠纷",), ("消费纠纷", "消费投诉"),
        ("退货", "商品质量", "办卡退费", "保修", "杀价后反悔", "过期食品"),
        ("{a}投诉{b}因{x}拒不处理", "{a}称在{b}购物后为{x}争吵", "{a}与{b}因{x}发生争执", "{a}要求{b}就{x}赔偿")),
    "0502": Words(("医患纠纷",), ("医疗纠纷",),
        ("收费", "手术结果", "误诊", "护理", "等候时间长"),
        ("{a}与{b}因{x}发生争执", "{a}反映{b}在{x}上不负责任", "{a}对{b}的{x}不满，要求说明")),
}  # fmt: skip
OPENINGS = {
    "110": ("{c}报警称，", "{p}，", "{t}，{c}电话报警：", "报警内容：", "", "在{p}，", "{t}许，在{p}，"),
    "12345": ("市民{c}来电反映：", "来电人反映，", "【{p}】", "诉求人称，", "{t}，市民来电：", "热线转办：",
              "来电人咨询并投诉："),
    "网格": ("网格员入户走访中了解到，", "巡查发现，", "经网格员上报，", "{p}，", "", "{t}，网格员接群众反映："),
    "综治中心": ("来访登记：", "群众到中心反映，", "{c}到综治中心反映：", "经排查，", "{t}，"),
    "诉调": ("经法院委派，", "原告诉称：", "立案前委派调解。", "", "案由："),
    "警调": ("派出所移交：", "出警后移交调解。", "{t}接警后，", "民警到场了解，"),
    "访调": ("信访事项：", "信访人反映，", "来信称，", "信访局转办，"),
}  # fmt: skip
CLOSINGS = {
    "110": ("，请民警到场处置", "，请出警", "", "，民警已到场", "，现场已劝开"),
    "12345": ("，希望相关部门核实处理", "，请协调解决", "，要求回复", "，诉求：尽快处理", ""),
    "网格": ("，已现场劝导", "，已上报", "", "，网格员将继续跟进", "，村委会已介入"),
    "综治中心": ("，已登记受理", "，交司法所调解", "", "，约定择日调解"),
    "诉调": ("，现请求调解", "，诉至法院", "，双方同意诉前调解", ""),
    "警调": ("，不构成违反治安管理行为，移交调解", "，双方愿意调解", ""),
    "访调": ("，要求依法处理", "，请予解决", ""),
}  # fmt: skip
AGAIN = (
    "双方再次发生纠纷，",
    "又起冲突，",
    "多次调解后仍有矛盾，",
    "此前已多次报警，",
    "同一事由，",
)
#: What a text says of harm, by severity; the words of one grade say nothing of a higher one.
HARM = (
    ("，无人受伤", "，未持刀，无人受伤", "", "", "", "", "，双方情绪稳定", "，未动手", "，没有造成人员受伤",
     "，商贩杀价时声音大", "，无肢体冲突", "，否认有威胁言语"),
    ("，双方有推搡", "，{b}酒后闹事", "，发生撕扯，无人受伤", "，动手但未持械", "，砸坏物品", "，喝酒后争吵"),
    ("，{b}扬言报复", "，{a}面部受伤", "，{a}手臂被打伤", "，{b}威胁{a}", "，{b}称要放火", "，有人受伤，未持刀",
     "，{a}情绪激动称要跳楼", "，{a}头部流血"),
    ("，{b}持刀威胁", "，{b}持棍棒砸门", "，{b}拿菜刀追赶", "，{a}骨折住院", "，{b}用刀划伤{a}", "，{b}手持钢管"),
    ("，{b}扬言同归于尽", "，{b}称要杀全家", "，{a}经抢救无效死亡", "，{b}泼汽油称要自焚", "，{b}拿煤气罐称要引爆"),
)  # fmt: skip
HURT = re.compile("受伤|打伤|流血|骨折|划伤|死亡")
DENIED = re.compile("无人受伤|没有造成人员受伤")
#: Reports that name nobody and say little.
BARE = {
    "02": ("邻居吵架，请出警", "楼上又在吵", "邻里矛盾，要求调解"), "01": ("家里吵架", "两口子吵架", "家庭矛盾"),
    "0101": ("有人被家暴", "夫妻打架", "被老公打"), "08": ("要账的堵门", "债务纠纷", "欠钱不还"),
    "05": ("打架", "有人打架，请速来", "几个人在打架"), "07": ("农民工讨薪", "要工资", "拖欠工资"),
    "0402": ("物业不作为", "小区停水没人管", "物业问题"), "0601": ("商家不退钱", "买东西起纠纷", "消费纠纷"),
    "0502": ("医院里有人闹", "医患纠纷"), "0503": ("车碰了", "两车剐蹭，起争执"), "0901": ("地界纠纷", "抢占耕地"),
    "0902": ("盖房起争执", "宅基地纠纷"), "0904": ("浇水吵架", "抢水"),
}  # fmt: skip
WARNED = "，民警已出具告诫书"
TOKEN = re.compile(r"\{(\w)\}")


class Mention(NamedTuple):
    """A span of a text that tells of somebody: characters [start, end)."""

    start: int
    end: int
    key: str


@lru_cache(maxsize=20_000)
def _pieces(template: str) -> tuple[str, ...]:
    """Text, token, text, token … text."""
    return tuple(TOKEN.split(template))


def fill(template: str, values: Mapping[str, str]) -> tuple[str, list[Mention]]:
    """The text, and where the values of a and b (claimant, other side) and c stand in it."""
    parts: list[str] = []
    mentions: list[Mention] = []
    at = 0
    for k, piece in enumerate(_pieces(template)):
        text = values[piece] if k % 2 else piece
        if k % 2 and piece in "abc":
            mentions.append(Mention(at, at + len(text), piece))
        parts.append(text)
        at += len(text)
    return "".join(parts), mentions


def cause(kind: str, matter: int) -> str:
    """What the quarrel is about: the same words of every report of the matter."""
    causes = WORDS[kind].causes
    return causes[matter % len(causes)]


def template(kind: str, channel: str, severity: int, again: bool, dice: Dice) -> str:
    """Opening, what happened, the harm, closing: in one of the channel's styles."""
    harm = dice.pick(HARM[severity])
    warned = WARNED if kind == "0101" and channel in {"110", "警调"} and dice.chance(0.12) else ""
    opening = dice.pick(OPENINGS[channel])
    before = dice.pick(AGAIN) if again and dice.chance(0.45) else ""
    sentence = dice.pick(WORDS[kind].sentences)
    return f"{opening}{before}{sentence}{harm}{warned}{dice.pick(CLOSINGS[channel])}。"


def bare(kind: str, severity: int, dice: Dice) -> str:
    """A report that names nobody."""
    harm = dice.pick(HARM[severity]).replace("{a}", "当事人").replace("{b}", "对方")
    return dice.pick(BARE[kind]) + harm


def hurt(text: str) -> int:
    """How many the text says were hurt: 1 or none."""
    return int(bool(HURT.search(DENIED.sub("", text))))
