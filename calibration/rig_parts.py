"""What a rig consists of for `solve_rig`: cameras, boards, arms, and who saw what when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.board import CharucoBoard, ChessBoard, require_one_way_round
from calibration.bundle_chain import Link, Turned
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.mounting_fit import Kind
from calibration.poses import Matrix
from calibration.slack import inner, offsets
from calibration.view import View

CELL, FREE = "cell", "free"


@dataclass(frozen=True, slots=True)
class RigCamera:
    """`kind`: hand-eye on the hand of `arm`, or extrinsics, fixed in the cell; `intrinsics`: UUID of its lens.

    `lens_covariance`: of `Lens.parameters`, where it was told; widens the sigmas.
    """

    lens: Lens
    kind: Kind
    arm: str = ""
    intrinsics: str = ""
    serial: str = ""
    lens_covariance: Matrix | None = None


@dataclass(frozen=True, slots=True)
class RigBoard:
    """`on`: "cell", it stands still there; "free", it moves between moments; or the arm whose hand it is fixed to."""

    board: CharucoBoard | ChessBoard
    on: str = CELL


@dataclass(frozen=True, slots=True)
class RigSight:
    """A view of a board by a camera. `moment`: row of the arms' poses; equal ones are of one instant."""

    camera: str
    board: str
    moment: int
    view: View


@dataclass(frozen=True, slots=True)
class Parts:
    """All of it. `T_base_ee`: (k, 4, 4) by arm, one a moment; the first arm's base is the frame of everything.

    Without arms the first camera's frame takes its place. `J_ee`: (k, 6, n) of arms of servos, `slack.hand_jacobian`.
    """

    cameras: Mapping[str, RigCamera]
    boards: Mapping[str, RigBoard]
    T_base_ee: Mapping[str, Matrix]
    J_ee: Mapping[str, Matrix] = field(default_factory=dict[str, Matrix])

    @property
    def first(self) -> str:
        """The arm whose base is the frame of everything, or ''."""
        return next(iter(self.T_base_ee), "")

    def to_camera(self, sight: RigSight, *, slack: bool = True) -> tuple[Link, ...]:
        """The chain to the camera, with or without the error of the robot's pose."""
        camera = self.cameras[sight.camera]
        if camera.kind == "hand-eye":
            return (*self._hand(camera.arm, sight.moment, slack), f"camera {sight.camera}")
        if not self.first and sight.camera == next(iter(self.cameras)):
            return ()
        return (f"camera {sight.camera}",)

    def to_board(self, sight: RigSight, *, slack: bool = True) -> tuple[Link, ...]:
        """The chain to the board."""
        board = self.boards[sight.board]
        match board.on:
            case "cell":
                return (f"board {sight.board}",)
            case "free":
                return (f"board {sight.board} {sight.moment}",)
            case arm:
                return (*self._hand(arm, sight.moment, slack), f"board {sight.board}")

    def _hand(self, arm: str, moment: int, slack: bool) -> tuple[Link, ...]:
        base = () if arm == self.first else (f"base {arm}",)
        turned = (Turned(offsets(arm), inner(self.J_ee[arm][moment])),) if arm in self.J_ee else ()
        return (*base, self.T_base_ee[arm][moment], *turned, *((error_of(arm, moment),) if slack else ()))

    def hands(self, sight: RigSight) -> list[tuple[str, int]]:
        """The arm that carries the camera and the one that carries the board, each with the moment."""
        carriers = dict.fromkeys((self.cameras[sight.camera].arm, self.boards[sight.board].on))
        return [(arm, sight.moment) for arm in carriers if arm in self.T_base_ee]

    def pose(self, sight: RigSight) -> Matrix | None:
        """T_base_ee (4, 4) of the arm that carries the camera or the board; None where none does."""
        arm = self.cameras[sight.camera].arm or self.boards[sight.board].on
        return self.T_base_ee[arm][sight.moment] if arm in self.T_base_ee else None


def error_of(arm: str, moment: int | str) -> str:
    """Name of what an arm's pose is wrong by; moment '': what all of the arm's begin with."""
    return f"robot {arm} {moment}"


def checked(parts: Parts, sights: Sequence[RigSight]) -> None:
    """Raises CalibrationError where names or numbers do not match, or a board may as well be upside down."""
    for name, camera in parts.cameras.items():
        if camera.kind == "hand-eye" and camera.arm not in parts.T_base_ee:
            raise CalibrationError(f"{name} is on the hand of {camera.arm or 'no arm'}: give that arm's poses")
    for name, board in parts.boards.items():
        require_one_way_round(board.board)
        if board.on not in (CELL, FREE, *parts.T_base_ee):
            raise CalibrationError(f"board {name} is on {board.on}: give that arm's poses, or say cell or free")
    for sight in sights:
        for kind, name, known in (("camera", sight.camera, parts.cameras), ("board", sight.board, parts.boards)):
            if name not in known:
                raise CalibrationError(f"{sight.view.name}: there is no {kind} {name}; there are {', '.join(known)}")
        size = parts.cameras[sight.camera].lens.size
        if tuple(sight.view.size) != tuple(size):
            raise CalibrationError(
                f"{sight.view.name} is {sight.view.size[0]}x{sight.view.size[1]} and {sight.camera}'s lens holds for"
                f" {size[0]}x{size[1]}: calibrate the lens in the mode that is used"
            )
        for arm in {parts.cameras[sight.camera].arm, parts.boards[sight.board].on}.intersection(parts.T_base_ee):
            poses = parts.T_base_ee[arm]
            if sight.moment >= len(poses) or not np.isfinite(poses[sight.moment]).all():
                raise CalibrationError(
                    f"{sight.view.name}: {arm} has no pose at moment {sight.moment}; leave this view out"
                )
