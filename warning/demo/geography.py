"""The made-up city: real county codes and town names, invented villages, compounds and doors."""

from dataclasses import dataclass, field

from warning.demo.dice import Dice, cumulated

#: County code → name, share of the population, towns (the seat first, large ones before small).
COUNTIES = {
    "620702": ("甘州区", 0.42, (
        "东街街道", "南街街道", "西街街道", "北街街道", "梁家墩镇", "上秦镇", "大满镇", "沙井镇")),
    "620721": ("肃南裕固族自治县", 0.04, ("红湾寺镇", "皇城镇", "康乐镇", "马蹄藏族乡")),
    "620722": ("民乐县", 0.17, ("洪水镇", "六坝镇", "新天镇", "南古镇", "永固镇")),
    "620723": ("临泽县", 0.11, ("沙河镇", "新华镇", "蓼泉镇", "平川镇", "板桥镇")),
    "620724": ("高台县", 0.12, ("城关镇", "宣化镇", "南华镇", "巷道镇", "骆驼城镇")),
    "620725": ("山丹县", 0.14, ("清泉镇", "位奇镇", "霍城镇", "陈户镇", "大马营镇")),
}  # fmt: skip
#: Today's town → a made-up former name; ``config/lexicons/places.yaml`` lists them as renames.
OLD_TOWNS = {"上秦镇": "秦家湾乡", "大满镇": "满家堡乡", "新天镇": "天泉乡", "蓼泉镇": "蓼湖乡",
             "南华镇": "华音堡乡", "位奇镇": "位家庄乡"}  # fmt: skip
VILLAGE_HEADS = ("大", "小", "上", "下", "东", "西", "南", "北", "李家", "王家", "张家", "马家",
                 "高家", "赵家", "杨家", "五里", "柳树", "石头", "沙", "双")  # fmt: skip
VILLAGE_TAILS = ("寨", "湾", "沟", "墩", "泉", "坝", "庄", "营", "滩", "台", "窑", "渠")
VILLAGE_WISHES = ("向阳", "红旗", "新民", "永丰", "前进", "胜利", "五星", "团结", "光明", "永星")
COMPOUND_HEADS = "锦金丹滨盛康鼎华瑞明玉甘润馨泰福天紫翠阳"
COMPOUND_TAILS = "绣源霞河世宁丰宇景珠水泽安兴祥和达隆光月"
COMPOUND_KINDS = ("花园", "小区", "家园", "佳苑", "名苑", "公寓")
OFFICES = ("粮食局", "水务局", "供销社", "运输公司", "农机厂", "教育局")
#: Places where unrelated people meet: the name's end, nicknames, share of a county's hub events.
HUBS = (
    ("人民医院", ("县医院", "县人民医院", "医院"), 0.3), ("汽车站", ("车站", "客运站"), 0.15),
    ("农贸市场", ("菜市场", "市场"), 0.25), ("人民广场", ("广场", "中心广场"), 0.15),
    ("第一中学", ("一中", "县一中"), 0.15),
)  # fmt: skip
HUB_SHARES = cumulated(share for _, _, share in HUBS)
DOORS_A_VILLAGE, DOORS_A_COMPOUND = 420, 560


@dataclass(frozen=True)
class Place:
    """A named place above the door: town, village, compound or hub (poi)."""

    place_id: str
    grain: str
    county: str
    town: str
    name: str
    longitude: float
    latitude: float
    nicknames: tuple[str, ...] = ()


@dataclass(frozen=True)
class Home:
    """A door where people live; numbers are as built, not as written.

    Attributes:
        area: the village or the compound.
        group, number: the villagers' group (社) and the house; 0 in compounds.
        building, unit, room: 0 in villages.
    """

    area: Place
    group: int = 0
    number: int = 0
    building: int = 0
    unit: int = 0
    room: int = 0

    @property
    def county(self) -> str:
        """The county's six digits."""
        return self.area.county

    @property
    def town(self) -> str:
        """The town's name of today."""
        return self.area.town

    @property
    def is_village(self) -> bool:
        """Whether the door is in a village."""
        return self.area.grain == "village"

    @property
    def inner(self) -> str:
        """The place between area and door: the group or the building."""
        return f"{self.area.place_id}-{self.group or self.building}"

    @property
    def place_id(self) -> str:
        """The door's own."""
        door = self.number if self.is_village else f"{self.unit}-{self.room}"
        return f"{self.inner}-{door}"

    @property
    def town_id(self) -> str:
        """The town's place."""
        return self.area.place_id.partition(self.area.grain[0].upper())[0]

    @property
    def spot(self) -> tuple[float, float]:
        """Longitude and latitude in degrees."""
        east = self.group * 7 + self.number % 9 if self.is_village else self.building
        north = self.number // 9 if self.is_village else self.unit
        return self.area.longitude + east * 2e-4, self.area.latitude + north * 2e-4


@dataclass
class Geography:
    """All places of the city.

    Attributes:
        towns, areas, hubs: by county code.
        homes: one a household, in no order.
    """

    towns: dict[str, list[Place]] = field(default_factory=dict)
    areas: dict[str, list[Place]] = field(default_factory=dict)
    hubs: dict[str, list[Place]] = field(default_factory=dict)
    homes: list[Home] = field(default_factory=list)

    def named(self) -> list[Place]:
        """Towns, then villages and compounds, then hubs."""
        groups = (self.towns, self.areas, self.hubs)
        return [place for by_county in groups for places in by_county.values() for place in places]


def make_geography(households: int, dice: Dice) -> Geography:
    """Counties by population, towns by a falling share, then villages, compounds and doors."""
    city = Geography()
    for number, (county, (_, share, towns)) in enumerate(COUNTIES.items()):
        east, north = 99.4 + 0.33 * number, 39.3 - 0.17 * number
        shares = [1 / (rank + 2) for rank in range(len(towns))]
        taken: set[str] = set()
        city.towns[county], city.areas[county] = [], []
        for rank, town in enumerate(towns):
            place = Place(f"T{county}{rank}", "town", county, town, town,
                          east + dice.between(-0.15, 0.15), north + dice.between(-0.1, 0.1))  # fmt: skip
            city.towns[county].append(place)
            count = max(1, round(households * share * shares[rank] / sum(shares)))
            _settle(city, place, count, rank, taken, dice)
        seat = city.towns[county][0]
        name = COUNTIES[county][0] if county != "620702" else "张掖市"
        city.hubs[county] = [
            Place(f"H{county}{k}", "poi", county, seat.town, name + tail, seat.longitude + k * 3e-3,
                  seat.latitude, nicknames if county != "620702" else ("市医院", "市人民医院")
                  if k == 0 else tuple(nick.removeprefix("县") for nick in nicknames))
            for k, (tail, nicknames, _) in enumerate(HUBS)
        ]  # fmt: skip
    return city


def _settle(
    city: Geography, town: Place, count: int, rank: int, taken: set[str], dice: Dice
) -> None:
    """Give the town its villages and compounds, and them ``count`` households."""
    urban = 1.0 if town.name.endswith("街道") else 0.65 if rank == 0 else 0.08
    flats = round(count * urban)
    areas: list[tuple[Place, int]] = []
    for grain, total, doors in (
        ("compound", flats, DOORS_A_COMPOUND), ("village", count - flats, DOORS_A_VILLAGE)
    ):  # fmt: skip
        if not total:
            continue
        number = max(1, min(16, round(total / doors * 2) + 2))
        sizes = [dice.gamma(2.0) + 0.1 for _ in range(number)]
        for size in sizes:
            name = _area_name(grain, taken, dice)
            area = Place(
                f"{town.place_id}{grain[0].upper()}{len(areas)}", grain, town.county, town.name,
                name, town.longitude + dice.between(-0.06, 0.06),
                town.latitude + dice.between(-0.05, 0.05),
                _nicknames(name),
            )  # fmt: skip
            taken.update(area.nicknames)
            areas.append((area, max(1, round(total * size / sum(sizes)))))
    for area, households in areas:
        city.areas[town.county].append(area)
        groups = 4 + dice.below(8)
        blocks = 2 + min(28, households // 16)
        for _ in range(households):
            if area.grain == "village":
                city.homes.append(
                    Home(area, 1 + dice.below(groups), 1 + dice.below(30 + households // groups))
                )
            else:
                floor = 1 + dice.below(6)
                city.homes.append(
                    Home(area, building=1 + dice.below(blocks), unit=1 + dice.below(4),
                         room=floor * 100 + 1 + dice.below(3))
                )  # fmt: skip


def _area_name(grain: str, taken: set[str], dice: Dice) -> str:
    """A name that the county does not have yet, but for a village now and then."""
    for _ in range(200):
        if grain == "compound":
            stem = dice.pick(COMPOUND_HEADS) + dice.pick(COMPOUND_TAILS)
            name = stem if stem in taken else stem + dice.pick(COMPOUND_KINDS)
            if dice.chance(0.12):
                name = dice.pick(OFFICES) + "家属院"
        elif dice.chance(0.2):
            name = dice.pick(VILLAGE_WISHES) + "村"
        else:
            name = dice.pick(VILLAGE_HEADS) + dice.pick(VILLAGE_TAILS) + "村"
        if name not in taken or (grain == "village" and dice.chance(0.04)):
            break
    taken.add(name)
    return name


def _nicknames(name: str) -> tuple[str, ...]:
    """What people call a compound: 粮食局家属院 → 粮食局院, 锦绣花园 → 锦绣; of a village nothing."""
    if name.endswith("家属院"):
        return (name.removesuffix("家属院") + "院",)
    for kind in COMPOUND_KINDS:
        stem = name.removesuffix(kind)
        if stem != name and len(stem) >= 2:
            return (stem,)
    return ()
