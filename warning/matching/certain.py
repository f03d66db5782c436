"""Which mentions are one person beyond doubt: by a valid ID number, or a phone with a name."""

import numpy as np
import pandas as pd

from warning.matching.linker.clustering import Integers
from warning.matching.linker.table import Codes

#: A phone that more surnames call from than a household has is the line of a desk.
SURNAMES = 3
#: What is equal where a name is masked in the same way.
MASK = ("phone", "name", "given", "mask_length", "sex", "id_number")


def certain_people(frame: pd.DataFrame) -> Codes:
    """A code of each mention that is certain; mentions of one code are one person.

    * A valid ID number and the name, as written (王某 of one number is one, 王建国 of it another:
      whether they are one is for the evidence to say; so is a number that was copied to another).
    * A whole name, a phone and whatever else stands for an ID number, equal; where there is none
      and the name with the phone stands beside one valid number, that one's. Beside two it is
      nobody's for certain.
    * A surname that is masked in the same way (罗女士), with a phone in a county: how a hotline
      writes down who calls it; and no name at all with the phone of one who is named elsewhere,
      at one place. Not so where the phone is a desk's, or where two whole names that sound
      different, two valid numbers or (罗某) both sexes stand with it and the surname.

    Args:
        frame: valid_id, full_name, family, pinyin, county_code, place_id and the columns of
            :data:`MASK`, one row a mention.

    Returns:
        Codes from 0, −1 where nothing is certain.
    """
    number, name, full, phone, told = (
        pd.factorize(frame[column])[0].astype(np.int64)
        for column in ("valid_id", "name", "full_name", "phone", "id_number")
    )
    size = len(frame)
    by_number = np.where((number >= 0) & (name >= 0), _paired(number, name), -1)
    called = np.where((full >= 0) & (phone >= 0), _paired(full, phone), -1)
    by_phone = np.where((called >= 0) & (number < 0), _paired(called, told), -1)
    beside = pd.DataFrame({"called": called, "number": number, "code": by_number})
    beside = beside[(called >= 0) & (number >= 0)].drop_duplicates()
    numbers = beside.groupby("called")["code"].agg(["size", "first"])
    sizes, first = (numbers[name].reindex(called, fill_value=-1).to_numpy() for name in numbers)
    bare = (by_phone >= 0) & (told < 0)
    code = np.where(by_number >= 0, by_number, by_phone + by_number.max(initial=-1) + 1)
    code[(by_number < 0) & (by_phone < 0)] = -1
    code[bare & (sizes == 1)] = first[bare & (sizes == 1)]
    code[bare & (sizes > 1)] = -1
    by_part = _partly_named(frame)
    partly = (by_part >= 0) & (number < 0)
    code[partly] = by_part[partly] + code.max(initial=-1) + 1
    found = np.full(size, -1, np.int32)
    known = code >= 0
    found[known] = pd.factorize(code[known])[0]
    return found


def _partly_named(frame: pd.DataFrame) -> Integers:
    """A code of each row with a masked name or none whose phone is one person's, −1 for others."""
    found = np.full(len(frame), -1, np.int64)
    full = frame["full_name"].notna()
    phones = frame.loc[~full & frame["phone"].notna(), "phone"].unique()
    at = np.flatnonzero(frame["phone"].isin(phones))
    if not len(at):
        return found
    near = frame.iloc[at].assign(sound=frame["pinyin"].where(full), partly=~full)
    near = near.reset_index(drop=True)
    surnames = near.groupby("phone")["family"].transform("nunique").to_numpy()
    masked = near["partly"] & near["name"].notna() & _is_one(near, ["phone", "family"])
    masked &= surnames <= SURNAMES
    alone = near["partly"] & near["name"].isna() & near["place_id"].notna()
    alone &= _is_one(near, ["phone"]) & (surnames == 1)
    groups = near["place_id"].where(alone.astype(bool), near["county_code"])
    rows = (masked | alone).to_numpy(bool)
    told = near.loc[rows, list(MASK)].assign(where=groups[rows])
    found[at[rows]] = told.groupby(list(told), dropna=False, sort=False).ngroup().to_numpy()
    return found


def _is_one(rows: pd.DataFrame, by: list[str]) -> "pd.Series[bool]":
    """Whether no two names that sound different, numbers or sexes stand in the row's group.

    Whoever is of the other sex than the row is somebody else, who does not matter.
    """
    told = ["sex", "sound", "valid_id"]
    most = rows.groupby(by, dropna=False)[told].transform("nunique").max(axis=1)
    for sex in rows["sex"].dropna().unique():
        near = rows[rows["sex"].isna() | (rows["sex"] == sex)]
        own = near.groupby(by, dropna=False)[told].transform("nunique").max(axis=1)
        most[near.index[near["sex"].notna()]] = own[near["sex"].notna()]
    return most <= 1


def _paired(one: Integers, other: Integers) -> Integers:
    """One number for each pair of codes (−1 for none is a code, too)."""
    return (one + 1) * (int(other.max(initial=-1)) + 2) + other + 1
