import pytest

from collector.teleop import retarget


@pytest.mark.parametrize(("grip", "width"), [(0.0, 0.08), (1.0, 0.0), (0.25, 0.06), (-0.2, 0.08), (1.3, 0.0)])
def test_an_open_trigger_asks_for_the_full_width_and_a_squeezed_one_for_none(grip: float, width: float):
    assert retarget.width(grip, 0.08) == pytest.approx(width)


def test_joints_map_one_to_one_with_the_clutch_s_offset():
    assert retarget.joints([0.1, -0.2], [0.0, 0.0]) == [0.1, -0.2]
    assert retarget.joints([0.1, -0.2], [1.0, 0.5]) == [1.1, 0.3]
