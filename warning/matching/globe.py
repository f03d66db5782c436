"""Who is near whom on the globe: neighbours of points by a tree on the unit sphere."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

EARTH_METRES = 6_371_000.0
Floats = npt.NDArray[np.float64]
#: Degrees of longitude and of latitude between which the country lies, with its seas.
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)


def in_country(longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which points, in degrees, lie in the country or near it; (0, 0) and swapped ones do not."""
    east, north = np.asarray(longitude, float), np.asarray(latitude, float)
    inside = (east >= EAST[0]) & (east <= EAST[1]) & (north >= NORTH[0]) & (north <= NORTH[1])
    return np.asarray(inside, bool)


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
