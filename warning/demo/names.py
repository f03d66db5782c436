"""Names of made-up people, by sex and the decade of birth; homonyms come as they do in life.

Surnames and characters stand in falling order of frequency, so that a draw by a geometric
fall gives many 王伟 and few 欧阳. [D] assumption: orders are plausible, not counted.
"""

from warning.demo.dice import Dice, cumulated

#: The commonest surnames with their share in per cent; the rest share what is left.
COMMON = (("王", 8.5), ("张", 8.0), ("李", 7.6), ("刘", 5.0), ("陈", 3.4), ("杨", 3.4), ("赵", 3.0),
          ("马", 3.0), ("周", 1.8), ("吴", 1.6), ("徐", 1.4), ("孙", 1.5), ("朱", 1.2), ("高", 1.4),
          ("胡", 1.1), ("郭", 1.3), ("何", 1.1), ("罗", 0.9), ("宋", 1.0), ("韩", 1.0), ("梁", 0.7),
          ("闫", 0.8), ("贾", 0.6), ("蒋", 0.5), ("任", 0.6), ("魏", 0.8), ("丁", 0.5), ("石", 0.5))  # fmt: skip
OTHERS = (
    "林郑谢唐许冯邓曹彭曾肖田董袁潘于蔡余杜叶程苏吕沈姚卢姜崔钟谭陆汪范金廖夏韦付方白邹孟熊秦邱江尹"
    "薛段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤单仇解查樊葛党寇保濮妥甄虎脱柴满祁汝鲁焦盛祝管"
)
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "慕容", "令狐")
SURNAMES: tuple[str, ...] = (*(name for name, _ in COMMON), *OTHERS, *COMPOUND)
SURNAME_SHARES = cumulated(
    [share for _, share in COMMON] + [0.33] * len(OTHERS) + [0.02] * len(COMPOUND)
)
#: First year → characters of men, of women, share of names with one character only.
DECADES: tuple[tuple[int, str, str, float], ...] = (
    (0, "国建志永福海山东生学德兴旺昌龙虎发财贵有成忠义文武明祥林全喜金玉天保长寿",
     "秀英玉兰桂花凤淑珍莲菊香梅芳玲月红素琴翠彩霞巧云银春爱惠存兄", 0.12),
    (1965, "军强勇伟平建国斌峰刚涛明辉斌海鹏林东兵红永志新春民宏波小晓文华荣利全",
     "丽霞燕红艳芳玲萍梅娟英静敏琴秀莉春晓小玉海慧云丹华凤兰桂霞金", 0.3),
    (1985, "鹏伟涛超磊杰浩凯斌健飞帅龙鑫亮波宁博文俊强振晓海亚东旭志佳星宇",
     "婷娜丽静艳雪倩敏佳娟莉慧欣蓉洁瑞晶莹璐芳玲霞文晓亚海丹颖媛", 0.22),
    (2000, "宇浩轩泽子博文俊天睿嘉鑫佳昊晨皓铭瑞涵奕辰一航思远",
     "欣怡梓涵雨佳思语嘉萱诗瑶琪悦梦婷一诺雅馨可晨曦子妍静", 0.08),
)  # fmt: skip
#: Parts of Tibetan and Yugur names, as written in this field with a dot between them, or none.
MINORITY = {
    "男": ("才让", "扎西", "多杰", "达娃", "次仁", "索南", "华尔杰", "道吉", "桑吉", "尕让", "安尔斯",
          "仁青", "丹增", "旦正", "贡保", "加措", "巴特尔", "东知"),
    "女": ("卓玛", "央金", "拉毛", "达娃", "次仁", "索南", "银杏", "德吉", "拉姆", "梅朵", "才仁",
          "格桑", "白玛", "措毛", "其其格", "仁增"),
}  # fmt: skip


def surname(dice: Dice) -> str:
    """A surname, the common ones most."""
    return SURNAMES[dice.weighted(SURNAME_SHARES)]


def given(sex: str, year: int, dice: Dice) -> str:
    """The given name of a Han person born in ``year``."""
    _, men, women, single = next(row for row in reversed(DECADES) if row[0] <= year)
    letters: str = men if sex == "男" else women
    last = dice.early(letters, 0.05)
    return last if dice.chance(single) else dice.early(letters, 0.05) + last


def minority(sex: str, dice: Dice) -> str:
    """A name of two parts with the dot between them."""
    first = dice.pick(MINORITY[sex])
    second = dice.pick([part for part in MINORITY[sex] if part != first])
    return f"{first}·{second}"


def akin(name: str, sex: str, year: int, dice: Dice) -> str:
    """A child's given name after the father's or a twin's: one character is kept."""
    other = given(sex, year, dice)
    kept = name[-1] if dice.chance(0.5) else name[0]
    return kept + other[-1] if kept != other[-1] else kept + other[0] + other[-1]
