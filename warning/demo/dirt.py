"""The dirt of real records: every kind with its rate in one table, and the hand that spreads it.

[D] assumption: the rates are judged from what the field's forms ask for and what call takers can
know; they are not counted on real data.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from warning.demo.dice import Dice

Rates = Mapping[str, float]

#: Kind → the channel's rate ("": every other channel). A rate is the share of the values that
#: could get this dirt (a dot can only be lost where there is one).
TABLE: Final[Mapping[str, Rates]] = MappingProxyType(
    {
        # people's names
        "claimant_masked": {"": 0.08, "12345": 0.2, "诉调": 0.03, "网格": 0.06, "综治中心": 0.06},
        "respondent_masked": {"": 0.45, "诉调": 0.1, "警调": 0.3, "访调": 0.3},
        "claimant_unnamed": {"": 0.04, "12345": 0.08, "诉调": 0.0, "警调": 0.0, "访调": 0.0},
        "name_homophone": {"": 0.035, "诉调": 0.015},
        "name_lookalike": {"": 0.01},
        "name_space": {"": 0.025},
        "name_suffix": {"": 0.025},
        "minority_dot_lost": {"": 0.5},
        "minority_dot_other": {"": 0.1},
        # ID numbers
        "claimant_id_missing": {"": 0.55, "网格": 0.4, "综治中心": 0.35, "诉调": 0.15, "警调": 0.3,
                                "访调": 0.3},
        "respondent_id_missing": {"": 0.9, "诉调": 0.55, "警调": 0.7, "访调": 0.85},
        "id_digit_wrong": {"": 0.015},
        "id_transposed": {"": 0.01},
        "id_masked": {"": 0.06},
        "id_15": {"": 0.01},  # of those born before 2000
        "id_full_width": {"": 0.015},
        "id_lower_x": {"": 0.3},  # of those that end so
        # phones
        "claimant_phone_missing": {"": 0.12, "110": 0.05, "12345": 0.02, "诉调": 0.1},
        "respondent_phone_missing": {"": 0.7, "诉调": 0.45},
        "phone_old": {"": 0.08},  # of those who changed theirs
        "phone_helper": {"": 0.02, "网格": 0.08, "综治中心": 0.04, "诉调": 0.05},
        "phone_village": {"": 0.04},  # of villagers: the village's one shared phone
        "phone_hotline": {"": 0.0, "12345": 0.04, "警调": 0.05},  # the channel's own number
        "phone_separator": {"": 0.06},
        "phone_country_code": {"": 0.03},
        "phone_two": {"": 0.025},  # the household's other number in the same field
        "phone_digit_wrong": {"": 0.015},
        # addresses
        "address_missing": {"": 0.02, "12345": 0.06},
        "address_no_county": {"": 0.35},
        "address_no_town": {"": 0.2},
        "address_no_village_word": {"": 0.03},
        "address_no_number": {"": 0.25},  # of villages: the group at most
        "address_building": {"": 0.05},  # of compounds: the building at most
        "address_coarse": {"": 0.1},  # only the village or compound
        "address_town_only": {"": 0.01},
        "address_script": {"": 0.25},  # Chinese or full-width numerals
        "address_unit_form": {"": 0.3},  # 组 for 社, 栋 for 号楼, 3-2-501
        "address_nickname": {"": 0.12},
        "address_old_town": {"": 0.2},  # of the towns that were renamed
        "county_code_missing": {"": 0.03},
        "coordinates_missing": {"": 0.5},
        "coordinates_of_station": {"": 0.04},
        # organisations
        "organisation_no_prefix": {"": 0.4, "诉调": 0.1},
        "organisation_no_form": {"": 0.35, "诉调": 0.05},
        "organisation_short": {"": 0.08, "诉调": 0.0},  # stem and half of the business: 鑫源物业
        # reports
        "respondent_only_told": {"": 0.35, "诉调": 0.03, "警调": 0.1, "访调": 0.15},
        "neighbour_calls": {"": 0.0, "110": 0.1, "12345": 0.04, "网格": 0.04},
        "text_without_names": {"": 0.12, "诉调": 0.02},
        "second_channel": {"": 0.27},
        "second_call": {"": 0.08},  # another call to 110 about the same event within the hour
        "source_names_duplicate": {"": 0.4},  # of second calls to 110
        "source_names_related": {"": 0.15},  # of calls to 110 about a quarrel that 110 knows
        "late": {"": 0.03, "网格": 0.1, "综治中心": 0.08},  # days after it happened
        "occurred_missing": {"": 0.3},
        "outcome_missing": {"": 0.15},
        "exact_repeat": {"": 0.01},
        "corrected": {"": 0.012},
        "withdrawn": {"": 0.006},
        "unusable": {"": 0.002},
        "out_of_order": {"": 0.05},  # rows that stand elsewhere in the file than their time says
    }
)  # fmt: skip
#: Kinds that say what a channel asks for rather than what goes wrong: a clean city keeps them.
KEPT_WHEN_CLEAN = frozenset({"second_channel", "coordinates_missing"})


class Dirt:
    """The rates of one city.

    Args:
        scale: multiplies every rate (0 is a clean city); no rate exceeds 1.
        changes: kinds with one rate for every channel, in place of the table's.

    Raises:
        KeyError: a kind that the table does not have.
    """

    def __init__(self, scale: float = 1.0, **changes: float) -> None:
        unknown = sorted(set(changes) - set(TABLE))
        if unknown:
            raise KeyError(", ".join(unknown))
        self.table: dict[str, Rates] = {
            kind: {"": changes[kind]} if kind in changes else {
                channel: min(1.0, rate * (1.0 if kind in KEPT_WHEN_CLEAN else scale))
                for channel, rate in rates.items()
            }
            for kind, rates in TABLE.items()
        }  # fmt: skip

    def rate(self, kind: str, channel: str = "") -> float:
        """The share of ``channel``'s values that get this kind."""
        rates = self.table[kind]
        return rates.get(channel, rates[""])


class Hand:
    """The hand that writes reports down: draws each kind of dirt at its rate and keeps count.

    Attributes:
        channel: whose rates hold now.
        counts: kind → chances, hits, sum of the rates over the chances.
    """

    def __init__(self, dirt: Dirt, dice: Dice) -> None:
        self.dirt, self.dice, self.channel = dirt, dice, ""
        self.counts: dict[str, list[float]] = {kind: [0, 0, 0.0] for kind in TABLE}
        self._rates: dict[tuple[str, str], float] = {}

    def slips(self, kind: str) -> bool:
        """Whether this value gets this kind of dirt."""
        key = (kind, self.channel)
        rate = self._rates.get(key)
        if rate is None:
            rate = self._rates[key] = self.dirt.rate(kind, self.channel)
        hit = self.dice.roll() < rate
        count = self.counts[kind]
        count[0] += 1
        count[1] += hit
        count[2] += rate
        return hit
