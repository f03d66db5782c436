"""The page of a night."""

from warning.report.page import night_page
from warning.report.page_data import CasePage, NightPage

__all__ = ["CasePage", "NightPage", "night_page"]
