"""Where cameras are, from the robot poses and views that were taken: solved with each one's lens, kept."""

from dataclasses import dataclass
from pathlib import Path

from calibration.board import Board
from calibration.errors import CalibrationError
from calibration.mounting import solve_mount
from calibration.mounting_fit import Kind
from calibration.poses import Matrix
from calibration.result import Made, MountResult
from calibration.rig_parts import CELL
from calibration.store import Store
from calibration.view import View
from collector.calibrate.keep import keep
from collector.calibrate.mount_capture import Job, MountCapture
from collector.calibrate.papers import Known, Papers
from collector.calibrate.rounds import Round


def round_of(papers: Papers, job: Job, capture: MountCapture) -> Round:
    """A capture as one of a rig's: before cameras on the hand the board is in the cell, else on the hand."""
    on = CELL if papers.kind(job.cameras[0]) == "hand-eye" else job.arm
    return Round(job.arm, "board", on, job.board, capture)


@dataclass(frozen=True, slots=True)
class Problem:
    """All that a mount is solved from; goes to another process as it is."""

    kind: Kind
    camera: str
    serial: str
    arm: str
    board: Board
    views: list[View]
    T_base_ee: Matrix
    known: Known
    made: Made
    J_ee: Matrix | None = None


def problem_of(papers: Papers, capture: MountCapture, camera: str, arm: str, board: Board) -> Problem:
    """Of one camera of a capture. Raises CalibrationError where it saw nothing, or has no lens."""
    views, poses = capture.of(camera)
    if not views:
        raise CalibrationError(f"{camera} never saw the board at rest: {capture.why_not(camera) or 'show it there'}")
    known = papers.lens(camera)
    kind, serial, J_ee = papers.kind(camera), papers.serial(camera), papers.J_ee(arm, capture.joints(camera))
    return Problem(kind, camera, serial, arm, board, views, poses, known, papers.made(known.note), J_ee)


def solve_problem(of: Problem) -> MountResult:
    """Raises CalibrationError."""
    return solve_mount(
        of.kind, of.views, of.T_base_ee, of.known.lens, of.board, camera=of.camera, arm=of.arm, serial=of.serial,
        intrinsics_uuid=of.known.uuid, lens_covariance=of.known.covariance, J_ee=of.J_ee, made=of.made,
    )  # fmt: skip


def keep_mount(store: Store, result: MountResult, capture: MountCapture, folder: Path) -> Path:
    """Into the store, with the pictures that were used; `folder`: of the capture that they are from."""
    return keep(store, result, result.camera, capture.pictures(result.camera), folder)
