"""One form for the characters of an address, with every character's place in the raw text."""

import re
import unicodedata

#: Characters of an address that are read.
LONGEST = 400
#: A break: punctuation between two parts, which no name may cross.
BREAK = "|"

_SIMPLE = dict(
    zip(
        "號樓棟單層區縣鎮鄉莊園廣東華門內臺灣雲龍寧蘇陽陰對麗興業廠學醫處場車橋灘溝嶺衛慶萬馬組隊戶閣廳舊後與縱橫環濱灣廈賓館廟鐵順義會",
        "号楼栋单层区县镇乡庄园广东华门内台湾云龙宁苏阳阴对丽兴业厂学医处场车桥滩沟岭卫庆万马组队户阁厅旧后与纵横环滨湾厦宾馆庙铁顺义会",
        strict=True,
    )
)
_TABLE = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | _SIMPLE
    | dict.fromkeys("—–－﹣~～−‐‑―", "-")
    | {"＃": "#", "\u3000": " ", "○": "〇", "Ｏ": "O"}
)
_SIGNS = re.compile(r"[^\w#|-]|_")
#: The brackets of a numbered village: 萨依巴格乡(15)村 is its village 15.
_NUMBERED = re.compile(
    r"(?P<open>[(（])(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?P<close>[)）])(?=村)"
)
#: Where a kilometre stake has its metres: 2730公里+200米, K45+300; and its decimals: 45.3公里.
_STAKE_SIGN = re.compile(
    r"(?:(?<=[\d里MmＭｍ])[+＋]|(?<=\d)[.．](?=\d{1,3}\s?(?:公里|km|KM|Km|ｋｍ|ＫＭ)))\s?(?=\d)"
)
#: Signs that part two names; other signs (spaces, quotes, dots) are passed over.
_BREAKS = frozenset(",，;；:：、()（）[]【】。/\\_<>《》")


def normalised(text: str) -> tuple[str, list[int] | None]:
    """The text in one form and, for each of its characters, the place in the raw text.

    Full-width forms, dashes, traditional characters of address words and small letters become
    one form; spaces and quotes go, other punctuation becomes a break. Places are None where
    character k of the result is character k of the text.
    """
    text = text[:LONGEST]
    plain = text.translate(_TABLE).upper()
    is_aligned = len(plain) == len(text) and unicodedata.is_normalized("NFKC", plain)
    if is_aligned and not _SIGNS.search(plain):
        return plain, None
    found: list[str] = []
    places: list[int] = []
    passed = {match.start(name) for match in _NUMBERED.finditer(text) for name in ("open", "close")}
    pieces = plain if is_aligned else map(_folded, text)
    for place, piece in enumerate(pieces):
        if place in passed:
            continue
        for one in piece:
            if one in "+." and found and _STAKE_SIGN.match(text, place):
                # 2730公里+200米, K45+300 and 45.3公里: what is behind the kilometre.
                one = "-"
            elif one in _BREAKS:
                # 3_2 and 3/2 are numbers with a dash, not a break between two names.
                one = "-" if one in "_/" and found and found[-1].isdigit() else BREAK
            elif not (one.isalnum() or one in "#-|"):
                continue
            if one in "-|" and (not found or found[-1] in "-|"):
                continue
            found.append(one)
            places.append(place)
    while found and found[-1] in "-|":
        found.pop()
        places.pop()
    return "".join(found), places


def _folded(raw: str) -> str:
    """One raw character in one form; none, one or several characters (㎡ is M2)."""
    folded = unicodedata.normalize("NFKC", raw.translate(_TABLE)).upper()
    return unicodedata.normalize("NFKC", folded).translate(_TABLE)


def generic_tokens(text: str) -> list[str]:
    """Words and numbers of a text in any script, in one case and width."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text[:LONGEST]).upper())
