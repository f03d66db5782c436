"""Parties that stand in the text: people, kin and organisations, each with its span.

A name is taken only where the words before and after it say that somebody is named there; what
is found always stands in the text as it is. All patterns are of bounded length, so time is linear
in the text.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from warning.matching.standardise.names import COMPOUND_SURNAMES

COLUMNS = ("channel", "record_id", "start", "end", "text", "kind", "role")
#: Surnames that nearly everybody bears, by common knowledge; rarer ones are found as masks only.
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔"
    "白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁"
    "时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来"
    "嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬"
    "明沙薄伏岑习胥保蔺脱汝满妥虎撒拜闪火仵拓逯雒豆缑魁达哈锁"
)
MASK = r"(?:某某|某[甲乙丙丁]|某|先生|女士|小姐|[X×*＊Xx]{1,2})"
#: What stands before a name.
BEFORE = (
    "与 和 跟 同 被 遭 遭到 向 找 对 将 把 称 说 叫 系 及 给 让 欠 由 是 有 劝 邻居 商贩 老板 房东 租客 丈夫 妻子 前夫 前妻 前男友 前女友 "
    "男友 女友 儿子 女儿 儿媳 女婿 父亲 母亲 哥哥 弟弟 姐姐 妹妹 村民 居民 市民 员工 工人 司机 业主 住户 当事人 报警人 来电人 诉求人 申请人 "
    "被申请人 原告 被告 信访人 上访人 反映人 群众 包工头 经理 队长 反映 反映： 威胁 殴打 打伤 划伤 追赶 辱骂 催促 要求 一事 投诉 对方 阻挡 阻止 拒付 打了 骂了 拦住 伙同 指使 一名 名叫 一事， 因"
).split()
#: What stands after a name.
AFTER = (
    "与 和 跟 同 及 被 遭 因 在 为 发生 之间 两人 二人 双方 等 家 不 未 将 把 向 对 称 说 报称 报警 电话 来电 反映 投诉 诉称 扬言 威胁 持 拿 手持 殴打 "
    "打 骂 推 追 欠 借 拖 占 阻 要 再 又 多次 酒后 互 上门 动手 拒 催 抢 抡 泼 用 到 经 情绪 头部 面部 手臂 腿部 耕种 修房 开车 购 购物 也 已 就 以 没 曾 "
    "喝 强行 砸 抓 辱骂 侵占 擅自 私自 赔 承 受伤 骨折 认为 讨要 拉扯 撕扯 发 吵 争 有 无故 家暴 家庭暴力 越过 播种 施工 乱 堵 放 养 浇 挖 占用 影响 处 "
    "闹 离婚 赶 拒付 工资 工程款 加班费 工伤 押金 货款 借款 欠条 失联 后 长期 经常 时 拳打 的"
).split()
#: Two characters that read as surname and name and are neither.
WORDS = frozenset(
    "钱财 金额 石头 高度 马路 车辆 安全 方便 万元 常年 高速 马上 黄金 白天 白酒 金钱 房屋 房租 房产 房子 车主 车费 车位 水费 石材 田地 林地 路边 时间 "
    "时候 应当 应该 明天 明确 成年 成功 成立 全部 全家 向来 来人 来电 来访 关系 关于 包工 计划 计算 易燃 和解 和好 都是 连续 连接 单位 单元 花园 花费 "
    "原因 原告 官司 封路 封堵 冷静 强行 强制 强迫 温度 温室 康复 文件 路人 路口 党员 符合 简单 商贩 商家 商铺 商场 项目 管道 管理 经理 当时 关门 对方 "
    "米面 谷子 牛羊 马匹 龙头 井水 沙石 花草 木材 木头 银行 阳台 阳光 夏天 冬天 甘州 高台 临泽 民乐 山丹 肃南 张掖 兰州 宁夏 古城 金城 梅花 左右 方面 "
    "方式 方向 毛病 白色 黄色 蓝色 范围 任何 任务 严重 严肃 庄稼 施工 史上 顾客 贺礼 解决 解释 解除 支付 卫生 卫生院 包括 包庇 盖房 应急 时常 时而 "
    "来信 来函 失联 家暴 他人 邻居 沙墩 车碰 都在 都有 全村 有人 和平 官员 台阶 台账 扬言 扬尘 明显 明火 保安 保险 保证 保修 何时 何人 何种 达到 达成 火灾 火情 火化 哈密 锁门 锁具".split()
)
KIN = re.compile(
    r"(?P<kin>其(?:丈夫|老公|妻子|老婆|爱人|前夫|前妻|父亲|母亲|父母|儿子|女儿|儿媳|女婿|公公|婆婆|岳父|岳母|哥哥|弟弟|姐姐|妹妹|兄弟|侄子|外甥|孙子|"
    r"男友|女友|男朋友|女朋友|亲属|家属|父|母|子|女|兄|弟|妻|夫)(?![儿女子弟们]))"
)
#: What an organisation's name ends with; a legal form may follow.
TRADES = (
    "物业管理 物业服务 物业 家电 超市 商场 商行 商店 商城 饭店 餐厅 火锅店 宾馆 酒店 幼儿园 小学 中学 学校 信用社 银行 工厂 砖厂 加工厂 养殖场 建材城 "
    "建筑工程 建筑安装 工程 安装 家电商行 合作社 合作联社 人民医院 中医院 卫生院 医院 诊所 服务中心 经营部 门市部 专卖店 汽修厂 理发店 美容院 健身房 培训机构 培训中心 建筑 建设 劳务"
).split()
FORMS = "(?:有限责任公司|股份有限公司|有限公司|分公司|公司)"
ORGANISATION = re.compile(
    rf"[\u4e00-\u9fff（）()]{{1,16}}?(?:(?:{'|'.join(TRADES)}){FORMS}?|{FORMS})(?!{'|'.join(TRADES)})"
)
#: Where the name of an organisation may begin.
LEFT_OF_ORGANISATION = re.compile(r"(?:被|与|和|跟|向|到|在|对|称|反映|投诉|反映：|要求|诉|由|是|[，。：、；！？\s【】]|^)$")
#: What begins an organisation's name only by mistake: verbs and pronouns.
NO_ORGANISATION = re.compile(
    r"^(?:该|本|我|其|某|这|那|一家|一个|几个|多家|附近|小区物业|村里|因|就|去|来|把|将|给|等|为|并|已|还|又|再|曾|未|不|没|让|要|请|找|有|从|当)|"
    r"^(?:物业|公司|超市|商场|医院|学校|银行|饭店|酒店|宾馆|商店|门市部|幼儿园|工厂|诊所|商城)$"
)
STOPS = "，。、：；！？ \t\n（）()【】[]“”\"'《》"


@dataclass(frozen=True)
class Mention:
    """A span ``[start, end)`` of a text: kind person, kinship or organisation; role as a code."""

    start: int
    end: int
    text: str
    kind: str
    role: str


def _any(words: list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@lru_cache(maxsize=1)
def _person() -> re.Pattern[str]:
    surname = f"(?:{_any(sorted(COMPOUND_SURNAMES))}|[{SURNAMES}])"
    stop = "[" + re.escape(STOPS) + "]"
    before = f"(?:^|(?<={stop})|" + "|".join(f"(?<={re.escape(word)})" for word in BEFORE) + ")"
    after = f"(?=$|{stop}|{_any(AFTER)})"
    given = rf"(?![{NOT_GIVEN}])[\u4e00-\u9fff]"
    part = rf"(?:{given}){{2,4}}"
    return re.compile(
        f"{before}(?:"
        rf"(?P<dotted>{part}?[·•・‧．∙](?:{given}){{1,4}}?(?:先生|女士|{after}))"
        rf"|(?P<parts>(?:{_any(PARTS)})(?:(?:{_any(PARTS)}){{1,2}}|先生|女士|{after}))"
        f"|(?P<mask>{surname}{MASK})"
        f"|(?P<familiar>[老小]{surname}){after}"
        f"|(?P<full>{surname}(?:(?:{given}){{2}}{after}|{given}{after})))"
    )


CALLS = re.compile(r"^(?:（[^）]{0,8}）)?(?:电话报警|报警|报称|来电|到综治中心|来访|来信)")
#: Characters that follow a name and are none.
NOT_GIVEN = "与和跟被遭向对将把称说因在为不未又再也已就以没曾的等们是了着过及或到去来打骂要请占后阻拒讨催欠互推拿持让酒拳"
#: Parts of the names of Tibetans, Yugurs, Mongols, Kazakhs and Uygurs, written without a dot.
PARTS = (
    "卓玛 才让 才仁 扎西 德吉 拉毛 措毛 措姆 达娃 多杰 贡保 安尔斯 白玛 尼玛 仁青 仁增 索南 央金 格桑 旦增 丹增 桑吉 次仁 加措 嘉措 洛桑 顿珠 平措 旺姆 曲珍 "
    "巴桑 边巴 普布 拉姆 卓嘎 斯琴 高娃 巴特尔 其其格 乌兰 图雅 苏合 那仁 阿依 古丽 买买提 吐尔逊 阿不都 艾力 米热 努尔 热依 木拉提 叶尔 哈那提 铁木尔"
).split()


def find_mentions(text: str, most: int = 20) -> list[Mention]:
    """People, kin and organisations that a text names, in the order of the text.

    Args:
        text: a narrative.
        most: mentions of a text at the most (a list of names is no quarrel).
    """
    found: list[Mention] = []
    for match in _person().finditer(text):
        start, end, kind = match.start(), match.end(), match.lastgroup
        written = match.group()
        if kind == "full" and not _is_name(written):
            continue
        role = "reporter" if CALLS.match(text[end : end + 12]) else "respondent"
        found.append(Mention(start, end, written, "person", role))
        if len(found) >= most:
            return found
    spans = [(mention.start, mention.end) for mention in found]
    for match in KIN.finditer(text):
        # 其子王小军: the name says more than the kin, and stands for it.
        if any(start == match.end() for start, _ in spans):
            continue
        found.append(Mention(match.start(), match.end(), match.group(), "kinship", "respondent"))
        if len(found) >= most:
            break
    found += _organisations(text, spans)
    return sorted(found, key=lambda mention: mention.start)[:most]


def _is_name(written: str) -> bool:
    """Whether a surname with one or two more characters can be a name at all."""
    return not WORDS & {written, written[:2], written[1:]}


def _organisations(text: str, people: list[tuple[int, int]]) -> list[Mention]:
    found = []
    for match in ORGANISATION.finditer(text):
        written, start = match.group(), match.start()
        # The shortest piece from a word that begins a name to the word that ends it.
        for at in range(len(written) - 2, 0, -1):
            if LEFT_OF_ORGANISATION.search(text[max(0, start + at - 3) : start + at]):
                written, start = written[at:], start + at
                break
        else:
            if not LEFT_OF_ORGANISATION.search(text[max(0, start - 3) : start]):
                continue
        # 在人民医院，…: where it happened, not who takes part.
        after, before = text[start + len(written) :][:1], text[max(0, start - 1) : start]
        if after in STOPS and (before == "在" or before in STOPS):
            continue
        clash = any(start < end and begin < start + len(written) for begin, end in people)
        if clash or len(written) < 4 or NO_ORGANISATION.search(written):
            continue
        found.append(Mention(start, start + len(written), written, "organisation", "respondent"))
    return found


def narrative_mentions(records: pd.DataFrame) -> pd.DataFrame:
    """Mentions of all narratives.

    Args:
        records: channel, record_id, narrative.

    Returns:
        A row a mention: channel, record_id, start, end (characters of the narrative), text, kind
        (person, kinship, organisation), role (reporter, respondent). Nothing is said of whether
        a party of the record is meant; see :mod:`warning.matching.mentions`.
    """
    told = records[records["narrative"].notna()]
    distinct = {text: find_mentions(text) for text in told["narrative"].unique()}
    rows = [
        (channel, record_id, m.start, m.end, m.text, m.kind, m.role)
        for channel, record_id, text in zip(
            told["channel"], told["record_id"], told["narrative"], strict=True
        )
        for m in distinct[text]
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        dict.fromkeys(COLUMNS, "str") | {"start": "int64", "end": "int64"}
    )
