"""One specification for people in English-like tables, used unchanged on every public set.

Written once by judgement; the threshold is the neutral one (a link is likelier than not), so that
nothing is fixed on the truth of any set. Columns a set lacks are missing everywhere.
"""

import pandas as pd

from warning import Specification
from warning.matching.linker import rule
from warning.matching.linker.comparisons import dates, equality, part_of_name, similar

#: A set's own column → the specification's.
COLUMNS = {
    "first_name": "given_name",
    "dob": "birth_date",
    "date_of_birth": "birth_date",
    "birth_place": "town",
    "city": "town",
    "suburb": "town",
    "postcode_fake": "postcode",
    "gender": "sex",
    "address_1": "street",
    "soc_sec_id": "number",
}


def without_dashes(frame: pd.DataFrame) -> pd.DataFrame:
    """Birth dates as eight digits, so that a cut of them is a year or a month."""
    if "birth_date" not in frame:
        return frame
    return frame.assign(birth_date=frame["birth_date"].str.replace("-", ""))


PERSON = Specification(
    comparisons=(
        part_of_name("given", "given_name", "surname", frequency="given_name", most=12),
        part_of_name("surname", "surname", "given_name", frequency="surname", most=14),
        dates("birth", "birth_date"),
        similar("town", "town", "jaro_winkler", (0.92,), frequency="town", most=12),
        similar("postcode", "postcode", "levenshtein", (0.7,)),
        similar("street", "street", "jaro_winkler", (0.9, 0.8)),
        similar("email", "email", "jaro_winkler", (0.9,)),
        similar("number", "number", "damerau", (0.8,)),
        equality("occupation", "occupation", frequency="occupation", most=12),
        equality("sex", "sex"),
    ),
    rules=(
        rule("number"),
        rule("email"),
        rule("given_name", "surname"),
        rule("surname", "birth_date[:4]"),
        rule("given_name", "birth_date"),
        rule("birth_date"),
        rule("postcode", "given_name[:1]"),
        rule("postcode", "surname[:1]"),
        rule("postcode", "birth_date[:4]"),
        rule("surname", "postcode[:3]"),
        rule("given_name", "postcode[:3]"),
        rule("surname[:3]", "birth_date[:6]"),
        rule("given_name[:3]", "birth_date[:6]"),
        rule("surname[:3]", "given_name[:3]"),
        rule("surname", "given_name[:1]"),
        rule("street", "given_name[:1]"),
        rule("street", "surname[:1]"),
        rule("surname", "town"),
        rule("given_name", "town"),
        rule("town", "birth_date[:4]"),
        rule("town", "occupation"),
        rule("town", "postcode"),
    ),
    derive=without_dashes,
    # All three tell where somebody lives: a family shares them with its surname. The share of the
    # weaker ones is that of the product's own people, fixed on the demo city.
    together=(("town", "postcode", "street"),),
    echo=0.25,
)
