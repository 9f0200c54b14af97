"""The cell of the virtual rig: what stands where. Metres and radians in the world frame.

The followers stand side by side and look to the front, as on a mobile ALOHA; those called left stand left of the
others. The world frame is the base frame of the rightmost one: x to the front, y to the robot's left, z up, the
table's top at z = 0.
Cameras are ideal pinholes in OpenCV's convention (x right, y down, z forward).
"""

import itertools
import math
from dataclasses import dataclass

import cv2
import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.config import RigConfig
from hardware.samples import Vector
from hardware.virtual.station import Station, station

CUBE_M = 0.04  # edge of the object
LED_RADIUS_M = 0.009

_TABLE_MIN, _TABLE_MAX = (-0.40, -0.80), (1.00, 0.80)
_BOX_M = (0.09, 0.07, 0.024)
_LED_IN_BOX: Vector = np.array([0.06, 0.035, 0.0242])


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
HELD_BOARD = BoardSpec(7, 5, 0.06, 0.042, cv2.aruco.DICT_5X5_100)
"""A plate of A3's size, with markers of its own: its squares are large enough for the scene cameras to read."""
HELD_MARGIN_M = 0.015  # of white round the squares
TAG_M = BOARD.marker_m  # edge of the tags
PLATE_M = 0.058  # edge of their plates
_FIRST_TAG = (40, 44, 36, 32)  # of each follower: two on the hand, two on the table; the board has the low ones


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a camera is fixed: `pose` (4, 4) maps it into the world, or into the flange of `follower`."""

    follower: str | None
    pose: Matrix


@dataclass(frozen=True, slots=True)
class Tag:
    """An ArUco marker of the board's dictionary and marker size on a plate on a hand, or on the table.

    `pose` (4, 4) maps it into its follower's flange, or the world: from the marker's middle, x to the right and
    y down as printed, z into the plate.
    """

    id: int
    pose: Matrix


@dataclass(frozen=True, slots=True)
class Place:
    """A follower's place: `base` (4, 4) maps its base frame into the world."""

    base: Matrix
    station: Station
    hand_tags: tuple[Tag, ...]
    table_tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands where for one rig. Corners of the table's top (x, y) and of the trigger box (x, y, z), m."""

    places: dict[str, Place]
    table_min: tuple[float, float]
    table_max: tuple[float, float]
    box_min: tuple[float, float, float]
    box_max: tuple[float, float, float]

    @property
    def led(self) -> Vector:
        """The LED on the box, (3,) m."""
        return np.array(self.box_min) + _LED_IN_BOX

    @property
    def table_tags(self) -> tuple[Tag, ...]:
        """All of them, in the world."""
        return tuple(tag for place in self.places.values() for tag in place.table_tags)


def layout(rig: RigConfig) -> Layout:
    """The cell of a rig: the trigger box beside its one follower or between the first two, the table wide enough."""
    stations = [station(follower.arm) for follower in rig.followers.values()] or [station("fr3")]
    spacing = max(s.spacing for s in stations)
    x, y = max(s.box for s in stations)
    if len(rig.followers) > 1:
        y = (spacing - _BOX_M[1]) / 2
    from_the_right = sorted(rig.followers, key=lambda name: "left" in name)
    places = {name: _place(i, spacing, station(rig.followers[name].arm)) for i, name in enumerate(from_the_right)}
    return Layout(
        places,
        _TABLE_MIN,
        (_TABLE_MAX[0], _TABLE_MAX[1] + spacing * (len(stations) - 1)),
        (x, y, 0.0),
        (x + _BOX_M[0], y + _BOX_M[1], _BOX_M[2]),
    )


def _place(index: int, spacing: float, of: Station) -> Place:
    base = np.eye(4)
    base[1, 3] = spacing * index
    ids = itertools.count(_FIRST_TAG[index])
    return Place(
        base,
        of,
        tuple(Tag(next(ids), pose) for pose in of.hand_tags),
        tuple(Tag(next(ids), base @ _flat(x, y)) for x, y in of.table_tags),
    )


def _flat(x: float, y: float) -> Matrix:
    """A tag that lies at (x, y), its top to the robot's left."""
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:2, 3] = x, y
    return pose


def tag_corners(place: Place, tag: Tag, q: Vector) -> Vector:
    """Corners of a tag on a follower's hand in OpenCV's order, (4, 3) m in the world; q (n,) rad."""
    return marker_corners(place.base @ place.station.model.flange(q) @ tag.pose)


def marker_corners(pose: Matrix) -> Vector:
    """Corners of a marker that lies at `pose` (4, 4), in OpenCV's order, (4, 3) m."""
    half = TAG_M / 2
    corners = np.array([(-half, -half, 0, 1), (half, -half, 0, 1), (half, half, 0, 1), (-half, half, 0, 1)])
    return corners @ pose[:3].T


def gripped_board(rig: RigConfig, follower: str) -> Matrix:
    """T_flange_board (4, 4) of HELD_BOARD in a follower's hand, from OpenCV's corner of it."""
    pose = station(rig.followers[follower].arm).board.copy()
    pose[:3, 3] -= pose[:3, :2] @ (np.array(HELD_BOARD.size_m) / 2)
    return pose


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


_Point = tuple[float, float, float]
# Eye and what it looks at, of one follower: front, side, far side. More followers are seen from farther off.
_SCENE_MOUNTS: tuple[tuple[_Point, _Point], ...] = (
    ((1.14, 0.10, 1.04), (0.25, -0.05, 0.24)),
    ((0.55, -1.12, 0.86), (0.22, -0.04, 0.25)),
    ((0.86, 0.66, 1.02), (0.30, -0.06, 0.20)),
)
_FARTHER = 0.12  # a further follower, as a share of the distance
# Focal length as a share of the width, principal point off the middle as shares of width and height.
_SCENE_LENSES = ((0.742, 0.006, 0.009), (0.738, -0.008, 0.004), (0.745, 0.003, -0.010))
_WRIST_LENS = (0.672, 0.004, -0.006)


def intrinsics(rig: RigConfig, camera: str) -> Matrix:
    """Camera matrix K (3, 3), pixels; there is no distortion."""
    config = rig.cameras[camera]
    focal, dx, dy = _WRIST_LENS if config.view == "wrist" else _SCENE_LENSES[_scene_place(rig, camera)]
    width, height = config.width, config.height
    f = focal * width
    return np.array([[f, 0.0, (0.5 + dx) * width], [0.0, f, (0.5 + dy) * height], [0.0, 0.0, 1.0]])


def mount(rig: RigConfig, camera: str) -> Mount:
    """Where a camera is: scene cameras by their order in the rig file, wrist cameras on their follower's flange."""
    if (follower := rig.carrier(camera)) is not None:
        return Mount(follower, station(rig.followers[follower].arm).wrist)
    eye, at = (np.array(point) for point in _SCENE_MOUNTS[_scene_place(rig, camera)])
    others = len(rig.followers) - 1
    if others > 0:
        aside = np.mean([place.base[:3, 3] for place in layout(rig).places.values()], axis=0)
        eye, at = at + (1 + _FARTHER * others) * (eye - at) + aside, at + aside
    return Mount(None, _looking(eye, at))


def camera_pose(rig: RigConfig, camera: str, q: Vector) -> Matrix:
    """T_world_camera (4, 4) while the follower that carries it, if one does, is at q (n,) rad."""
    fixed = mount(rig, camera)
    if fixed.follower is None:
        return fixed.pose
    place = layout(rig).places[fixed.follower]
    return place.base @ place.station.model.flange(q) @ fixed.pose


def _looking(eye: Vector, at: Vector) -> Matrix:
    forward = (at - eye) / math.dist(at, eye)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = eye
    return pose


def _scene_place(rig: RigConfig, camera: str) -> int:
    scenes = [name for name, config in rig.cameras.items() if config.view == "scene"]
    return scenes.index(camera) % len(_SCENE_MOUNTS)
