"""Curves fitted in their box."""

from kit.curves import curve, packed


def test_the_highest_value_is_drawn_highest() -> None:
    drawn = curve([(0, 10), (1, 30), (2, 20)], width=100, height=50)
    heights = [float(point.split(",")[1]) for point in drawn.lines[0].split()]
    assert heights[1] == min(heights)
    assert (drawn.lowest, drawn.highest) == (10, 30)


def test_the_line_spans_the_box_and_stays_in_it() -> None:
    drawn = curve([(5, 10), (6, 30), (9, 20)], width=100, height=50)
    points = [tuple(map(float, point.split(","))) for point in drawn.lines[0].split()]
    assert [points[0][0], points[-1][0]] == [0, 100]
    assert all(0 <= y <= 50 for _, y in points)


def test_a_missing_value_breaks_the_line() -> None:
    drawn = curve([(0, 1), (1, 2), (2, None), (3, 2), (4, 1)])
    assert len(drawn.lines) == 2


def test_the_target_range_is_always_within_view() -> None:
    drawn = curve([(0, 100), (1, 110)], low=70, high=180, height=200)
    assert drawn.band_top is not None
    assert drawn.band_height is not None
    assert drawn.band_top >= 0
    assert drawn.band_top + drawn.band_height <= 200


def test_thinning_keeps_the_peaks() -> None:
    points = [(float(i), 300.0 if i == 777 else 40.0 if i == 333 else 100.0) for i in range(1344)]
    drawn = curve(points, most=100)
    heights = [float(point.split(",")[1]) for point in drawn.lines[0].split()]
    assert len(heights) <= 101
    assert drawn.highest == 300
    assert min(heights) < 20
    assert max(heights) > 180


def test_nothing_to_draw_is_an_empty_curve() -> None:
    assert curve([]).lines == ()
    assert curve([(0, None)]).lines == ()


def test_one_value_alone_is_a_point() -> None:
    drawn = curve([(0, 5)])
    assert drawn.last is not None


def test_points_travel_as_steps() -> None:
    sent = packed([(1000, 5.0), (1900, None), (2800, 5.25)])
    assert sent == {"start": 1000, "steps": [900, 900], "values": [5, None, 5.25]}
