"""Organisations: core name without place and legal form, public hubs known as such."""

import re
import unicodedata

import pandas as pd

LEGAL_FORM = re.compile(
    r"(有限责任公司|股份有限公司|集团有限公司|有限公司|分公司|公司|集团|合作社|经营部"
    r"|个体工商户|门市部|商行)$"
)
PLACE_PREFIX = re.compile(
    r"^(甘肃省?)?(张掖市?)?(?:[\u4e00-\u9fff]{2,7}?(?:自治县|县|区|市|镇|乡))?"
)
HUB = re.compile(
    r"派出所|公安局|法院|检察院|司法所|政府|委员会|医院|卫生院|学校|中学|小学|热线|12345"
    r"|综治中心|调解委"
)
COLUMNS = ("name", "core", "legal_form", "is_public_hub")


def organisations(series: pd.Series) -> pd.DataFrame:
    """Standardise organisations.

    Returns:
        In the index of ``series``: name, core (without place prefix and legal form; the name
        where nothing else would be left), legal_form, is_public_hub.
    """
    distinct = series.dropna().unique()
    table = pd.DataFrame(
        [_parse(str(value)) for value in distinct],
        columns=list(COLUMNS),
        index=pd.Index(distinct, dtype=object),
    )
    result = table.reindex(series.to_numpy(dtype=object)).set_axis(series.index)
    result["is_public_hub"] = result["is_public_hub"].eq(True)
    texts = ["name", "core", "legal_form"]
    result[texts] = result[texts].astype("str")
    return result


def _parse(raw: str) -> tuple[str | None, str | None, str | None, bool]:
    name = re.sub(r"[\s（(].*$", "", unicodedata.normalize("NFKC", raw).strip())
    if not name:
        return None, None, None, False
    form = LEGAL_FORM.search(name)
    core = name[: form.start()] if form else name
    bare = PLACE_PREFIX.sub("", core)
    core = bare if len(bare) >= 2 else core
    return name, core or name, form[0] if form else None, bool(HUB.search(name))
