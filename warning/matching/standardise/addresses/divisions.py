"""Administrative divisions, provinces to towns: names to codes."""

import csv
import gzip
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

#: Peoples in the names of autonomous divisions; 各族 stands for several.
_PEOPLES = (
    "(?:(?:回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|"
    "土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|"
    "鄂伦春|赫哲|门巴|珞巴|基诺|蒙古|各)族|蒙古|哈萨克|柯尔克孜|塔吉克|达斡尔|鄂温克|鄂伦春)"
)
_COUNTY_ENDING = re.compile(rf"{_PEOPLES}*自治[县旗]$|[县区市旗]$")
_CITY_ENDING = re.compile(rf"{_PEOPLES}*自治州$|地区$|[市盟州]$")
_PROVINCE_ENDING = re.compile(r"(?:壮族|回族|维吾尔)?自治区$|特别行政区$|[省市]$")
_TOWN_ENDING = re.compile(r"(?:街道办事处|街道办|街道|(?:[一-龥]{1,4}族)?乡|镇|苏木)$")
#: Short forms that are more than the name without its ending.
_SHORT_FORMS = {
    "150121": "土左旗", "150221": "土右旗", "150223": "达茂旗", "150521": "科左中旗",
    "150522": "科左后旗", "150623": "鄂前旗", "150722": "莫力达瓦旗", "150723": "鄂伦春旗",
    "150724": "鄂温克旗", "150726": "新左旗", "150727": "新右旗", "150823": "乌前旗",
    "150824": "乌中旗", "150825": "乌后旗", "150826": "杭后旗", "150926": "察右前旗",
    "150927": "察右中旗", "150928": "察右后旗", "152221": "科右前旗", "152222": "科右中旗",
    "152523": "苏左旗", "152524": "苏右旗", "152525": "东乌旗", "152526": "西乌旗",
    "152921": "阿左旗", "152922": "阿右旗", "210921": "阜蒙县", "211324": "喀左县",
    "220721": "前郭县", "230624": "杜蒙县", "622926": "东乡", "654022": "察布查尔县",
}  # fmt: skip
_PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


def town_core(name: str) -> str:
    """A town's name without its ending: 新华镇, 新华乡 → 新华 (two characters remain at least)."""
    core = _TOWN_ENDING.sub("", name)
    return core if len(core) >= 2 else name


@dataclass(frozen=True)
class Divisions:
    """Names of divisions to codes: 2 digits province, 4 city, 6 county, 9 town."""

    provinces: dict[str, str]
    cities: dict[str, list[str]]
    counties: dict[str, list[str]]
    towns: dict[str, dict[str, str]]  #: county code → town core → town's full name
    names: dict[str, str]  #: code → full name
    city_towns: dict[str, dict[str, str]]  #: city code → town core → the only county with it
    town_counties: dict[str, tuple[str, ...]]  #: town's full name → codes of counties that have it
    openings: dict[str, tuple[int, ...]]  #: first two characters of a name above a town → lengths

    def towns_within(self, code: str) -> dict[str, str]:
        """Town cores of a county (6 digits) or of a whole city (4 digits)."""
        if len(code) >= 6:
            return self.towns.get(code[:6], {})
        return self.city_towns.get(code, {}) if len(code) == 4 else {}


def _read(name: str) -> bytes:
    return (resources.files("warning") / "config" / "lexicons" / name).read_bytes()


@lru_cache(maxsize=1)
def divisions() -> Divisions:
    """The divisions that the package carries, read once."""
    text = gzip.decompress(_read("divisions.csv.gz")).decode()
    found = Divisions({}, {}, {}, {}, {}, {}, {}, {})
    for row in csv.DictReader(io.StringIO(text)):
        code, name = row["code"], row["name"]
        found.names[code] = name
        if name in _PLACEHOLDERS:
            continue
        if len(code) == 2:
            found.provinces[name] = code
            found.provinces[_PROVINCE_ENDING.sub("", name)] = code
            # A municipality is its own city.
            if name.endswith("市"):
                found.cities.setdefault(name, []).append(code)
        elif len(code) == 4:
            for key in {name, _short(_CITY_ENDING, name)}:
                found.cities.setdefault(key, []).append(code)
        elif len(code) == 6:
            short = _SHORT_FORMS.get(code, name)
            for key in {name, _short(_COUNTY_ENDING, name), short}:
                found.counties.setdefault(key, []).append(code)
        else:
            core = town_core(name)
            found.towns.setdefault(code[:6], {})[core] = name
            found.town_counties[name] = (*found.town_counties.get(name, ()), code[:6])
            cities = found.city_towns.setdefault(code[:4], {})
            cities[core] = code[:6] if cities.get(core, code[:6]) == code[:6] else ""
    lengths: dict[str, set[int]] = {}
    for table in (found.provinces, found.cities, found.counties):
        for name in table:
            lengths.setdefault(name[:2], set()).add(len(name))
    found.openings.update({key: tuple(sorted(own, reverse=True)) for key, own in lengths.items()})
    return found


def _short(ending: re.Pattern[str], name: str) -> str:
    core = ending.sub("", name)
    return core if len(core) >= 2 else name
