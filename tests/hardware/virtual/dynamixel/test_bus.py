"""The whole far end as the virtual rig starts it: operator, truth, stop."""

import threading
from pathlib import Path
from queue import Queue

import numpy as np
import yaml

from hardware.arms.control_table import RAD_PER_COUNT
from hardware.arms.dynamixel import DynamixelLeader
from hardware.config import RigConfig
from hardware.virtual.dynamixel.bus import serve_bus
from hardware.virtual.operator import Operator
from hardware.virtual.world import World, followers_of
from tests.truth import truth_of


def test_the_virtual_rigs_leader_follows_its_operator(tmp_path: Path) -> None:
    described = yaml.safe_load(Path("configs/rigs/virtual.yaml").read_text())
    described["virtual"] = {"truth_dir": str(tmp_path), "operator": {"lead_in_s": 0.0}}
    rig = RigConfig.model_validate(described)
    assert rig.virtual is not None
    world = World.create(rig.virtual, followers_of(rig))
    paths: Queue[str] = Queue()
    stop = threading.Event()
    far_end = threading.Thread(target=serve_bus, args=(rig, "right", world, paths.put, stop))
    far_end.start()
    config = rig.leaders["right"].model_copy(update={"port": paths.get(timeout=10), "retries": 5})
    leader = DynamixelLeader("right", config)
    samples = [leader.read() for _ in range(50)]
    leader.close()
    stop.set()
    far_end.join()

    truth = truth_of(tmp_path, "leaders/right")
    operator = Operator(world, "right")
    for sample in samples:
        q, _, grip = operator.leader(truth[sample.stamp.seq])
        assert np.abs(sample.q - q).max() < RAD_PER_COUNT
        assert sample.grip is not None and abs(sample.grip - grip) < 0.01
        assert abs(sample.stamp.t_ns - truth[sample.stamp.seq]) <= sample.stamp.u_ns
    world.close(unlink=True)
