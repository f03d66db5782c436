"""A picture of the load benchmark: one small plot a figure, as an SVG without any library."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 200, 62, 40, 24


def picture(
    frame: pd.DataFrame, across: str, figures: Sequence[tuple[str, str]], title: str
) -> str:
    """Dots of each figure over ``across``, with the straight line that fits them best.

    Args:
        frame: a row a night.
        across: the column of the x axis.
        figures: column and what stands above its plot.
        title: of the whole.
    """
    wide = len(figures) * (LEFT + WIDTH + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{HEIGHT + 90}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="10" y="18" font-weight="bold">{title}</text>',
    ]
    for number, (column, name) in enumerate(figures):
        left = LEFT + number * (LEFT + WIDTH + GAP)
        parts += _plot(frame[across], frame[column], left, f"{name}; x: {across}")
    return "\n".join([*parts, "</svg>\n"])


def _plot(x: "pd.Series[float]", y: "pd.Series[float]", left: int, name: str) -> list[str]:
    right, top = float(x.max()), _round_up(float(y.max()))

    def place(a: float, b: float) -> str:
        return f"{left + a / right * WIDTH:.1f},{TOP + 20 + (1 - b / top) * HEIGHT:.1f}"

    low = TOP + 20 + HEIGHT
    parts = [
        f'<text x="{left}" y="{TOP + 8}">{name}</text>',
        f'<path d="M{left},{TOP + 20} V{low} H{left + WIDTH}" fill="none" stroke="#333"/>',
    ]
    for share in (0, 0.5, 1):
        parts += [
            f'<text x="{left - 6}" y="{low - share * HEIGHT + 4:.0f}" text-anchor="end">'
            f"{share * top:g}</text>",
            f'<text x="{left + share * WIDTH:.0f}" y="{low + 16}" text-anchor="middle">'
            f"{share * right:.0f}</text>",
        ]
    slope, start = np.polyfit(x, y, 1)
    first = float(x.min())
    ends = [place(a, max(0.0, start + slope * a)) for a in (first, right)]
    parts.append(f'<path d="M{ends[0]} L{ends[1]}" stroke="#b40" fill="none"/>')
    dots = (place(float(a), float(b)).split(",") for a, b in zip(x, y, strict=True))
    parts += [f'<circle cx="{a}" cy="{b}" r="2" fill="#157" fill-opacity="0.7"/>' for a, b in dots]
    return parts


def _round_up(value: float) -> float:
    """The next 1, 2, 5 or 10 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value))
