"""The log of what a follower was told and what it did, by which its limits are audited."""

from pathlib import Path

import h5py
import numpy as np

from hardware.arms.franka import FrankaArm
from hardware.virtual.truth import MotionLog, Told, TruthLog, merge, motion_of
from tests.hardware.arms.endpoint import endpoint, smooth


def test_a_log_can_be_read_while_it_grows_and_ends_in_the_truth_file(tmp_path: Path) -> None:
    folder, target = tmp_path / "truth.d", tmp_path / "truth.h5"
    log = MotionLog(folder, "left_arm", 3)
    for tick in range(300):
        log.append(tick * 1_000_000, tick, Told.POSITION, np.full(3, tick), np.full(3, 1.0), np.zeros(3))
    assert len(motion_of(folder, "left_arm")) > 0
    log.close()
    rest = motion_of(folder, "left_arm", since=299)
    assert rest["command"].tolist() == [[299.0] * 3]
    with TruthLog(folder, "arms/left_arm") as samples:
        samples.append(7, 70)
    merge(folder, target)
    with h5py.File(target) as file:
        assert file["motion/left_arm"][:]["tick"].tolist() == list(range(300))
        assert file["streams/arms/left_arm/seq"][:].tolist() == [7]


def test_a_follower_without_a_log_has_no_motion(tmp_path: Path) -> None:
    assert len(motion_of(tmp_path, "right")) == 0


def test_the_robot_logs_what_it_was_told_and_what_its_joints_did(tmp_path: Path) -> None:
    with endpoint(truth_dir=str(tmp_path)) as franka:
        arm = FrankaArm("right", franka.config())
        begin = arm.start()
        state = begin
        while (t := (state.stamp.seq - begin.stamp.seq) * 1e-3) < 0.5:
            arm.command(*smooth(begin.q, 0.1, t, 0.5))
            state = arm.read()
        arm.stop()
        arm.close()
    rows = motion_of(tmp_path, "right")
    moved = rows[rows["told"] == Told.TORQUE]
    assert rows["told"][0] == Told.NOTHING
    assert np.abs(moved["command"]).max() > 0.5
    last = rows[np.searchsorted(rows["tick"], state.stamp.seq)]
    assert last["tick"] == state.stamp.seq
    assert np.abs(last["q"] - state.q).max() < 1e-6
