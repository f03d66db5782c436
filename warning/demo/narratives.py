"""What a call taker or clerk writes down of a quarrel: templates by kind, in plain Chinese."""

import numpy as np

from warning.demo.quarrels import Quarrel

#: Category code → channel 110's word, the others' word, sentences ({a} claimant, {b} other).
TEMPLATES = {
    "01": ("家庭纠纷", "婚恋家庭", (
        "{a}与{b}因家务琐事争吵", "{a}称{b}不顾家，双方发生口角", "{a}与{b}因抚养孩子发生争执")),
    "0101": ("家庭暴力", "家庭暴力", (
        "{a}报称被{b}殴打", "{a}称{b}酒后动手打人", "{a}反映遭{b}家庭暴力")),
    "02": ("邻里纠纷", "邻里纠纷", (
        "{a}与{b}因噪音发生争吵", "{a}反映{b}在楼道堆放杂物，双方争执", "{a}与{b}因院墙排水发生口角")),
    "08": ("经济纠纷", "借贷纠纷", (
        "{a}向{b}讨要欠款发生争执", "{a}称{b}借款不还", "{a}与{b}因债务纠纷互相推搡")),
    "07": ("劳资纠纷", "劳动人事争议", (
        "{a}反映{b}拖欠工资", "{a}等人到{b}讨要工资", "{a}称{b}未结清工程款工资")),
    "0901": ("土地纠纷", "土地承包纠纷", (
        "{a}与{b}因承包地地界发生争执", "{a}称{b}占用其承包地", "{a}与{b}因土地流转费用争吵")),
    "0402": ("物业纠纷", "物业管理纠纷", (
        "{a}反映{b}物业服务差", "{a}与{b}因停车费发生争执", "{a}投诉{b}未处理漏水")),
    "0601": ("消费纠纷", "消费纠纷", (
        "{a}投诉{b}拒不退款", "{a}称在{b}购买的商品有质量问题", "{a}与{b}因退货发生争执")),
    "05": ("打架斗殴", "损害赔偿纠纷", (
        "{a}与{b}发生打架", "{a}称被{b}打伤", "{a}与{b}因口角互殴")),
}  # fmt: skip
CALM = ("，无人受伤", "，未持刀，无人受伤", "", "", "，现场已劝开")
THREATS = ("，{b}扬言报复", "，{b}扬言同归于尽", "，{b}称要放火")
WEAPONS = ("，{b}持刀威胁", "，{b}持棍棒砸门")
INJURIES = ("，{a}面部受伤", "，{a}手臂受伤送医")


def narrative(
    quarrel: Quarrel, number: int, a: str, b: str, random: np.random.Generator
) -> tuple[str, int]:
    """The text of one report of the quarrel's event ``number`` (from 0), and how many were hurt.

    Later events are graver: threats, weapons and injuries become likelier with each.
    """
    sentences = TEMPLATES[quarrel.kind][2]
    text = sentences[int(random.integers(len(sentences)))]
    if number and random.random() < 0.6:
        text = ("双方再次发生纠纷，", "又起冲突，", "多次调解后仍有矛盾，")[
            int(random.integers(3))
        ] + text
    gravity = min(0.5, 0.04 + 0.06 * number) * (2 if quarrel.kind in {"0101", "05"} else 1)
    hurt = 0
    if random.random() < gravity:
        kind = int(random.integers(3))
        pool = (THREATS, WEAPONS, INJURIES)[kind]
        text += pool[int(random.integers(len(pool)))]
        hurt = int(kind == 2)
    else:
        text += CALM[int(random.integers(len(CALM)))]
    if quarrel.kind == "0101":
        text += "，民警已出具告诫书" if random.random() < 0.15 else ""
    return text.format(a=a, b=b) + "。", hurt
