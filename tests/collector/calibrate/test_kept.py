"""A capture outlives what the solver says of it: refused first, then solved from its folder, its cause mended."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.detect import detect
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import Matrix, apart, from_twist, inverse
from calibration.rig_parts import CELL
from calibration.store import Store
from calibration.view import View
from collector.calibrate.kept import FILE, CaptureFolder
from collector.calibrate.lens_capture import LensCapture
from collector.calibrate.mount_capture import MountCapture
from collector.calibrate.mount_run import keep_mount, problem_of, solve_problem
from collector.calibrate.papers import Known, Papers
from collector.calibrate.recalled import mounts_of, papers_of, pictures_of, rounds_of
from collector.calibrate.rounds import Round
from collector.calibrate.taken import Taken, taken
from collector.live import Picture
from collector.record import RigFault
from hardware.config import RigConfig
from hardware.load import load
from tests.collector.calibrate.fakes import BOARD, SIZE, K, facing, render
from tests.conftest import Clap

CONFIG = load(RigConfig, Path("configs/rigs/virtual.yaml"))
RIG = Path("configs/rigs/virtual.yaml")
T_EE_CAMERA = from_twist(np.array([0.07, 0.0, -0.10, 0.0, 0.2, 1.5]))
T_BASE_BOARD = from_twist(np.array([0.5, 0.1, 0.0, 3.1, 0.0, 0.1]))
LARGER = BOARD.model_copy(update={"square_m": 1.1 * BOARD.square_m, "marker_m": 1.1 * BOARD.marker_m})


def quiet(_what: str, _share: float | None) -> None:
    pass


def looks() -> Iterator[tuple[Matrix, Taken]]:
    """Robot poses before a board that lies still, and what the camera on the hand saw."""
    rng = np.random.default_rng(3)
    for number in range(10):
        T = facing(*rng.uniform(-0.04, 0.04, 2), 0.38 + 0.02 * (number % 4))
        T[:3, :3] = T[:3, :3] @ Rotation.from_rotvec(rng.uniform(-0.5, 0.5, 3)).as_matrix()
        middle = np.append(BOARD.points().mean(axis=0), 1.0)
        T[:3, 3] += np.array([0.0, 0.0, 0.4]) - (T @ middle)[:3] + np.append(rng.uniform(-0.02, 0.02, 2), 0.0)
        picture = render(T)
        seen = detect(picture, BOARD, f"wrist@{number + 1}", number + 1)
        assert isinstance(seen, View), seen
        yield T_BASE_BOARD @ inverse(T) @ inverse(T_EE_CAMERA), taken(seen, Picture(number + 1, picture))


@pytest.fixture(scope="module")
def shots() -> list[tuple[Matrix, Taken]]:
    return list(looks())


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(CONFIG, Store(tmp_path / "store"), {"wrist": {"serial": "77"}})


def captured(shots: list[tuple[Matrix, Taken]], board: Any = BOARD) -> Round:
    capture = MountCapture(["wrist"], board)
    for number, (hand, one) in enumerate(shots):
        capture.recall(hand, (0.1 * number,), {"wrist": one})
    return Round("right", "board", CELL, board, capture)


@pytest.fixture
def lens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Papers, "lens", lambda _papers, _camera: Known(Lens("pinhole", K, np.zeros(0), SIZE), "lens-uuid")
    )


def test_what_is_kept_comes_back_as_it_was(papers: Papers, shots: list[tuple[Matrix, Taken]], lens: None) -> None:
    folder = CaptureFolder(papers, "mounts", "wrist")
    folder.keep_round(captured(shots))
    again = mounts_of(CONFIG, folder.path, ["wrist"], None, quiet)
    assert (again.arm, again.on, again.board) == ("right", CELL, BOARD)
    for sight, (hand, one) in zip(again.capture.sights, shots, strict=True):
        assert sight.T_base_ee.tolist() == hand.tolist()
        assert sight.taken["wrist"].png == one.png
        assert sight.taken["wrist"].view.name == one.view.name
        assert sight.taken["wrist"].view.corners.tolist() == one.view.corners.tolist()
    assert again.capture.sights[3].q == pytest.approx((0.3,))
    assert papers_of(CONFIG, papers.store, folder.path).serial("wrist") == "77"


def test_a_board_that_was_told_wrongly_is_told_rightly_afterwards(
    papers: Papers, shots: list[tuple[Matrix, Taken]], lens: None
) -> None:
    folder = CaptureFolder(papers, "mounts", "wrist")
    folder.keep_round(captured(shots, LARGER))
    wrong = solve_problem(problem_of(papers, captured(shots, LARGER).capture, "wrist", "right", LARGER))
    assert {line.name: line.verdict for line in wrong.lines}["board's size over told"] == "fail"
    of = papers_of(CONFIG, papers.store, folder.path)
    again = mounts_of(CONFIG, folder.path, ["wrist"], BOARD, quiet)
    right = solve_problem(problem_of(of, again.capture, "wrist", again.arm, again.board))
    assert {line.name: line.verdict for line in right.lines}["board's size over told"] == "pass"
    assert apart(np.array(right.T), T_EE_CAMERA)[0] < 1e-3
    assert right.made.source == str(folder.path)
    keep_mount(papers.store, right, again.capture, folder.path)
    held = folder.path / f"{right.pictures[0].sha256}.png"
    assert held.samefile(papers.store.root / "pictures" / held.name)  # no second copy


def test_the_command_solves_a_refused_capture_once_its_cause_is_mended(
    clap: Clap, papers: Papers, shots: list[tuple[Matrix, Taken]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CaptureFolder(papers, "mounts", "wrist")
    folder.keep_round(captured(shots))
    with pytest.raises(CalibrationError, match="wrist has no lens yet"):
        problem_of(papers, captured(shots).capture, "wrist", "right", BOARD)
    words = ("calibrate", "hand-eye", "wrist", "--rig", RIG, "--from", folder.path, "--store", papers.store.root)
    code, _, err = clap(*words)
    assert (code, "run clap calibrate intrinsics wrist first" in err) == (1, True)
    monkeypatch.setattr(
        Papers, "lens", lambda _papers, _camera: Known(Lens("pinhole", K, np.zeros(0), SIZE), "lens-uuid")
    )
    told = papers.store.root / "told.txt"
    code, _, err = clap(*words, "--json", told)
    found = json.loads(told.read_text())["wrist"]
    assert apart(np.array(found["T"]), T_EE_CAMERA)[0] < 1e-3
    assert found["serial"] == "77"
    assert str(folder.path) in err.replace("\n", "")


def test_the_remedy_names_the_command_and_the_folder_and_nothing_where_nothing_was_taken(
    papers: Papers, shots: list[tuple[Matrix, Taken]]
) -> None:
    folder = CaptureFolder(papers, "mounts", "wrist")
    folder.keep_round(captured([]))
    assert folder.again("hand-eye wrist") == ""
    assert not folder.path.exists()
    folder.keep_round(captured(shots[:2]))
    assert folder.again("hand-eye wrist").endswith(f"clap calibrate hand-eye wrist --rig RIG --from {folder.path}")


def test_a_rig_s_rounds_are_kept_one_by_one(papers: Papers, shots: list[tuple[Matrix, Taken]]) -> None:
    folder = CaptureFolder(papers, "rig", "all")
    for part in (shots[:2], shots[2:5]):
        folder.keep_round(captured(part))
    assert [len(one.capture.sights) for one in rounds_of(CONFIG, folder.path, None, quiet)] == [2, 3]


@pytest.mark.parametrize("ended", [RigFault("cameras.wrist: no frame for 1 s"), KeyboardInterrupt(), None])
def test_what_was_taken_before_it_broke_off_is_kept_and_the_way_on_is_told(
    papers: Papers, shots: list[tuple[Matrix, Taken]], ended: BaseException | None
) -> None:
    folder, one, told = CaptureFolder(papers, "mounts", "wrist"), captured([]), list[str]()
    with (
        suppress(RigFault, KeyboardInterrupt),
        folder.taking(lambda: folder.keep_round(one), "hand-eye wrist", told.append),
    ):
        one.capture.sights.extend(captured(shots[:4]).capture.sights)
        if ended is not None:
            raise ended
    assert len(mounts_of(CONFIG, folder.path, ["wrist"], None, quiet).capture.sights) == 4
    command = f"solved by clap calibrate hand-eye wrist --rig RIG --from {folder.path}"
    assert [line.partition(", and ")[2] for line in told] == ([] if ended is None else [command])


def test_what_cannot_be_solved_is_not_kept(papers: Papers, shots: list[tuple[Matrix, Taken]]) -> None:
    folder, one = CaptureFolder(papers, "mounts", "wrist"), captured(shots[:2])
    with pytest.raises(CalibrationError, match="2 of 6"), folder.taking(lambda: folder.keep_round(one), "", print):
        raise CalibrationError("wrist saw the board from 2 of 6 small moves, and 4 are needed")
    assert not folder.path.exists()


def test_a_lens_s_views_are_kept_and_the_folder_does_for_its_command(
    clap: Clap, papers: Papers, shots: list[tuple[Matrix, Taken]]
) -> None:
    folder = CaptureFolder(papers, "intrinsics", "wrist")
    capture = LensCapture("wrist", BOARD)
    capture.taken += [one for _, one in shots[:3]]
    folder.keep_views(capture)
    assert [name for name, *_ in pictures_of(folder.path, "wrist")] == ["wrist@1", "wrist@2", "wrist@3"]
    code, _, err = clap("calibrate", "intrinsics", "wrist", "--from", folder.path)
    assert (code, "3 views with enough corners" in err) == (1, True)  # its own board, and too few
    with pytest.raises(CalibrationError, match="holds no picture of front, only of wrist"):
        next(pictures_of(folder.path, "front"))
    with pytest.raises(CalibrationError, match="without robot poses: clap calibrate intrinsics"):
        rounds_of(CONFIG, folder.path, None, quiet)


def test_what_is_no_capture_or_a_part_of_one_is_refused(
    clap: Clap, papers: Papers, shots: list[tuple[Matrix, Taken]], tmp_path: Path
) -> None:
    code, _, err = clap("calibrate", "rig", "--rig", RIG, "--from", tmp_path)
    assert (code, f"holds no {FILE}" in err) == (1, True)
    folder = CaptureFolder(papers, "mounts", "wrist")
    folder.keep_round(captured(shots[:2]))
    with pytest.raises(CalibrationError, match="is no capture of front"):
        mounts_of(CONFIG, folder.path, ["front"], None, quiet)
    (folder.path / f"{shots[0][1].view.sha256}.png").unlink()
    with pytest.raises(CalibrationError, match="copy the whole folder"):
        rounds_of(CONFIG, folder.path, None, quiet)
    (folder.path / FILE).chmod(0o644)
    (folder.path / FILE).write_text("{")
    with pytest.raises(CalibrationError, match="cannot be read"):
        rounds_of(CONFIG, folder.path, None, quiet)
