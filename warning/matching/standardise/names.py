"""Names of people: standard form, masks as partial names, pinyin.

Works on distinct values; time is linear in their length.
"""

import re
import unicodedata
from functools import lru_cache

import pandas as pd
from pypinyin import Style
from pypinyin.constants import PINYIN_DICT
from pypinyin.style import convert

DOTS = "·•．.・‧∙●"
COMPOUND_SURNAMES = frozenset(
    [
        "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯",
        "诸葛", "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠",
        "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "令狐", "拓跋",
        "呼延",
    ]
)  # fmt: skip
#: Readings of characters that are read otherwise as surnames.
SURNAME_READINGS = {
    "单": "shan", "仇": "qiu", "解": "xie", "曾": "zeng", "查": "zha", "任": "ren", "盖": "ge",
    "区": "ou", "朴": "piao", "尉": "wei", "乐": "yue", "覃": "qin", "员": "yun", "缪": "miao",
    "翟": "zhai", "葛": "ge", "华": "hua", "宁": "ning", "种": "chong", "繁": "po", "秘": "bi",
    "折": "she", "召": "shao", "盛": "sheng", "石": "shi", "沈": "shen", "洗": "xian", "冼": "xian",
}  # fmt: skip
TRADITIONAL = str.maketrans(
    "張陳劉楊趙黃吳孫馬羅鄭謝韓馮蕭葉蘇盧蔣賈陸範鍾譚廖鄒龍萬顧賴龔邵錢湯嚴華偉強軍麗娟紅蘭麗鳳國傑東飛雲龍玉瓊寶貴學勝榮興業慶發財義剛鋒輝爾爲遠"
    "達連運過門開關陽長順須領頭題顏額風飄養館駱驍體魯鮮鳥鴻鵬麥點齊齡衛來倉個們倫優億儀準淑淩凱創劍劃動勁務勳勞區卻廠廳參雙葉號員問啟單喬團園圖圓"
    "聖場塊壯聲壽夢夾奧婦媽孌寧實寬對導將專尋層屬岡島峽崗嶺幫幣庫應廣廟彥徑從後復德態慶憲懷戰戲戶護擁擇擔據據攝數斌斕斷於時晉曉曄晝條枊柵棟森極構"
    "樂標樣樹橋機檢權歡歐歲歷殘殼毀決沖況沒淚淨淵潔潤濟濤灣瀾灘煒煉營爭爺牽狀猶獎獻現環瑤瑪瑩璽瓊甌產畢異當療癥發監盤礎礦禎禮禪種稱穎積穩窮競筆節"
    "篤簡糧糾紀約純紙紋納紐級紛紡緊綠綢維綱網綺綜縣縱總績繩織繞繪繼續缺罰習聖聞職聯聰肅腦臨興舉舊艷藝蒼莊華菸萊著蔭藍藥虛處虛蠻術衝補裝觀規視親覺"
    "訂計討訓記訪設許評詩詢該詳誌認誠語誤說誰課調談請論謀謙講證識譜議護讀變讓讚豐貝負財貢貨貫責貴貿費賀資賓賢賦質賴購贊趕躍車軌軒輕載較輔輪輸轉轟"
    "辦農迎這進遊違選遺遲邁還邊鄉醫釋鈞鈴鉅鉄銀銅銘鋼錄錦鎮鏡鐘鐵鑫鑒閃閉間闊陝陣陰隊際陸險隨隱雜難雞離電靈靜韋順預頌頓願類飛餘馳驗驚魏鳴黨龐",
    "张陈刘杨赵黄吴孙马罗郑谢韩冯萧叶苏卢蒋贾陆范钟谭廖邹龙万顾赖龚邵钱汤严华伟强军丽娟红兰丽凤国杰东飞云龙玉琼宝贵学胜荣兴业庆发财义刚锋辉尔为远"
    "达连运过门开关阳长顺须领头题颜额风飘养馆骆骁体鲁鲜鸟鸿鹏麦点齐龄卫来仓个们伦优亿仪准淑凌凯创剑划动劲务勋劳区却厂厅参双叶号员问启单乔团园图圆"
    "圣场块壮声寿梦夹奥妇妈娈宁实宽对导将专寻层属冈岛峡岗岭帮币库应广庙彦径从后复德态庆宪怀战戏户护拥择担据据摄数斌斓断于时晋晓晔昼条柳栅栋森极构"
    "乐标样树桥机检权欢欧岁历残壳毁决冲况没泪净渊洁润济涛湾澜滩炜炼营争爷牵状犹奖献现环瑶玛莹玺琼瓯产毕异当疗症发监盘础矿祯礼禅种称颖积稳穷竞笔节"
    "笃简粮纠纪约纯纸纹纳纽级纷纺紧绿绸维纲网绮综县纵总绩绳织绕绘继续缺罚习圣闻职联聪肃脑临兴举旧艳艺苍庄华烟莱着荫蓝药虚处虚蛮术冲补装观规视亲觉"
    "订计讨训记访设许评诗询该详志认诚语误说谁课调谈请论谋谦讲证识谱议护读变让赞丰贝负财贡货贯责贵贸费贺资宾贤赋质赖购赞赶跃车轨轩轻载较辅轮输转轰"
    "办农迎这进游违选遗迟迈还边乡医释钧铃钜铁银铜铭钢录锦镇镜钟铁鑫鉴闪闭间阔陕阵阴队际陆险随隐杂难鸡离电灵静韦顺预颂顿愿类飞余驰验惊魏鸣党庞",
)  # fmt: skip
SUFFIX = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]?|等\d*[人名]?$|本人$")
#: Signs part names always; 和, 与, 及 stand in names too and part only two whole ones.
SEVERAL = re.compile(r"[、，,；;/|]|(?<=^..)[和与及](?=.{2,4}$)|(?<=^...)[和与及](?=.{2,4}$)")
TITLE = re.compile(r"(先生|女士|小姐|同志|老师|师傅|老板|某某|某|\*+|X+|×+)+$", re.IGNORECASE)
FAMILIAR = re.compile(r"^[老小阿]([\u4e00-\u9fff])$")
CHINESE = re.compile(r"^[\u3400-\u9fff𠀀-𪿿]+$")
COLUMNS = ("name", "surname", "given", "is_mask", "mask_length", "sex_hint", "is_minority",
           "pinyin", "others")  # fmt: skip


def names(series: pd.Series) -> pd.DataFrame:
    """Standardise names.

    Args:
        series: names as written; missing stays missing.

    Returns:
        In the index of ``series``: name (standard text; of a mask only what shows), surname,
        given, is_mask, mask_length (characters of the whole name where the mask tells it),
        sex_hint (男, 女), is_minority (written with a dot), pinyin (without tones, surnames by
        their own readings), others (further names in the field, joined by ``|``).
    """
    distinct = series.dropna().unique()
    rows = [_parse(str(value)) for value in distinct]
    table = pd.DataFrame(rows, columns=list(COLUMNS), index=pd.Index(distinct, dtype=object))
    result = table.reindex(series.to_numpy(dtype=object)).set_axis(series.index)
    texts = ["name", "surname", "given", "sex_hint", "pinyin", "others"]
    result[texts] = result[texts].astype("str")
    for flag in ("is_mask", "is_minority"):
        result[flag] = result[flag].eq(True)
    result["mask_length"] = pd.to_numeric(result["mask_length"]).astype("Int64")
    return result


def _parse(raw: str) -> tuple[object, ...]:
    text = unicodedata.normalize("NFKC", raw).replace(" ", "").replace("\u3000", "")
    text = "".join(text.split()).translate(TRADITIONAL)
    text = SUFFIX.sub("", text)
    parts = [part for part in SEVERAL.split(text) if part] if len(text) > 3 else [text]
    first, others = (parts[0], "|".join(parts[1:]) or None) if parts else ("", None)
    dotted = any(dot in first for dot in DOTS)
    first = first.strip(DOTS)
    plain = "".join(character for character in first if character not in DOTS)
    if not plain:
        return (None, None, None, False, None, None, False, None, others)
    masked = _mask(plain)
    if masked is not None:
        surname, length, sex = masked
        return (surname, surname, None, True, length, sex, False, pinyin(surname), others)
    surname = surname_of(plain) if not dotted and len(plain) <= 4 else ""
    given = plain[len(surname) :] if surname else None
    reading = pinyin(plain) if CHINESE.match(plain) else plain.lower()
    return (plain, surname or None, given, False, None, None, dotted, reading, others)


def _mask(text: str) -> tuple[str, int | None, str | None] | None:
    """Surname, length of the whole name, sex of a masked name; None where it is none."""
    familiar = FAMILIAR.match(text)
    if familiar:
        return familiar[1], None, None
    found = TITLE.search(text)
    if not found or found.start() == 0:
        return None
    surname, mask = text[: found.start()], found[0]
    if len(surname) > 1 and surname not in COMPOUND_SURNAMES:
        # 王小先生: the whole name stands there, only a title was added.
        return None if "某" not in mask and "*" not in mask else (surname[0], None, None)
    sex = "女" if "女士" in mask or "小姐" in mask else "男" if "先生" in mask else None
    hidden = sum(mask.count(sign) for sign in "某*Xx×")
    return surname, len(surname) + hidden if hidden > 1 else None, sex


def surname_of(name: str) -> str:
    """The surname of a Han name: two characters where they are a known compound one."""
    if len(name) >= 3 and name[:2] in COMPOUND_SURNAMES:
        return name[:2]
    return name[:1] if len(name) >= 2 else ""


@lru_cache(maxsize=50_000)
def reading_of(character: str) -> str:
    """One character's commonest reading without tone; the character itself where none."""
    readings = PINYIN_DICT.get(ord(character))
    if readings is None:
        return character
    return str(convert(readings.split(",")[0], Style.NORMAL, strict=False))


def pinyin(name: str) -> str:
    """The name's reading, syllables joined by a space, surnames read as surnames.

    >>> pinyin("曾丽")
    'zeng li'
    """
    readings = [reading_of(character) for character in name]
    if readings and name[:2] not in COMPOUND_SURNAMES:
        readings[0] = SURNAME_READINGS.get(name[0], readings[0])
    return " ".join(readings)
