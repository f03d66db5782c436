"""Who is near whom on the globe: neighbours of points by a tree on the unit sphere."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

EARTH_METRES = 6_371_000.0
Floats = npt.NDArray[np.float64]
#: So many degrees around (0, 0), in the open sea, stand for no point: 0, 0 and -1, -1.
NOWHERE = 1.0


def on_land(longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which points, in degrees, may be a place: on the globe, and not (0, 0).

    Where a longitude of China stands for a latitude, the point is not on the globe.
    """
    east, north = np.abs(np.asarray(longitude, float)), np.abs(np.asarray(latitude, float))
    on_the_globe = (east <= 180) & (north <= 90)
    return np.asarray(on_the_globe & ((east > NOWHERE) | (north > NOWHERE)), bool)


def nearest(places: Floats, points: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """The nearest place of each point.

    Args:
        places: latitude and longitude in radians, one row a place, at least one.
        points: likewise, one row a point.

    Returns:
        Great-circle distance in metres and row of the place, one a point.
    """
    chords, rows = cKDTree(_on_the_sphere(places)).query(_on_the_sphere(points))
    metres = 2 * np.arcsin(np.minimum(chords / 2, 1)) * EARTH_METRES
    return metres, np.asarray(rows, dtype=np.intp)


def within(places: Floats, metres: float) -> list[list[int]]:
    """The rows of all places within so many metres of each place, its own among them."""
    sphere = _on_the_sphere(places)
    chord = 2 * np.sin(min(metres / EARTH_METRES / 2, np.pi / 2))
    around: list[list[int]] = cKDTree(sphere).query_ball_point(sphere, chord).tolist()
    return around


def _on_the_sphere(places: Floats) -> Floats:
    latitude, longitude = places[:, 0], places[:, 1]
    level = np.cos(latitude)
    return np.column_stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)])
