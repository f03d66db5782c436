"""Made-up organisations, and the forms in which people write their names."""

from dataclasses import dataclass

from warning.demo.dice import Dice
from warning.demo.geography import COUNTIES, Geography

STEMS = (
    "鑫源", "宏达", "丝路", "祁连", "华安", "金张掖", "兴盛", "万家", "德顺", "瑞丰", "弱水", "黑河",
    "甘泉", "恒泰", "嘉禾", "丹霞", "润泽", "众诚", "天平", "陇原", "聚鑫", "永昌源", "大漠", "绿洲",
    "腾达", "昌盛", "河西", "福源", "正大", "锦程",
)  # fmt: skip
#: Trade → words of the business, legal forms.
TRADES = {
    "物业": (("物业服务", "物业管理"), ("有限公司", "有限责任公司")),
    "建筑": (("建筑工程", "建筑安装", "劳务"), ("有限公司", "有限责任公司")),
    "商贸": (("商贸", "家电", "百货", "汽车销售"), ("有限公司", "有限责任公司", "超市", "商行")),
}
A_TRADE = {"物业": 900, "建筑": 1100, "商贸": 900}  #: households for one organisation of the trade


@dataclass(frozen=True)
class Organisation:
    """A made-up organisation; its full name is prefix, stem, business, form."""

    organisation_id: str
    county: str
    trade: str
    prefix: str
    stem: str
    business: str
    form: str

    @property
    def name(self) -> str:
        """The registered name."""
        return self.prefix + self.stem + self.business + self.form


def make_organisations(city: Geography, dice: Dice) -> list[Organisation]:
    """Each county's companies, some named alike in two counties, and its hospital."""
    households = dict.fromkeys(COUNTIES, 0)
    for home in city.homes:
        households[home.county] += 1
    made: list[Organisation] = []
    for county, count in households.items():
        name = COUNTIES[county][0]
        for trade, (businesses, forms) in TRADES.items():
            stems = list(STEMS)
            for _ in range(min(len(STEMS), 3 + count // A_TRADE[trade])):
                stem = stems.pop(dice.below(len(stems)))
                prefix = "张掖市" if county == "620702" and dice.chance(0.7) else name
                made.append(
                    Organisation(f"O{len(made)}", county, trade, prefix, stem,
                                 dice.pick(businesses), dice.pick(forms))
                )  # fmt: skip
        hub = city.hubs[county][0]
        made.append(
            Organisation(f"O{len(made)}", county, "医院", hub.name.removesuffix("人民医院"), "人民",
                         "医院", "")
        )  # fmt: skip
    return made
