"""What the safety layer relies on, of every arm that is known."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.models import ArmModel, arm_model
from hardware.config.followers import ArmName

ARMS = [arm_model(name) for name in get_args(ArmName)]
shares = st.lists(st.floats(-0.2, 1.2), min_size=7, max_size=7)


@pytest.mark.parametrize("arm", ARMS)
def test_every_field_has_one_entry_a_joint(arm: ArmModel) -> None:
    limits = arm.limits
    fields = (limits.q_min, limits.q_max, limits.velocity, limits.acceleration, limits.jerk, limits.torque, arm.home)
    assert {field.shape for field in fields} == {(arm.joints,)}
    assert arm.name in get_args(ArmName)
    assert np.minimum(arm.home - limits.q_min, limits.q_max - arm.home).min() > 0.2


@given(st.sampled_from(ARMS), shares)
def test_rest_is_always_allowed_and_nothing_beyond_the_nominal_velocity(arm: ArmModel, share: list[float]) -> None:
    limits = arm.limits
    q = limits.q_min + np.array(share[: arm.joints]) * (limits.q_max - limits.q_min)
    lower, upper = arm.velocity_bounds(q)
    assert (lower <= 0).all() and (upper >= 0).all()
    assert (lower >= -limits.velocity).all() and (upper <= limits.velocity).all()
    assert (lower[q < limits.q_min] > -0.35).all() and (upper[q > limits.q_max] < 0.35).all(), "the end is closed"
    assert (upper[q < limits.q_min] > 0.5).all() and (lower[q > limits.q_max] < -0.5).all(), "the way back is open"


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_viperx_can_brake_before_its_ends_from_what_is_allowed(share: list[float]) -> None:
    arm = arm_model("viperx300s")
    limits = arm.limits
    q = limits.q_min + np.array(share) * (limits.q_max - limits.q_min)
    lower, upper = arm.velocity_bounds(q)
    assert (q + upper**2 / (2 * limits.acceleration) <= limits.q_max + 1e-9).all()
    assert (q - lower**2 / (2 * limits.acceleration) >= limits.q_min - 1e-9).all()
