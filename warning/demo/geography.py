"""The made-up city: real county codes and town names, invented villages, compounds and rooms."""

from dataclasses import dataclass

import numpy as np

#: County code → name, weight of its population, towns.
COUNTIES = {
    "620702": ("甘州区", 0.42, (
        "东街街道", "南街街道", "西街街道", "北街街道", "梁家墩镇", "上秦镇", "大满镇", "沙井镇")),
    "620721": ("肃南裕固族自治县", 0.04, ("红湾寺镇", "皇城镇", "康乐镇", "马蹄藏族乡")),
    "620722": ("民乐县", 0.17, ("洪水镇", "六坝镇", "新天镇", "南古镇", "永固镇")),
    "620723": ("临泽县", 0.11, ("沙河镇", "新华镇", "蓼泉镇", "平川镇", "板桥镇")),
    "620724": ("高台县", 0.12, ("城关镇", "宣化镇", "南华镇", "巷道镇", "骆驼城镇")),
    "620725": ("山丹县", 0.14, ("清泉镇", "位奇镇", "霍城镇", "陈户镇", "大马营镇")),
}  # fmt: skip
VILLAGE_STEMS = (
    "大寨", "向阳", "红旗", "新民", "永丰", "双泉", "柳树", "沙坡", "东湾", "西湾",
    "上河", "下河", "石岗", "五里墩", "高家庄", "马家寨", "李家堡", "王家沟", "前进", "胜利",
)  # fmt: skip
COMPOUND_STEMS = (
    "锦绣", "阳光", "祥和", "金源", "丹霞", "滨河", "盛世", "康宁", "鼎丰", "西苑", "东盛",
    "华宇", "瑞景", "明珠", "新世纪",
)  # fmt: skip
COMPOUND_KINDS = ("花园", "小区", "家园", "嘉园")
#: Hubs stand in every county: name and nickname.
HUBS = (("人民医院", "县医院"), ("汽车站", "车站"), ("农贸市场", "菜市场"), ("人民广场", "广场"))


@dataclass(frozen=True)
class Home:
    """A place where people live; numbers are as built, not as written."""

    place_id: str
    county: str
    town: str
    village: str  #: empty in towns
    group: int
    number: int
    compound: str  #: empty in villages
    building: int
    unit: int
    room: int


def make_homes(count: int, random: np.random.Generator) -> list[Home]:
    """``count`` homes over the counties by population; a third of them in compounds."""
    codes = list(COUNTIES)
    weights = np.array([COUNTIES[code][1] for code in codes])
    homes = []
    for k, code in enumerate(random.choice(len(codes), count, p=weights / weights.sum())):
        county = codes[code]
        towns = COUNTIES[county][2]
        t = int(random.integers(len(towns)))
        town = towns[t]
        urban = town.endswith("街道") or (t == 0 and random.random() < 0.7)
        if urban:
            stem = COMPOUND_STEMS[int(random.integers(len(COMPOUND_STEMS)))]
            kind = COMPOUND_KINDS[(t + COMPOUND_STEMS.index(stem)) % len(COMPOUND_KINDS)]
            room = int(random.integers(1, 7)) * 100 + int(random.integers(1, 3))
            home = Home(f"L{k}", county, town, "", 0, 0, stem + kind, int(random.integers(1, 16)),
                        int(random.integers(1, 5)), room)  # fmt: skip
        else:
            stem = VILLAGE_STEMS[(t * 4 + int(random.integers(4))) % len(VILLAGE_STEMS)]
            home = Home(f"L{k}", county, town, f"{stem}村", int(random.integers(1, 9)),
                        int(random.integers(1, 80)), "", 0, 0, 0)  # fmt: skip
        homes.append(home)
    # Two draws of the same door are the same place.
    seen: dict[tuple[object, ...], str] = {}
    result = []
    for home in homes:
        door = tuple(vars(home).values())[1:]
        result.append(Home(seen.setdefault(door, home.place_id), *door))
    return result
