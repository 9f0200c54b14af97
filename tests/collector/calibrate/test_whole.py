"""The whole procedure: what comes first, whose hands do what, and that one failure does not cost the rest."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from calibration.errors import CalibrationError
from calibration.store import Store
from collector.calibrate import again, whole
from collector.calibrate.bench import Bench
from collector.calibrate.hands import OperatorHands, ScriptedHands
from collector.calibrate.lens_capture import LensCapture
from collector.calibrate.whole import Plan, Step
from collector.record import RigFault
from hardware.config import RigConfig
from hardware.load import load
from tests.calibration.results import lens_result, mount_result
from tests.collector.calibrate.fakes import BOARD

CONFIG = load(RigConfig, Path("configs/rigs/virtual.yaml"))
PLAN = Plan(BOARD, BOARD)


class Daemon:
    """Hears what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(self, verb: str, **words: Any) -> dict[str, Any]:
        self.asked.append(" ".join([verb, *map(str, words.values())]))
        return {}


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def bench(daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Every camera is seen at once, and solved."""

    def lens(bench: Bench, capture: LensCapture, hands: Any, *_: object) -> None:
        hands.hold(capture.camera)

    def mounts(*_: object, scripted: bool) -> None:
        pass

    monkeypatch.setattr(whole, "look_for_lens", lens)
    monkeypatch.setattr(whole, "look_for_mounts", mounts)
    monkeypatch.setattr(whole, "solve_lens", lambda views, asked, camera, made, serial, factory: lens_result(camera))
    monkeypatch.setattr(whole, "problem_of", lambda papers, capture, camera, arm, board: camera)
    monkeypatch.setattr(whole, "solve_problem", mount_result)
    monkeypatch.setattr(again, "_stands", lambda _bench, _arm: None)
    rig: Any = SimpleNamespace(wait_started=lambda: None)
    fake: Any = daemon
    return Bench(CONFIG, Store(tmp_path), fake, rig, {})


def run(bench: Bench, hands: Any) -> list[Step]:
    with ThreadPoolExecutor(1) as pool:
        return whole._All(bench, PLAN, hands, lambda _g: None, lambda: False, lambda _s: None, pool).run()  # type: ignore[arg-type]


def test_lenses_come_first_then_wrists_then_the_cell(bench: Bench, daemon: Daemon) -> None:
    fake: Any = daemon
    steps = run(bench, ScriptedHands(fake))
    assert {(step.camera, step.kind) for step in steps} == {
        ("wrist", "intrinsics"), ("front", "intrinsics"), ("side", "intrinsics"),
        ("wrist", "hand-eye"), ("front", "extrinsics"), ("side", "extrinsics"),
    }  # fmt: skip
    assert daemon.asked == [
        "board held wrist", "board held front", "board held side", "board table", "board gripped right", "board table",
    ]  # fmt: skip
    assert all(step.path is not None and step.path.exists() for step in steps)


def test_a_step_that_fails_is_told_and_the_rest_is_done(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def solve(views: object, asked: object, camera: str, *_: object) -> object:
        if camera == "side":
            raise CalibrationError("side: three views are too few")
        return lens_result(camera)

    monkeypatch.setattr(whole, "solve_lens", solve)
    asked: list[str] = []
    steps = run(bench, OperatorHands(asked.append))
    problems = {(step.camera, step.kind): step.problem for step in steps if step.problem}
    assert problems == {("side", "intrinsics"): "side: three views are too few"}
    assert len(steps) == 6
    assert "gripper of right" in asked[-2]  # then it is laid down


def test_on_a_virtual_rig_a_fault_is_reset_once(bench: Bench, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def lens(bench: Bench, capture: LensCapture, *_: object) -> None:
        looks.append(capture.camera)
        if len(looks) == 1:
            raise RigFault("cameras.wrist: no frame for 1 s")

    monkeypatch.setattr(whole, "look_for_lens", lens)
    fake: Any = daemon
    assert len(run(bench, ScriptedHands(fake))) == 6
    assert looks == ["wrist", "wrist", "front", "side"]
    assert "reset" in daemon.asked


def test_on_a_real_rig_a_fault_ends_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def lens(*_: object) -> None:
        raise RigFault("cameras.wrist: no frame for 1 s")

    monkeypatch.setattr(whole, "look_for_lens", lens)
    with pytest.raises(RigFault, match="no frame"):
        run(bench, OperatorHands(lambda _text: None))
