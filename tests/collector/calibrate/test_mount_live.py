"""What cannot be calibrated is refused before a robot moves."""

from typing import cast

import pytest

from calibration.board import ChessBoard
from calibration.errors import CalibrationError
from collector.calibrate.bench import Bench
from collector.calibrate.mount_capture import Job, MountCapture
from collector.calibrate.mount_live import look_for_mounts, room_of
from hardware.config import RigConfig
from tests.episodes import rig_config


def test_a_board_that_looks_the_same_upside_down_is_refused_before_anything_is_asked_of_the_rig() -> None:
    job = Job(["wrist"], "right", ChessBoard(columns=8, rows=6, square_m=0.03))
    capture = MountCapture(job.cameras, job.board)
    with pytest.raises(CalibrationError, match="looks the same upside down"):
        look_for_mounts(cast(Bench, None), capture, job, lambda _guide: None, lambda: False, scripted=True)


def test_scripted_poses_keep_farther_off_the_walls_than_teleoperation_slows_down() -> None:
    walls = {"workspace": {"x": (0.25, 0.7), "y": (-0.4, 0.4), "z": (0.02, 0.7)}}
    boxed, free = (RigConfig.model_validate(rig_config(("front",)) | {"teleop": teleop}) for teleop in (walls, {}))
    assert room_of(free).box is None
    box = room_of(boxed).box
    assert box is not None
    assert box[0].tolist() == pytest.approx([0.295, -0.355, 0.065])
    assert box[1].tolist() == pytest.approx([0.655, 0.355, 0.655])
