"""A rig's procedure: who moves before which board, and that what all saw is solved, kept and true."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from calibration.board import CharucoBoard
from calibration.errors import CalibrationError
from calibration.poses import Matrix, apart, from_twist, inverse
from calibration.result import RigResult
from calibration.rig_parts import CELL
from calibration.store import Store
from collector.calibrate import again, rig_capture
from collector.calibrate.bench import Bench
from collector.calibrate.hands import ScriptedHands
from collector.calibrate.kept import CaptureFolder
from collector.calibrate.mount_capture import Job, MountCapture, Sight
from collector.calibrate.papers import Known, Papers
from collector.calibrate.rig_capture import look_at_rig
from collector.calibrate.rig_run import keep_rig, rig_problem, solve
from collector.calibrate.rounds import Round
from collector.calibrate.taken import Taken
from collector.calibrate.truth import rig_errors
from collector.calibrate.whole import Plan
from hardware.config import RigConfig
from hardware.load import load
from tests.calibration.synthetic_mounts import LENS, T_BOARD, T_CAMERA, Case, boards_in_view, view

TWO_ARMS = load(RigConfig, Path("configs/rigs/aloha_bimanual.yaml"))
LARGE = CharucoBoard(columns=10, rows=7, square_m=0.04, marker_m=0.03)
RIGHT = from_twist(np.array([0.02, -0.6, 0.0, 0.0, 0.0, 0.03]))
BASES = {"left": np.eye(4), "right": RIGHT}
FRONT = T_BOARD @ inverse(from_twist(np.array([-0.15, -0.1, 0.8, 0.3, -0.2, 0.1])))
HELD = from_twist(np.array([0.0, -0.1, 0.05, 0.0, 0.4, 0.0]))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(Papers, "lens", lambda _papers, camera: Known(LENS, f"lens-{camera}"))
    nothing: Any = None
    return Bench(TWO_ARMS, Store(tmp_path), nothing, nothing, {})


def looked(arm: str, seed: int) -> list[Round]:
    """Its camera and the front one before the table's board; then the front one before the board that it holds."""
    rng = np.random.default_rng(seed)
    wrist, base, rounds = f"wrist_{arm}", BASES[arm], list[Round]()
    for name, on in (("board laid there", CELL), (f"board held by {arm}", arm)):
        boards = boards_in_view(rng, Case(poses=8))
        boards[:, :3, 3] *= 1.7
        capture = MountCapture([wrist if on == CELL else "front"], LARGE)
        for i, T in enumerate(boards):
            if on == CELL:
                seen = {wrist: T, **({"front": inverse(FRONT) @ T_BOARD} if i < 5 else {})}
                hand = inverse(base) @ T_BOARD @ inverse(T) @ inverse(T_CAMERA)
            else:
                seen = {"front": T}
                hand = inverse(base) @ FRONT @ T @ inverse(HELD)
            capture.sights.append(
                Sight(hand, (), {name: of(rng, f"{name}{arm}{on}{i}", T) for name, T in seen.items()})
            )
        rounds.append(Round(arm, name, on, LARGE, capture))
    return rounds


def of(rng: np.random.Generator, name: str, T: Matrix) -> Taken:
    return Taken(view(rng, name, T, 0.05, LARGE), b"")


def test_two_arms_their_cameras_and_the_cell_are_found_from_what_all_saw(bench: Bench) -> None:
    rounds = [*looked("left", 1), *looked("right", 2)]
    result = solve(rig_problem(bench.papers, rounds))
    assert set(result.mounts) == {"front", "wrist_left", "wrist_right"}
    assert apart(np.array(result.mounts["wrist_right"]["T"]), T_CAMERA)[0] < 5e-4
    assert apart(np.array(result.mounts["front"]["T"]), FRONT)[0] < 5e-4
    assert apart(np.array(result.bases["right"]), RIGHT)[0] < 5e-4
    assert result.mounts["front"]["serial"] == TWO_ARMS.cameras["front"].serial
    assert result.mounts["front"]["intrinsics"] == "lens-front"
    assert np.array(result.pictures[0].T_base_ee).shape == (4, 4)
    path = keep_rig(bench.papers, result, rounds, bench.store.root)
    assert isinstance(bench.store.load(path.stem), RigResult)


def test_how_far_off_it_is_is_told_of_every_camera_and_base(bench: Bench) -> None:
    result = solve(rig_problem(bench.papers, [*looked("left", 1), *looked("right", 2)]))
    truth = {
        "T_base_board": {arm: (inverse(base) @ T_BOARD).tolist() for arm, base in BASES.items()},
        "cameras": {
            "front": {"T_base_camera": {arm: (inverse(base) @ FRONT).tolist() for arm, base in BASES.items()}},
            **{f"wrist_{arm}": {"T_ee_camera": {arm: T_CAMERA.tolist()}} for arm in BASES},
        },
    }
    off = rig_errors(truth, result)
    assert {"front_mm", "wrist_left_mm", "wrist_right_deg", "base_right_mm", "base_right_deg"} <= set(off)
    assert all(value < 0.5 for value in off.values())
    truth["T_base_board"]["right"] = T_BOARD.tolist()
    assert rig_errors(truth, result)["base_right_mm"] > 500


def test_a_camera_that_saw_nothing_is_named_and_the_others_are_found(bench: Bench) -> None:
    result = solve(rig_problem(bench.papers, looked("left", 1)))
    assert set(result.mounts) == {"front", "wrist_left"}
    assert "wrist_right never saw a board, so nothing is told of it" in result.made.notes


def test_each_arm_looks_at_a_board_on_the_table_then_each_holds_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def look(_bench: Bench, _capture: MountCapture, job: Job, *_: object, scripted: bool) -> None:
        done.append(f"{job.arm}: {' '.join(job.cameras)} / {' '.join(job.beside)}")

    monkeypatch.setattr(rig_capture, "look_for_mounts", look)
    monkeypatch.setattr(again, "_stands", lambda _bench, _arm: None)
    daemon: Any = SimpleNamespace(call=lambda verb, **words: done.append(" ".join([verb, *words.values()])))
    kept: list[Round] = []
    monkeypatch.setattr(CaptureFolder, "keep_round", lambda _folder, one: kept.append(one))
    rounds = look_at_rig(
        bench,
        Plan(LARGE, LARGE),
        ScriptedHands(daemon),
        lambda _g: None,
        lambda: False,
        lambda _s: None,
        CaptureFolder(bench.papers, "rig", "all"),
    )
    assert done == [
        "board laid wrist_left", "left: wrist_left / front", "board laid wrist_right", "right: wrist_right / front",
        "board gripped left", "left: front / ", "board table",
        "board gripped right", "right: front / ", "board table",
    ]  # fmt: skip
    assert kept == rounds
    assert [(one.arm, one.on) for one in rounds] == [
        ("left", CELL),
        ("right", CELL),
        ("left", "left"),
        ("right", "right"),
    ]


def test_a_rig_without_arms_says_what_it_lacks(bench: Bench) -> None:
    alone = Bench(TWO_ARMS.model_copy(update={"followers": {}}), bench.store, bench.client, bench.rig, {})
    hands: Any = None
    with pytest.raises(CalibrationError, match="it needs a follower"):
        look_at_rig(alone, Plan(LARGE, LARGE), hands, lambda _g: None, lambda: False, lambda _s: None, hands)
