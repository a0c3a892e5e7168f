"""A curve drawn on the server: the points of an SVG line, so that a small chart needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """What a template draws, in the units of its view box (y grows downwards)."""

    width: int
    height: int
    lines: tuple[str, ...]  # `points` of one <polyline> for each unbroken stretch
    band_top: float | None  # where the target range is drawn
    band_height: float | None
    last: Point | None
    lowest: float
    highest: float

    @property
    def viewbox(self) -> str:
        return f"0 0 {self.width} {self.height}"


def curve(
    points: Sequence[tuple[float, float | None]],
    *,
    width: int = 640,
    height: int = 200,
    low: float | None = None,
    high: float | None = None,
    floor: float | None = None,
    ceiling: float | None = None,
    most: int = 400,
) -> Curve:
    """Fit (x, y) points, x ascending, in a box; a missing y breaks the line. `low`..`high` is the target range.

    `floor` and `ceiling` stretch the scale at least that far. More than `most` points are thinned, each bucket keeping
    its lowest and highest so that no peak disappears.
    """
    known = [(x, y) for x, y in points if y is not None]
    levels = [y for _, y in known] + [v for v in (low, high, floor, ceiling) if v is not None]
    if not levels:
        return Curve(width, height, (), None, None, None, 0.0, 0.0)
    lowest, highest = min(levels), max(levels)
    pad = (highest - lowest) * 0.06 or 1.0
    bottom, top = lowest - pad, highest + pad
    first, end = (known[0][0], known[-1][0]) if known else (0.0, 1.0)
    span = (end - first) or 1.0

    def place(x: float, y: float) -> Point:
        return round((x - first) / span * width, 1), round((top - y) / (top - bottom) * height, 1)

    lines: list[str] = []
    for stretch in _stretches(points):
        share = max(4, most * len(stretch) // max(1, len(known)))
        lines.append(" ".join(f"{px:g},{py:g}" for px, py in (place(x, y) for x, y in _thinned(stretch, share))))
    band_top = band_height = None
    if low is not None and high is not None:
        band_top = place(first, high)[1]
        band_height = round(place(first, low)[1] - band_top, 1)
    return Curve(
        width, height, tuple(lines), band_top, band_height, place(*known[-1]) if known else None, lowest, highest
    )


def packed(points: Sequence[tuple[float, float | None]]) -> dict[str, Any]:
    """The points for the page's script, in few characters: first x, steps of x, values."""
    at = [round(x) for x, _ in points]
    return {
        "start": at[0] if at else 0,
        "steps": [after - before for before, after in pairwise(at)],
        "values": [None if y is None else int(y) if y == int(y) else round(y, 3) for _, y in points],
    }


def _stretches(points: Sequence[tuple[float, float | None]]) -> list[list[Point]]:
    stretches: list[list[Point]] = [[]]
    for x, y in points:
        if y is not None:
            stretches[-1].append((x, y))
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def _thinned(points: list[Point], most: int) -> list[Point]:
    if len(points) <= most:
        return points
    size = -(-len(points) * 2 // most)
    kept: list[Point] = []
    for start in range(0, len(points), size):
        bucket = points[start : start + size]
        kept.extend(sorted({min(bucket, key=lambda p: p[1]), max(bucket, key=lambda p: p[1])}))
    return kept
