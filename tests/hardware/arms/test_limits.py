import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.limits import BRAKE_SLOPE, FR3, velocity_bounds
from hardware.arms.models import arm_model

ARM = arm_model("fr3")


@given(st.lists(st.floats(-4, 5), min_size=7, max_size=7))
def test_bounds_bracket_rest_and_never_pass_the_nominal_velocity(q: list[float]) -> None:
    lower, upper = velocity_bounds(np.array(q))
    assert np.all(lower <= 0) and np.all(upper >= 0)
    assert np.all(lower >= -FR3.velocity) and np.all(upper <= FR3.velocity)


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7))
def test_within_the_bound_an_arm_can_stop_before_the_joint_end(share: list[float]) -> None:
    q = FR3.q_min + np.array(share) * (FR3.q_max - FR3.q_min)
    lower, upper = velocity_bounds(q)
    # Braking along the parabola that the limit is made of, from full speed to rest.
    room = 0.011  # rad between the software limits and the parabolas' ends
    assert np.all(q + upper**2 / BRAKE_SLOPE <= FR3.q_max + room)
    assert np.all(q - lower**2 / BRAKE_SLOPE >= FR3.q_min - room)


def test_at_home_the_upper_joints_may_move_at_full_speed() -> None:
    lower, upper = velocity_bounds(ARM.home)
    np.testing.assert_allclose(upper[[0, 2, 4, 6]], FR3.velocity[[0, 2, 4, 6]], atol=2e-3)
    np.testing.assert_allclose(lower[[0, 2, 4, 6]], -FR3.velocity[[0, 2, 4, 6]], atol=2e-3)


def test_at_the_ends_only_the_way_back_is_open() -> None:
    assert np.all(velocity_bounds(FR3.q_max)[1] < 0.01)
    assert np.all(velocity_bounds(FR3.q_min)[0] > -0.01)
    assert np.all(velocity_bounds(FR3.q_max)[0] < -1)
    assert np.all(velocity_bounds(FR3.q_min)[1] > 1)
