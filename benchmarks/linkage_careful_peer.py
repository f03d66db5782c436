"""Splink as a careful analyst would use it on Chinese parties: ordinary cleaning, nothing of ours.

Names to half width and simplified characters, spaces, dots and forms of address cut, masks read as
a surname alone; pinyin by pypinyin; digits of phones and ID numbers; addresses without province,
city, county and town, numerals and house numbers in one form. (The table of traditional characters
is ours: Splink brings none and a careful analyst would use one.)
"""

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
from linkage_person_peer import comparison, equal, level, missing
from pypinyin import lazy_pinyin

from warning.matching.standardise.lexicons import simplified
from warning.records import RECORD

TITLES = re.compile(r"(先生|女士|小姐|同志|师傅|老师|老板|大爷|大妈|阿姨|大哥|大姐)$")
DROPPED = re.compile(r"[\s·•．.・‧∙●⋅･▪]|[（(].*?[）)]")
MASKED = re.compile(r"[某*＊Xx×?？]")
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "尉迟", "皇甫", "慕容", "令狐", "夏侯", "东方")
DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")
#: A phone on more whole names than this is a switchboard.
NAMES_A_PHONE = 8
COLUMNS = ["unique_id", "name", "surname", "given", "pinyin", "id_number", "birth_date", "sex",
           "phone", "address", "house", "area", "county_code", "town", "kind"]  # fmt: skip


def _plain(text: Any) -> str:
    return "" if pd.isna(text) else unicodedata.normalize("NFKC", str(text)).strip()


def _name(text: Any) -> tuple[str | None, str | None, str | None, str | None]:
    """Whole name, surname, given name, pinyin; a mask or a form of address leaves the surname."""
    plain = DROPPED.sub("", _plain(text).translate(simplified()))
    bare = TITLES.sub("", plain)
    if not bare or bare in ("无", "不详", "未知", "匿名", "无名氏"):
        return None, None, None, None
    if re.fullmatch(r"[老小].", bare):
        return None, bare[1], None, None
    surname = bare[:2] if bare.startswith(COMPOUND) else bare[0]
    if MASKED.search(bare) or len(bare) == len(surname):
        return None, surname, None, None
    return bare, surname, bare[len(surname) :], " ".join(lazy_pinyin(bare))


def _id(text: Any) -> str | None:
    found = re.sub(r"[^0-9X]", "", _plain(text).upper())
    return found if len(found) in (15, 18) and "*" not in _plain(text) else None


def _phone(text: Any) -> str | None:
    digits = re.sub(r"[^0-9]", "", re.split(r"[、,;/，；]", _plain(text) or "")[0])
    digits = re.sub(r"^(0086|86)(?=1\d{10}$)", "", digits)
    return digits if len(digits) >= 7 and len(set(digits)) > 2 else None


def _number(match: re.Match[str]) -> str:
    """A Chinese numeral below a hundred, or digit by digit, as digits."""
    text = match[0]
    if "十" in text:
        tens, _, ones = text.partition("十")
        return str(10 * int(tens.translate(DIGITS) or 1) + int(ones.translate(DIGITS) or 0))
    return text.translate(DIGITS)


def _address(text: Any) -> tuple[str | None, str | None, str | None]:
    """Address without what stands above the village or compound; its house numbers; its area."""
    plain = re.sub(r"\s", "", _plain(text).translate(simplified()))
    plain = re.sub(r"^[^省]{1,4}省", "", plain)
    plain = re.sub(r"^[^市]{1,4}市(?=.*[县区镇乡村组社号])", "", plain)
    plain = re.sub(r"^[^县区小]{1,9}(自治县|县|(?<!小)区)(?=.{2})", "", plain)
    plain = re.sub(r"^[^镇乡]{1,6}(街道办事处|街道|镇|乡)(?=.{2})", "", plain)
    plain = re.sub(r"[零〇一二三四五六七八九十]+(?=[号组社栋楼幢单室小层排])", _number, plain)
    plain = re.sub(r"(号楼|栋|幢|号院|单元|组|社|小组|-)", "-", plain)
    plain = re.sub(r"(号|室|户)$", "", plain)
    if not plain:
        return None, None, None
    numbers = re.findall(r"\d+", plain)
    area = re.sub(r"[\d\-].*$", "", plain) or None
    house = "-".join([area or "", *numbers]) if numbers and area else None
    return plain, house, area


def _spread(series: pd.Series, read: Any, names: tuple[str, ...]) -> pd.DataFrame:
    """``read`` on distinct values, as columns."""
    values = {value: read(value) for value in series.dropna().unique()}
    nothing = (None,) * len(names)
    rows = [values.get(value, nothing) for value in series]
    return pd.DataFrame(rows, columns=list(names), index=series.index).astype("str")


def cleaned(parties: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``parties`` with :data:`COLUMNS`, cleaned by ordinary means.

    Args:
        parties: channel, record_id, name, id_number, phone, gender, address (as written).
        records: channel, record_id, address, county_code, town, category_code.
    """
    frame = _spread(parties["name"], _name, ("name", "surname", "given", "pinyin"))
    frame["id_number"] = parties["id_number"].map(_id).astype("str")
    whole = frame["id_number"].str.len() == 18
    frame["birth_date"] = frame["id_number"].str.slice(6, 14).where(whole)
    odd = frame["id_number"].str.slice(16, 17).str.match(r"[13579]").astype("boolean")
    derived = odd.map({True: "男", False: "女"}).astype("str").where(whole)
    frame["sex"] = parties["gender"].str.slice(0, 1).fillna(derived)
    hint = parties["name"].astype("str")
    frame["sex"] = frame["sex"].fillna(
        pd.Series(np.where(hint.str.contains("先生", na=False), "男",
                           np.where(hint.str.contains("女士|小姐", na=False), "女", None)),
                  index=frame.index, dtype="str"))  # fmt: skip
    frame["phone"] = parties["phone"].map(_phone).astype("str")
    spread = frame.groupby("phone")["name"].nunique()
    frame["phone"] = frame["phone"].where(~frame["phone"].map(spread).gt(NAMES_A_PHONE))
    where = parties[RECORD].merge(records, on=RECORD, how="left").set_axis(parties.index)
    text = where["address"]
    if "address" in parties.columns:
        text = text.fillna(parties["address"])
    frame[["address", "house", "area"]] = _spread(text, _address, ("address", "house", "area"))
    frame["county_code"], frame["kind"] = where["county_code"], where["category_code"]
    told = text.str.extract(r"([^省市县区镇乡]{1,6}(?:街道|镇|乡))")[0]
    frame["town"] = where["town"].fillna(told).astype("str")
    frame["unique_id"] = np.arange(len(frame))
    return frame[COLUMNS].reset_index(drop=True)


def settings() -> tuple[Any, list[Any], list[Any]]:
    """Settings, deterministic rules and training rules."""
    from splink import SettingsCreator, block_on

    comparisons = [
        comparison(
            "name", missing("surname"),
            level("name_l = name_r", "equal", tf_adjustment_column="name"),
            level("pinyin_l = pinyin_r", "same sound", tf_adjustment_column="pinyin"),
            level("(name_l IS NULL OR name_r IS NULL) AND surname_l = surname_r", "only surname",
                  tf_adjustment_column="surname"),
            level("name_l IS NOT NULL AND name_r IS NOT NULL "
                  "AND jaro_winkler_similarity(name_l, name_r) >= 0.8", "alike"),
            level("surname_l = surname_r", "surname"),
        ),
        comparison(
            "id", missing("id_number"), equal("id_number"),
            level("damerau_levenshtein(id_number_l, id_number_r) <= 1", "one slip"),
            level("damerau_levenshtein(id_number_l, id_number_r) <= 2", "two slips"),
            level("birth_date_l = birth_date_r", "birth date"),
        ),
        comparison("phone", missing("phone"), equal("phone", tf_adjustment_column="phone"),
                   level("damerau_levenshtein(phone_l, phone_r) <= 1", "one slip")),
        comparison("sex", missing("sex"), equal("sex")),
        comparison(
            "address", missing("address"),
            level("house_l = house_r", "same house", tf_adjustment_column="house"),
            level("address_l = address_r", "equal", tf_adjustment_column="address"),
            level("jaro_winkler_similarity(address_l, address_r) >= 0.95", "nearly equal"),
            level("area_l = area_r", "same area", tf_adjustment_column="area"),
            level("jaro_winkler_similarity(address_l, address_r) >= 0.85", "alike"),
            level("town_l = town_r", "same town"),
        ),
        comparison("county", missing("county_code"), equal("county_code")),
        comparison("kind", missing("kind"), equal("kind")),
    ]  # fmt: skip
    blocking = [("id_number",), ("phone",), ("pinyin", "county_code"), ("name", "area"),
                ("surname", "birth_date"), ("surname", "house"), ("given", "house"),
                ("surname", "area", "kind")]  # fmt: skip
    made = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="unique_id", comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*one) for one in blocking],
    )  # fmt: skip
    sure = [block_on("id_number"), block_on("name", "phone"), block_on("name", "house")]
    return made, sure, [block_on("name", "county_code"), block_on("phone"), block_on("id_number")]
