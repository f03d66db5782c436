"""Numbers of the configuration: written as numbers, finite, and not beyond what is reckoned with."""

from typing import Annotated

from pydantic import Field

#: More than any count or share of a city.
MOST = 1_000_000_000
#: A hundred years: moments so far back can still be told, and nothing here is kept for longer.
MOST_DAYS = 36_500

#: Neither true nor "7" nor 7.0. Each field has its own upper limit: of two only the first counts.
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Days = Annotated[Whole, Field(ge=1, le=MOST_DAYS)]
