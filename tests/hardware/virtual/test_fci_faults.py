"""What goes wrong between a Franka and its host, seen by the production driver and by the truth."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.franka import FrankaArm
from hardware.arms.models import arm_model
from hardware.samples import ArmSample
from hardware.virtual.fci.recent import Moment, Recent
from tests.hardware.arms.endpoint import endpoint, smooth
from tests.truth import truth_of

ARM = arm_model("fr3")

LAG_US = 3000.0


def follow(arm: FrankaArm, seconds: float) -> list[ArmSample]:
    """Lead the started arm by 0.1 rad a second."""
    samples = [arm.read()]
    begin, start = samples[0].stamp.seq, samples[0].q
    while samples[-1].stamp.seq < begin + seconds * 1e3:
        t = (samples[-1].stamp.seq - begin) * 1e-3
        reference, speed = smooth(start, 0.1 * seconds, t, seconds)
        arm.command(reference, speed)
        samples.append(arm.read())
    return samples


def test_lost_states_are_gaps_and_the_robot_counts_the_answers_it_misses() -> None:
    with endpoint() as franka:
        arm = FrankaArm("right", franka.config())
        arm.start()
        follow(arm, 0.2)
        franka.world.inject("states_lost", "right", size=0.2)
        noisy = follow(arm, 1.0)
        arm.stop()
        arm.close()
    seqs = np.array([sample.stamp.seq for sample in noisy])
    lost = (seqs[-1] - seqs[0] + 1 - len(seqs)) / (seqs[-1] - seqs[0])
    assert lost > 0.1
    assert noisy[-1].success_rate < 0.95


def test_joints_that_lag_are_those_of_before_while_time_goes_on(tmp_path: Path) -> None:
    with endpoint(truth_dir=str(tmp_path)) as franka:
        arm = FrankaArm("right", franka.config())
        arm.start()
        follow(arm, 0.2)
        franka.world.inject("joint_lag", "right", size=LAG_US)
        follow(arm, 0.1)
        samples = follow(arm, 1.0)
        truth = truth_of(tmp_path, "arms/right")
        logged = [(sample, truth[sample.stamp.seq]) for sample in samples if sample.stamp.seq in truth]
        checked = [(sample, t_ns, franka.world.state_at("right", t_ns)) for sample, t_ns in logged[-300:]]
        arm.stop()
        arm.close()
    assert len(checked) > 50
    for sample, t_ns, was in checked:
        assert was is not None
        assert np.abs(sample.q - was.q).max() < 1e-5
        pose = ARM.end_effector(sample.q)
        assert np.abs(sample.O_T_EE.reshape(4, 4).T - pose).max() < 1e-5
        assert sample.stamp.t_arrival_ns - t_ns > LAG_US * 1000


@given(st.lists(st.integers(1, 20), min_size=1, max_size=300), st.floats(0, 1))
def test_what_was_is_linear_between_what_is_kept(steps: list[int], share: float) -> None:
    recent, times = Recent(), np.cumsum(steps) * 1_000_000
    for t_ns in times.tolist():
        recent.add(Moment(t_ns, np.full(7, t_ns * 1e-9), np.full(7, 1.0), np.full((4, 4), t_ns * 2e-9)))
    oldest, newest = int(times[-256:][0]), int(times[-1])
    wanted = oldest + round(share * (newest - oldest))
    found = recent.at(wanted)
    assert found.t_ns == wanted
    assert np.allclose(found.q, wanted * 1e-9)
    assert np.allclose(found.pose, wanted * 2e-9)
    assert recent.at(newest + 1).t_ns == newest
    assert recent.at(0).t_ns == oldest
