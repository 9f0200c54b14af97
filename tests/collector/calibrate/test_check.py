"""The daily check on the virtual cell's own pictures: what holds passes, what was knocked or exchanged is named."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray

from calibration.board import BOARDS, Board
from calibration.check import Sight
from calibration.detect import detect
from calibration.errors import CalibrationError
from calibration.poses import Matrix, from_twist
from calibration.result import CheckResult, IntrinsicsResult, Made, MountResult
from calibration.store import Store
from calibration.view import View
from collector.calibrate.check_episode import check_episode
from collector.calibrate.check_live import look_at_board, sights_of
from collector.calibrate.check_run import Checked, check_all, judge
from collector.calibrate.stored import Stored, all_stored, board_that_lay, stored_in
from collector.live import Picture
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.load import load
from hardware.rows import arm_row
from hardware.samples import Vector
from hardware.virtual.cell_truth import cell_truth
from hardware.virtual.scene import Scene
from hardware.virtual.world import FollowerState

RIG = load(RigConfig, Path(__file__).parents[3] / "configs/rigs/virtual.yaml")
TRUTH = cell_truth(RIG)
TABLE: Board = BOARDS.validate_python(TRUTH["boards"]["table"])
LAY = np.array(TRUTH["T_base_board"]["right"])
ARM = arm_model("fr3")
MS = 1_000_000


def above(lean: float, x: float = 0.0) -> Vector:
    c, s = np.cos(lean), np.sin(lean)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = (LAY @ [*TABLE.points().mean(axis=0), 1.0])[:3] + np.array([x - 0.09, 0.0, 0.30])
    return ARM.inverse(pose, ARM.home)


POSES = (above(0.0), above(0.15, 0.03), above(-0.12, -0.03))


@cache
def scene(camera: str) -> Scene:
    return Scene(RIG, camera)


@cache
def seen(camera: str, pose: int) -> NDArray[np.uint8]:
    picture = np.empty((480, 640, 3), np.uint8)
    standing = FollowerState(0, POSES[pose], 0.08, np.array([0.2, 0.5, 0.02]))
    scene(camera).render(picture, None, {"right": standing}, 0.0, None)
    return picture


@cache
def view(camera: str, pose: int) -> View:
    found = detect(seen(camera, pose), TABLE, camera)
    assert isinstance(found, View), found
    return found


def rows(matrix: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in np.array(matrix).tolist())


def calibrated(folder: Path, **off: Matrix) -> Store:
    """A store that holds the truth; `off`: by camera, by how much its stored place is wrong."""
    store = Store(folder)
    for name, config in RIG.cameras.items():
        told, wrist = TRUTH["cameras"][name], config.view == "wrist"
        lens = IntrinsicsResult(
            made=Made(), camera=name, serial=config.serial, width=640, height=480, model="pinhole", K=rows(told["K"]),
            dist=(), names=("fx", "fy", "cx", "cy"), sigmas={}, covariance=(), rms_px=0.1, holdout_rms_px=0.1,
            board={}, pictures=(),
        )  # fmt: skip
        T = np.array(told["T_ee_camera" if wrist else "T_base_camera"]["right"]) @ off.get(name, np.eye(4))
        mount = MountResult(
            kind="hand-eye" if wrist else "extrinsics", made=Made(), camera=name, serial=config.serial, arm="right",
            T=rows(T), T_board=rows(LAY), sigma_mm=0.3, sigma_deg=0.03, covariance=(), rms_px=0.1, holdout_mm=0.4,
            holdout_deg=0.05, robot_sigma_m=3e-4, robot_sigma_rad=8e-4, poses=20, intrinsics=lens.made.uuid,
            board=TRUTH["boards"]["table"], pictures=(),
        )  # fmt: skip
        store.save(lens, name)
        store.save(mount, name)
    return store


def known_in(store: Store) -> dict[str, Stored]:
    known, why = all_stored(RIG, stored_in(store, RIG, {}))
    assert not why
    return known


def sights(known: dict[str, Stored], poses: int = 1) -> list[Sight]:
    wrist = [Sight("wrist", view("wrist", n), known["wrist"].lens, known["wrist"].T_base_camera(ARM.end_effector(q)))
             for n, q in enumerate(POSES[:poses])]  # fmt: skip
    return [*wrist, *(Sight(c, view(c, 0), known[c].lens, known[c].T) for c in ("front", "side"))]


def judged(store: Store, poses: int = 1, *, lay: bool = True) -> dict[str, CheckResult]:
    known = known_in(store)
    found = judge(sights(known, poses), known, TABLE, LAY if lay else None, Made, 90.0)
    return {one.camera: one for one in found}


def failing(result: CheckResult) -> list[str]:
    return [line.name for line in result.lines if line.verdict == "fail"]


KNOCK = from_twist(np.array([0.0, 0.0, 0.0, 0.0, 0.008, 0.0]))


def test_a_true_calibration_passes_with_next_to_no_shift(tmp_path: Path) -> None:
    for lay in (True, False):
        for one in judged(calibrated(tmp_path / str(lay)), 3, lay=lay).values():
            assert one.shift_px < 0.5 and not failing(one), one.camera
            assert one.intrinsics and one.mount


@pytest.mark.parametrize("camera", ["front", "side", "wrist"])
def test_a_knocked_camera_fails_and_the_others_do_not(camera: str, tmp_path: Path) -> None:
    found = judged(calibrated(tmp_path, **{camera: KNOCK}))
    assert {name for name, one in found.items() if failing(one)} == {camera}
    remedy = next(line.remedy for line in found[camera].lines if line.name == "shift")
    assert f"{'hand-eye' if camera == 'wrist' else 'extrinsics'} {camera}" in remedy


def test_exchanged_pictures_are_told_as_such(tmp_path: Path) -> None:
    known = known_in(calibrated(tmp_path))
    wrist, front, side = sights(known)
    exchanged = [wrist, Sight("front", side.view, front.lens, front.T_base_camera),
                 Sight("side", front.view, side.lens, side.T_base_camera)]  # fmt: skip
    found = {one.camera: one for one in judge(exchanged, known, TABLE, LAY, Made, 90.0)}
    assert "exchanged with side" in failing(found["front"]) and "exchanged with front" in failing(found["side"])
    assert not failing(found["wrist"])


def test_an_old_calibration_only_warns(tmp_path: Path) -> None:
    known = known_in(calibrated(tmp_path))
    found = judge(sights(known), known, TABLE, LAY, Made, max_age_days=-1.0)
    assert {line.name for one in found for line in one.lines if line.verdict == "warn"} == {"age"}


class Cell:
    """The cell's cameras and arm as a procedure looks at them: 50 ms pass at each wait, the arm goes where told."""

    def __init__(self, *blind: str) -> None:
        self.t_ns, self.pose, self._blind, self.said = 0, 0, blind, list[str]()

    def look(self, camera: str) -> Picture | None:
        rgb = np.full((480, 640, 3), 128, np.uint8) if camera in self._blind else seen(camera, self.pose)
        return Picture(self.t_ns - 5 * MS, rgb)

    def arm(self, name: str) -> np.void | None:
        return row_at(self.t_ns, POSES[self.pose])

    def wait(self) -> None:
        self.t_ns += 50 * MS

    def move(self, q: Vector) -> None:
        self.pose += 1


def row_at(t_ns: int, q: Vector) -> np.void:
    row = np.zeros((), arm_row(7))
    row["t_ns"], row["q"], row["O_T_EE"] = t_ns, q, ARM.end_effector(q).T.ravel()
    return row[()]


def test_three_robot_poses_are_taken_one_by_one(tmp_path: Path) -> None:
    cell, known = Cell(), known_in(calibrated(tmp_path))
    capture = look_at_board(cell, list(known), "right", TABLE, 3, cell.said.append, cell.move)
    taken = sights_of(capture, known)
    assert [sight.camera for sight in taken].count("wrist") == 3 and len(taken) == 5
    found = judge(taken, known, TABLE, None, Made, 90.0)
    assert all(one.shift_px < 0.5 for one in found)


def test_a_camera_that_sees_no_board_does_not_stop_the_others(tmp_path: Path) -> None:
    cell, known = Cell("side"), known_in(calibrated(tmp_path))
    capture = look_at_board(cell, list(known), "right", TABLE, 1, cell.said.append, cell.move)
    assert {sight.camera for sight in sights_of(capture, known)} == {"front", "wrist"}
    assert "side" in capture.rejected


def test_a_board_that_nobody_sees_ends_the_wait_in_words() -> None:
    cell = Cell(*RIG.cameras)
    with pytest.raises(CalibrationError, match="did not see the board"):
        look_at_board(cell, list(RIG.cameras), "right", TABLE, 1, cell.said.append, cell.move, patience_s=0.3)


def test_what_cannot_be_told_is_told_beside_what_can(tmp_path: Path) -> None:
    known = known_in(calibrated(tmp_path))
    take: Callable[..., Any] = lambda arm, those, board: (sights(known), ["side did not see the board"])  # noqa: E731
    found = check_all(known, list(known), lambda _arm: (TABLE, LAY), take, Made, 90.0)
    assert isinstance(found, Checked) and len(found.results) == 3 and found.problems == ["side did not see the board"]


def test_a_camera_that_was_never_calibrated_is_named_with_its_command(tmp_path: Path) -> None:
    known, why = all_stored(RIG, stored_in(Store(tmp_path), RIG, {}))
    assert not known and any("clap calibrate intrinsics front" in reason for reason in why)


def test_the_board_of_the_hand_eye_and_its_place_are_remembered(tmp_path: Path) -> None:
    lay = board_that_lay(known_in(calibrated(tmp_path)))
    assert lay is not None and lay[0] == TABLE and np.allclose(lay[1], LAY)


@dataclass
class Recorded:
    """A short episode of the cell: the arm rests at one pose, then at the next."""

    path: Path = Path("episode_000007.hdf5")
    uuid: str = "u"
    utc_anchor_ns: int = 1_790_000_000 * 10**9
    calibration: dict[str, Any] = field(default_factory=dict[str, Any])

    def stream(self, name: str) -> dict[str, NDArray[Any]]:
        if name.startswith("cameras/"):
            return {"t_ns": np.arange(100, 900, 100) * 10 * MS}
        t_ns = np.arange(0, 10_000, 2) * MS
        poses = [ARM.end_effector(q).T.ravel() for q in POSES[:2]]
        return {"t_ns": t_ns, "O_T_EE": np.array([poses[int(t > 4_900 * MS)] for t in t_ns.tolist()])}

    def frame_jpeg(self, camera: str, row: int) -> bytes:
        return simplejpeg.encode_jpeg(seen(camera, int(row > 3)), quality=95)


def test_an_episode_is_checked_by_what_it_saw_and_dated_as_it_is(tmp_path: Path) -> None:
    episode = Recorded()
    found = check_episode(cast(Any, episode), RIG, calibrated(tmp_path, front=KNOCK), list(RIG.cameras), None)
    by_camera = {one.camera: one for one in found.results}
    assert {name for name, one in by_camera.items() if failing(one)} == {"front"}
    assert by_camera["wrist"].shift_px < 0.5 and not found.problems
    assert all(one.made.made_utc_ns == episode.utc_anchor_ns for one in found.results)


def test_what_an_episode_carries_counts_before_what_the_store_holds_now(tmp_path: Path) -> None:
    carried = stored_in(calibrated(tmp_path / "then"), RIG, {})
    episode = Recorded(calibration=carried)
    found = check_episode(cast(Any, episode), RIG, calibrated(tmp_path / "now", front=KNOCK), ["front", "side"], None)
    assert not any(failing(one) for one in found.results)


def test_an_episode_without_any_calibration_says_so(tmp_path: Path) -> None:
    found = check_episode(cast(Any, Recorded()), RIG, Store(tmp_path), ["front"], None)
    assert not found.results and any("clap calibrate intrinsics front" in problem for problem in found.problems)
