"""Splink's specification of Chinese parties, with the cleaning and blocking of ours."""

from typing import Any

COLUMNS = ["unique_id", "name", "full_name", "is_mask", "family", "pinyin", "plain_id",
           "birth_date", "phone", "sex", "place_id", "county_code", "category_code"]  # fmt: skip


def level(sql: str, label: str, **more: Any) -> dict[str, Any]:
    """One comparison level."""
    return {"sql_condition": sql, "label_for_charts": label, **more}


def missing(column: str) -> dict[str, Any]:
    """The null level."""
    return level(f"{column}_l IS NULL OR {column}_r IS NULL", "null", is_null_level=True)


def equal(column: str, **more: Any) -> dict[str, Any]:
    """The level of equality."""
    return level(f"{column}_l = {column}_r", "equal", **more)


def comparison(name: str, *levels: dict[str, Any]) -> dict[str, Any]:
    """A comparison that ends in disagreement."""
    return {
        "output_column_name": name,
        "comparison_levels": [*levels, level("ELSE", "different")],
    }


def settings(retain: bool = False) -> tuple[Any, list[Any], list[Any]]:
    """Settings, deterministic rules and training rules."""
    from splink import SettingsCreator, block_on

    comparisons = [
        comparison(
            "name", missing("name"),
            level("full_name_l = full_name_r", "equal", tf_adjustment_column="full_name"),
            level("full_name_l IS NOT NULL AND full_name_r IS NOT NULL AND pinyin_l = pinyin_r",
                  "same sound"),
            level("(is_mask_l OR is_mask_r) AND family_l = family_r", "mask fits"),
        ),
        comparison(
            "id", missing("plain_id"), equal("plain_id"),
            level("damerau_levenshtein(plain_id_l, plain_id_r) <= 1", "one slip"),
            level("birth_date_l = birth_date_r", "birth date"),
        ),
        comparison("phone", missing("phone"), equal("phone")),
        comparison("sex", missing("sex"), equal("sex")),
        comparison("place", missing("place_id"),
                   equal("place_id", tf_adjustment_column="place_id")),
        comparison("county", missing("county_code"), equal("county_code")),
        comparison("kind", missing("category_code"), equal("category_code")),
    ]  # fmt: skip
    blocking = [("plain_id",), ("phone",), ("pinyin", "county_code"), ("pinyin", "place_id"),
                ("family", "birth_date"), ("family", "place_id")]  # fmt: skip
    made = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="unique_id", comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*one) for one in blocking],
        retain_intermediate_calculation_columns=retain,
    )  # fmt: skip
    sure = [block_on("plain_id"), block_on("full_name", "phone")]
    return made, sure, [block_on("full_name", "county_code"), block_on("phone")]
