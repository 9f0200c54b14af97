"""Where a rig's cameras are: robot poses by the operator's hand, or planned and driven by the rig itself."""

from calibration.board import require_one_way_round
from calibration.errors import CalibrationError
from calibration.mounting import rough_mount
from calibration.reach import Room, first_moves, plan_board_poses, plan_poses, why_not_from
from collector.calibrate.bench import Bench
from collector.calibrate.guide import Enough, Show
from collector.calibrate.looks import RigLooks, stands
from collector.calibrate.mount_capture import Job, MountCapture
from collector.calibrate.mount_guided import capture_mount, led_by_hand
from collector.calibrate.mount_scripted import walk, why_not_scripted
from collector.teleop.workspace import BAND_M, SKIN_M, room
from hardware.arms.models import ArmModel, arm_model
from hardware.config import RigConfig
from hardware.samples import Vector

_ROUGH = 4  # views that tell roughly where everything is
_OVERLAP = 2  # poses a camera more where one camera's are not all seen by the others


def look_for_mounts(
    bench: Bench, capture: MountCapture, job: Job, show: Show, enough: Enough, *, scripted: bool
) -> None:
    """Fill the job's capture, which may have begun before. Raises RigFault, DaemonError, CalibrationError."""
    require_one_way_round(job.board)  # before anything moves
    looks = RigLooks(bench.client, (*job.cameras, *job.beside), bench.rig)
    try:
        if scripted:
            _scripted(bench, capture, job, looks, show)
            return
        with led_by_hand(bench.rig, bench.config) as led:
            capture_mount(looks, capture, job, show, enough, led)
    finally:
        looks.close()


def _scripted(bench: Bench, capture: MountCapture, job: Job, looks: RigLooks, show: Show) -> None:
    """Small moves first, which tell roughly where camera and board are; then the plan that they allow."""
    if reason := why_not_scripted(bench.config):
        raise CalibrationError(reason)
    of = ", ".join(job.cameras)
    begin = stands(looks, job.arm)
    model = arm_model(bench.config.followers[job.arm].arm)
    if reason := why_not_from(model, begin, room_of(bench.config)):
        raise CalibrationError(reason)
    walk(bench, looks, capture, job, first_moves(model, begin), show, f"Mount of {of}: small moves first")
    share = len(job.cameras)
    count = -(-job.poses // share) + (share > 1) * _OVERLAP
    plans = [_plan(bench, capture, job, camera, model, begin, count) for camera in job.cameras]
    poses = [pose for plan in plans for pose in (*plan, begin)]  # each plan is one from where the arm stood
    walk(bench, looks, capture, job, poses, show, f"Mount of {of}: {len(poses)} poses")


def room_of(rig: RigConfig) -> Room:
    """Where scripted poses may be: where teleoperation's limiter lets the arm arrive, and at full pace."""
    box = rig.teleop.workspace
    return Room() if box is None else Room(box=room(box, SKIN_M + BAND_M))


def _plan(
    bench: Bench, capture: MountCapture, job: Job, camera: str, model: ArmModel, begin: Vector, count: int
) -> list[Vector]:
    """Way-points that turn the hand far, the board in this camera's view. Raises CalibrationError."""
    views, poses = capture.of(camera)
    kind = bench.papers.kind(camera)
    if len(views) < _ROUGH:
        raise CalibrationError(
            f"{camera} saw the board from {len(views)} of {capture.rests} small moves, and {_ROUGH} are needed:"
            f" begin where it sees all of the board. {capture.why_not(camera)}"
        )
    lens = bench.papers.lens(camera).lens
    T, board = rough_mount(kind, views, poses, lens, job.board)
    plan = plan_poses if kind == "hand-eye" else plan_board_poses
    return plan(model, begin, T, board, job.board, lens, count, room_of(bench.config))
