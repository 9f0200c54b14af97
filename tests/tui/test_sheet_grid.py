"""Pictures of a contact sheet: none overlaps another, none leaves the box."""

from hypothesis import given
from hypothesis import strategies as st

from collector.tui.widgets.sheet_grid import Frame, contact_sheet, side_by_side

CAMERAS = ("front", "side", "wrist")
sizes = st.tuples(st.integers(1, 70), st.integers(1, 20))


def cells(frame: Frame) -> set[tuple[int, int]]:
    return {
        (x, y) for x in range(frame.left, frame.left + frame.columns) for y in range(frame.top, frame.top + frame.rows)
    }


def test_a_wide_box_shows_the_first_camera_from_begin_to_end():
    told = contact_sheet(CAMERAS, 80, 8)
    assert {frame.camera for frame in told} == {"front"}
    assert [frame.share for frame in told] == [0.0, 0.5, 1.0]


def test_a_high_box_shows_a_row_a_camera():
    told = contact_sheet(CAMERAS, 80, 20)
    assert [frame.camera for frame in told if frame.share == 0.0] == list(CAMERAS)


def test_one_picture_alone_is_the_last_moment():
    assert [frame.share for frame in contact_sheet(CAMERAS, 10, 6)] == [1.0]


def test_at_one_moment_all_cameras_are_seen_in_the_arrangement_that_makes_them_largest():
    assert [frame.top for frame in side_by_side(CAMERAS, 150, 20)] == [0, 0, 0]
    assert len({frame.top for frame in side_by_side(CAMERAS, 40, 40)}) == 2


def test_without_cameras_or_room_there_is_nothing():
    assert contact_sheet((), 80, 24) == side_by_side((), 80, 24) == contact_sheet(CAMERAS, 80, 0) == []


@given(st.integers(1, 5), sizes)
def test_pictures_neither_overlap_nor_leave_the_box(count: int, size: tuple[int, int]):
    columns, rows = size
    for arrange in (contact_sheet, side_by_side):
        told = arrange([f"camera{at}" for at in range(count)], columns, rows)
        covered = [cells(frame) for frame in told]
        assert sum(map(len, covered)) == len(set().union(*covered))
        assert all(0 <= x < columns and 0 <= y < rows for one in covered for x, y in one)
