"""Clean rigs pass and each fault trips its own gate, in virtual time; `benchmarks/sync_matrix.py` does more of it."""

from pathlib import Path

import numpy as np
import pytest

from hardware.load import load
from hardware.virtual_config import FaultFile
from tests.take.take import make_take

FAULTS = sorted((Path(__file__).parents[3] / "configs/faults").glob("*.yaml"))
CAMERAS = ("front", "side", "wrist")


def test_there_are_faults_of_every_kind_of_device() -> None:
    assert len(FAULTS) >= 20
    subjects = {subject.partition("/")[0] for path in FAULTS for subject, _ in load(FaultFile, path).expect}
    assert subjects == {"trigger", "cameras", "leaders", "arms"}


@pytest.mark.parametrize("seed", range(6))
def test_a_clean_rig_passes(seed: int) -> None:
    motion = CAMERAS if seed == 0 else ()
    take = make_take(seed, motion=motion)
    assert [gate for gate in take.gates(motion) if gate.verdict == "fail"] == []
    for name, true_ns in take.truth.items():
        rows = take.evidence.streams[name]
        assert (np.abs(rows["t_ns"] - true_ns) <= rows["u_ns"]).all()


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_fault_trips_its_own_gate_and_no_unrelated_one(path: Path) -> None:
    file = load(FaultFile, path)
    allowed = {*file.expect, *file.related}
    # One camera's lag, where the fault shows in any: the fits cost seconds.
    motion = [name for name in CAMERAS if any(s.startswith(f"cameras/{name} to ") for s, _ in allowed)][:1]
    expected = {(s, name) for s, name in file.expect if " to " not in s or s.split()[0] in _streams(motion)}
    gates = make_take(7, file.faults, motion=motion).gates(motion)
    failed = {(gate.subject, gate.name) for gate in gates if gate.verdict == "fail"}
    assert expected <= failed <= allowed


def _streams(cameras: list[str]) -> list[str]:
    return [f"cameras/{name}" for name in cameras]
