"""The fault files speak of the virtual rig's devices, and of every kind of fault that a self-test can survive."""

from pathlib import Path
from typing import get_args

import pytest
import yaml

from hardware.config import RigConfig
from hardware.load import load
from hardware.virtual_config import FaultFile, FaultKind

ROOT = Path(__file__).parents[3]
PATHS = sorted((ROOT / "configs/faults").glob("*.yaml"))
RIG = RigConfig.model_validate(yaml.safe_load((ROOT / "configs/rigs/virtual.yaml").read_text()))
ENDING = {"camera_unplug", "bus_dead", "robot_reflex", "robot_silent"}  # a device fails; there is nothing to judge
HOLDING = {"hands_astray", "hands_low", "arm_blocked", "base_dead"}  # teleoperation's: the robot holds, or stops itself


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_file_names_devices_of_the_rig_within_a_take(path: Path) -> None:
    file = load(FaultFile, path)
    devices = {"trigger", *RIG.cameras, *RIG.leaders, *RIG.followers}
    assert {fault.target for fault in file.faults} <= devices
    assert all(fault.at_s < 19 for fault in file.faults)
    assert path.read_text().startswith("# ")
    streams = {"trigger", "cameras", *(f"cameras/{n}" for n in RIG.cameras), "leaders/right", "arms/right"}
    pairs = {f"cameras/{n} to arms/right" for n in RIG.cameras}
    assert {subject for subject, _ in (*file.expect, *file.related)} <= streams | pairs
    assert not set(file.expect) & set(file.related)


def test_every_kind_that_a_take_survives_has_a_file() -> None:
    kinds = {fault.kind for path in PATHS for fault in load(FaultFile, path).faults}
    assert kinds == set(get_args(FaultKind)) - ENDING - HOLDING
