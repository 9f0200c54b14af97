"""The cell of the virtual rig: what stands where. Metres and radians in the world frame.

The world frame is the first follower's base frame: x to the front, y to the robot's left, z up, the
table's top at z = 0. Cameras are ideal pinholes in OpenCV's convention (x right, y down, z forward).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from hardware.config import RigConfig
from hardware.samples import Vector
from hardware.virtual import kinematics
from hardware.virtual.kinematics import Matrix

TABLE_MIN = (-0.40, -0.80)  # m, corner of the top
TABLE_MAX = (1.00, 0.80)
CUBE_M = 0.04  # edge of the object
FOLLOWER_SPACING_M = 0.9  # from one base to the next, along +y

BOX_MIN = (0.225, -0.325, 0.0)  # the trigger box on the table
BOX_MAX = (0.315, -0.255, 0.024)
LED: Vector = np.array([0.285, -0.29, 0.0242])
LED_RADIUS_M = 0.009


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """A ChArUco board: squares along its x and y, edges in metres, an OpenCV marker dictionary."""

    columns: int
    rows: int
    square_m: float
    marker_m: float
    dictionary: int

    @property
    def size_m(self) -> tuple[float, float]:
        """Length along the board's x and y."""
        return self.columns * self.square_m, self.rows * self.square_m

    def opencv(self) -> cv2.aruco.CharucoBoard:
        """The same board as OpenCV knows it."""
        marks = cv2.aruco.getPredefinedDictionary(self.dictionary)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_m, self.marker_m, marks)


BOARD = BoardSpec(6, 4, 0.06, 0.042, cv2.aruco.DICT_4X4_50)


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a camera is fixed: `pose` (4, 4) maps it into the world, or into the follower's flange."""

    on_flange: bool
    pose: Matrix


@dataclass(frozen=True, slots=True)
class Tag:
    """An ArUco marker of the board's dictionary and marker size on a plate on the hand, or on the table.

    `pose` (4, 4) maps it into the follower's flange, or the world: from the marker's middle, x to the right and
    y down as printed, z into the plate.
    """

    id: int
    pose: Matrix


TAG_M = BOARD.marker_m  # edge of the tags
PLATE_M = 0.058  # edge of their plates


def _on_hand(at: tuple[float, float, float], facing: tuple[float, float, float]) -> Matrix:
    """A tag at `at` in the axes of the grasp point that faces `facing`, its top away from the fingers."""
    inward = -np.array(facing) / math.hypot(*facing)
    right = np.cross((0.0, 0.0, 1.0), inward)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(inward, right), inward])
    pose[:3, 3] = at
    return kinematics.HAND @ pose


# One for cameras before the robot, one for those at its right; both are behind the wrist camera.
TAGS = (
    Tag(40, _on_hand((0.105, 0.0, -0.155), (0.72, 0.0, -0.69))),
    Tag(41, _on_hand((0.0, 0.130, -0.130), (0.12, 0.85, -0.50))),
)


def _on_table(x: float, y: float) -> Matrix:
    """A tag that lies at (x, y), its top to the robot's left."""
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:2, 3] = x, y
    return pose


# Beside where the cube is picked and placed, so that the wrist camera sees one while the board is out of its view.
TABLE_TAGS = (Tag(42, _on_table(0.482, 0.100)), Tag(43, _on_table(0.482, 0.036)))


def tag_corners(tag: Tag, q: Vector) -> Vector:
    """Corners of a tag on the hand in OpenCV's order, (4, 3) m in the first follower's base frame; q (7,) rad."""
    return marker_corners(kinematics.flange(q) @ tag.pose)


def marker_corners(pose: Matrix) -> Vector:
    """Corners of a marker that lies at `pose` (4, 4), in OpenCV's order, (4, 3) m."""
    half = TAG_M / 2
    corners = np.array([(-half, -half, 0, 1), (half, -half, 0, 1), (half, half, 0, 1), (-half, half, 0, 1)])
    return corners @ pose[:3].T


def _looking(eye: tuple[float, float, float], at: tuple[float, float, float]) -> Matrix:
    forward = np.subtract(at, eye) / math.dist(at, eye)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = eye
    return pose


def _wrist_mount() -> Matrix:
    """Before the hand, the picture's top to the front, tilted back until the fingertips are in view."""
    tilt = math.radians(12.0)
    on_hand = np.eye(4)  # in the axes of the grasp point, whose x points to the front at home
    on_hand[:3, :3] = np.column_stack(
        [
            (0.0, 1.0, 0.0),
            (-math.cos(tilt), 0.0, -math.sin(tilt)),
            (-math.sin(tilt), 0.0, math.cos(tilt)),
        ]
    )
    on_hand[:3, 3] = (0.07, 0.0, -0.10)
    return kinematics.HAND @ on_hand


_SCENE_MOUNTS = (
    _looking((1.14, 0.10, 1.04), (0.25, -0.05, 0.24)),  # front
    _looking((0.55, -1.12, 0.86), (0.22, -0.04, 0.25)),  # side
    _looking((0.86, 0.66, 1.02), (0.30, -0.06, 0.20)),  # far side
)
_WRIST_MOUNT = _wrist_mount()
# Focal length as a share of the width, principal point off the middle as shares of width and height.
_SCENE_LENSES = ((0.742, 0.006, 0.009), (0.738, -0.008, 0.004), (0.745, 0.003, -0.010))
_WRIST_LENS = (0.672, 0.004, -0.006)


def board_pose() -> Matrix:
    """T_world_board (4, 4): from OpenCV's corner of the board, z into the table."""
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0)])
    pose[:3, 3] = (0.35, -0.12, 0.0)
    return pose


def board_corners() -> Vector:
    """The board's inner corners in OpenCV's order, (n, 3) m in the world frame."""
    corners = np.asarray(BOARD.opencv().getChessboardCorners(), dtype=np.float64)
    pose = board_pose()
    return corners @ pose[:3, :3].T + pose[:3, 3]


def follower_base(rig: RigConfig, follower: str) -> Matrix:
    """T_world_base (4, 4) of a follower: in the rig's order along +y."""
    pose = np.eye(4)
    pose[1, 3] = FOLLOWER_SPACING_M * list(rig.followers).index(follower)
    return pose


def intrinsics(rig: RigConfig, camera: str) -> Matrix:
    """Camera matrix K (3, 3), pixels; there is no distortion."""
    config = rig.cameras[camera]
    focal, dx, dy = _WRIST_LENS if config.view == "wrist" else _SCENE_LENSES[_scene_place(rig, camera)]
    width, height = config.width, config.height
    f = focal * width
    return np.array([[f, 0.0, (0.5 + dx) * width], [0.0, f, (0.5 + dy) * height], [0.0, 0.0, 1.0]])


def mount(rig: RigConfig, camera: str) -> Mount:
    """Where a camera is: scene cameras by their order in the rig file, wrist cameras on the flange."""
    if rig.cameras[camera].view == "wrist":
        return Mount(True, _WRIST_MOUNT)
    return Mount(False, _SCENE_MOUNTS[_scene_place(rig, camera)])


def camera_pose(rig: RigConfig, camera: str, q: Vector) -> Matrix:
    """T_world_camera (4, 4) while the first follower is at q (7,) rad."""
    fixed = mount(rig, camera)
    if not fixed.on_flange:
        return fixed.pose
    return follower_base(rig, next(iter(rig.followers))) @ kinematics.flange(q) @ fixed.pose


def _scene_place(rig: RigConfig, camera: str) -> int:
    scenes = [name for name, config in rig.cameras.items() if config.view == "scene"]
    return scenes.index(camera) % len(_SCENE_MOUNTS)
