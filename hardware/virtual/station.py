"""What a follower's place in the cell is like, by its kind of arm; all in its own base frame. m, rad.

Hands differ in their axes, so what is fixed to one is laid out in axes common to all: from the grasp point,
z out of the hand, y across the fingers, and x to the front when the hand points down.
"""

import math
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.arms.models import ArmModel, arm_model
from hardware.config.followers import ArmName
from hardware.samples import Vector

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Station:
    """A follower's place.

    axes: T_EE_hand, from the common axes to the arm's own; wrist: T_flange_camera of a camera on the wrist;
    board: T_flange_board of the middle of a board that it grips; hand_tags: T_flange_tag; table_tags: (x, y) beside
    where the cube is picked and placed, so that the wrist camera sees one; ready: joints near those of a grasp, where
    the search for them begins; spots: x and y of those places, clear of all else; lean: back from straight down, of a
    hand that grasps; clearance: from the grasp up to where the hand travels; open: width of the open gripper; box:
    least x and y of the trigger box where the wrist camera sees it at home; spacing: to the next base.
    """

    model: ArmModel
    axes: Matrix
    wrist: Matrix
    board: Matrix
    hand_tags: tuple[Matrix, ...]
    table_tags: tuple[tuple[float, float], ...]
    ready: Vector
    spots: tuple[Range, Range]
    lean: Range
    clearance: float
    open: float
    box: tuple[float, float]
    spacing: float

    @property
    def hand(self) -> Matrix:
        """T_flange_hand (4, 4), the grasp point in the common axes."""
        return self.model.tool @ self.axes

    def end_effector(self, hand: Matrix) -> Matrix:
        """O_T_EE (4, 4) that brings the common axes to `hand` (4, 4)."""
        return hand @ self.axes.T


def station(arm: ArmName) -> Station:
    """The place of an arm of this kind."""
    match arm:
        case "fr3":
            return _FR3
        case "viperx300s":
            return _VIPERX300S
        case _:
            assert_never(arm)


def _tag(at: tuple[float, float, float], facing: tuple[float, float, float]) -> Matrix:
    """A tag or a board, its middle at `at` in the hand's axes; it faces `facing`, its top away from the fingers."""
    inward = -np.array(facing) / math.hypot(*facing)
    right = np.cross((0.0, 0.0, 1.0), inward)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(inward, right), inward])
    pose[:3, 3] = at
    return pose


def _camera(at: tuple[float, float, float], tilt_deg: float) -> Matrix:
    """A camera at `at` in the hand's axes, the picture's top to the front, tilted back towards the fingertips."""
    tilt = math.radians(tilt_deg)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack(
        [
            (0.0, 1.0, 0.0),
            (-math.cos(tilt), 0.0, -math.sin(tilt)),
            (-math.sin(tilt), 0.0, math.cos(tilt)),
        ]
    )
    pose[:3, 3] = at
    return pose


def _fr3() -> Station:
    model = arm_model("fr3")
    hand = model.tool
    return Station(
        model,
        np.eye(4),
        hand @ _camera((0.07, 0.0, -0.10), 12.0),
        # By its upper edge, hanging down and to the front: for cameras before the robot and at its right alike.
        hand @ _tag((0.10, 0.08, 0.14), (0.607, 0.474, -0.64)),
        # One for cameras before the robot, one for those at its right; both are behind the wrist camera.
        (
            hand @ _tag((0.105, 0.0, -0.155), (0.72, 0.0, -0.69)),
            hand @ _tag((0.0, 0.130, -0.130), (0.12, 0.85, -0.50)),
        ),
        ((0.482, 0.100), (0.482, 0.036)),
        ready=model.home,
        spots=((0.38, 0.45), (0.00, 0.19)),
        lean=(0.1, 0.22),
        clearance=0.08,
        open=0.08,
        box=(0.225, -0.325),
        spacing=0.6,
    )


def _viperx300s() -> Station:
    """Its hand is level at home and comes down from behind the cube, as on ALOHA."""
    model = arm_model("viperx300s")
    axes = np.eye(4)
    axes[:3, :3] = [[0, 0, 1], [0, -1, 0], [1, 0, 0]]  # its EE has x out of the gripper, z up
    hand = model.tool @ axes
    return Station(
        model,
        axes,
        hand @ _camera((0.125, 0.0, -0.15), 40.0),
        # By its middle, before the level hand, as cameras before the robot look down on it.
        hand @ _tag((0.0, 0.0, 0.06), (0.5, 0.0, 0.866)),
        (
            hand @ _tag((0.075, 0.0, -0.180), (0.98, 0.0, -0.10)),
            hand @ _tag((0.02, 0.075, -0.140), (0.35, 0.90, 0.0)),
        ),
        ((0.410, 0.200), (0.410, -0.040)),
        ready=np.array([0.2, -0.3, 0.9, 0.0, 0.8, 0.0]),  # beyond the wrist's singular pose from home
        spots=((0.33, 0.41), (0.00, 0.16)),
        lean=(-0.22, -0.1),
        clearance=0.08,
        open=0.074,
        box=(0.56, -0.035),
        spacing=0.5,
    )


_FR3 = _fr3()
_VIPERX300S = _viperx300s()
