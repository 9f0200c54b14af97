import numpy as np
import pytest
from pydantic import ValidationError

from hardware.arms.franka_control import TORQUE_LIMIT, TORQUE_STEP, within_limits
from hardware.arms.franka_gains import Gains, gains
from hardware.config import FrankaConfig


def config(**given: object) -> FrankaConfig:
    return FrankaConfig.model_validate({"address": "172.16.0.2", "leader": "right"} | given)


def test_the_presets_are_ordered_joint_by_joint() -> None:
    firm, medium, soft = (gains(config(gains=name)) for name in ("firm", "medium", "soft"))
    for stiffer, softer in ((firm, medium), (medium, soft)):
        assert np.all(stiffer.stiffness > softer.stiffness)
        assert np.all(stiffer.damping > softer.damping)


def test_a_rig_may_set_stiffness_or_damping_itself_and_keep_the_rest_of_its_preset() -> None:
    own = (100.0,) * 7
    given = gains(config(gains="soft", stiffness=own))
    np.testing.assert_array_equal(given.stiffness, own)
    np.testing.assert_array_equal(given.damping, gains(config(gains="soft")).damping)
    np.testing.assert_array_equal(gains(config(damping=own)).damping, own)


def test_a_share_of_the_stiffness_keeps_the_damping_ratio() -> None:
    whole = gains(config())
    part = whole.share(0.2)
    np.testing.assert_allclose(part.stiffness, 0.2 * whole.stiffness)
    np.testing.assert_allclose(_ratio(part), _ratio(whole))
    np.testing.assert_array_equal(whole.share(1.0).damping, whole.damping)


def _ratio(gains: Gains) -> np.ndarray:
    return gains.damping / np.sqrt(gains.stiffness)


@pytest.mark.parametrize("key", ["stiffness", "damping", "collision_torque", "collision_force"])
def test_wrong_numbers_of_joints_are_refused_by_name(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        config(**{key: (1.0, 2.0)})


def test_a_torque_is_within_range_and_one_step_of_the_one_before() -> None:
    before = np.array([80.0, -80.0, 0.0, 0.0, 10.5, -10.5, 0.0])
    sent = within_limits(np.array([200.0, -200.0, 5.0, 0.5, 50.0, -50.0, 0.0]), before)
    assert np.all(np.abs(sent - before) <= TORQUE_STEP + 1e-12)
    assert np.all(np.abs(sent) <= np.maximum(np.abs(before), TORQUE_LIMIT))
    assert sent[3] == 0.5
