"""A camera, a hand and markers in numbers: what motion lag is measured from, with the truth known."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from collector.selftest.evidence import MarkerTrack, Rows
from collector.selftest.motion import View
from collector.selftest.motion_fit import marker_corners
from hardware import rows
from hardware.arms.models import arm_model

ARM = arm_model("fr3")

Floats = NDArray[np.float64]

START_NS = 7_000_000_000_000
EDGE_M = 0.042
SIZE = (640, 480)
_FRAME_S = 1 / 60
_STATE_S = 0.004

_SPOTS = ((0.42, 0.04), (0.40, 0.15), (0.44, 0.10), (0.37, -0.02))


@dataclass(frozen=True)
class Hand:
    """What the robot told: t (n,) s; pose (n, 4, 4)."""

    t: Floats
    pose: Floats

    def states(self, late_s: float = 0.0) -> Rows:
        found = np.zeros(len(self.t), rows.arm_row(7))
        found["t_ns"] = START_NS + np.round((self.t + late_s) * 1e9).astype(np.int64)
        found["O_T_EE"] = self.pose.transpose(0, 2, 1).reshape(-1, 16)
        return found


def joints(t: Floats, seed: int, speed: float = 1.0) -> Floats:
    """(n, 7) rad: minimum-jerk moves between home and spots over the table, with tremor; `speed` 0 rests."""
    rng = np.random.default_rng(seed)
    q = np.tile(ARM.home, (len(t), 1))
    at, begin = ARM.home, 0.3
    home = ARM.end_effector(ARM.home)
    while speed > 0 and begin < t[-1]:
        pose = home.copy()
        x, y = _SPOTS[rng.integers(len(_SPOTS))] + rng.normal(0, 0.02, 2)
        turn = Rotation.from_euler("zyx", rng.normal(0, (0.1, 0.12, 0.08))).as_matrix()
        pose[:3, :3] = turn @ home[:3, :3]
        pose[:3, 3] = x, y, rng.choice([0.06, 0.15, 0.28])
        try:
            goal = ARM.inverse(pose, at)
        except ValueError:  # out of reach: somewhere else
            continue
        lasts = max(0.4, 1.875 * float(np.abs(goal - at).max()) / 0.9) / speed
        x = np.clip((t - begin) / lasts, 0, 1)
        q += (goal - at) * (x**3 * (10 - 15 * x + 6 * x * x))[:, None]
        at, begin = goal, begin + lasts + rng.uniform(0.05, 0.4)
    hz = rng.uniform(8, 12, 7)
    return q + (2e-4 if speed > 0 else 0.0) * np.sin(2 * np.pi * hz * t[:, None] + np.arange(7))


@lru_cache(maxsize=32)
def _moves(seconds: float, seed: int, speed: float, shift_s: float, step_s: float) -> tuple[Floats, Floats]:
    t = np.arange(0, seconds, step_s)
    return t, np.array([ARM.end_effector(q) for q in joints(t + shift_s, seed, speed)])


def hand(seconds: float, seed: int, speed: float = 1.0) -> Hand:
    return Hand(*_moves(seconds, seed, speed, 0.0, _STATE_S))


@dataclass(frozen=True)
class Shot:
    """What one camera saw: its tracks, its frames' stamps, and what is believed of it."""

    view: View
    tracks: list[MarkerTrack]
    frame_t_ns: NDArray[np.int64]


def shoot(
    seconds: float,
    motion: int,
    rng: np.random.Generator,
    *,
    wrist: bool,
    lag_s: float = 0.0,
    noise_px: float = 0.2,
    K_error: float = 0.005,
    missing: float = 0.0,
    speed: float = 1.0,
    alike: float = 0.0,
) -> Shot:
    """`alike`: correlation of the corners' errors from one frame to the next."""
    t, poses = _moves(seconds, motion, speed, lag_s, _FRAME_S)
    camera, markers = _wrist(rng) if wrist else _scene(rng)
    f = (0.67 if wrist else 0.74) * SIZE[0]
    K = np.array([[f, 0, SIZE[0] / 2], [0, f, SIZE[1] / 2], [0, 0, 1.0]])
    tracks: list[MarkerTrack] = []
    here = rng.random(len(t)) >= missing
    for number, marker in markers.items():
        E = np.linalg.inv(poses) if wrist else poses
        seen = np.linalg.inv(camera) @ E @ marker
        points = marker_corners(EDGE_M) @ seen[:, :3, :3].transpose(0, 2, 1) + seen[:, None, :3, 3]
        pixel = points @ K.T
        corners = pixel[..., :2] / pixel[..., 2:]
        inside = ((corners > 4) & (corners < np.array(SIZE) - 4)).all(axis=(1, 2)) & (points[..., 2] > 0.05).all(axis=1)
        frames = np.flatnonzero(inside & here)
        error = rng.normal(0, noise_px, corners.shape)
        for i in range(1, len(error)):
            error[i] = alike * error[i - 1] + np.sqrt(1 - alike**2) * error[i]
        tracks.append(MarkerTrack(number, frames, (corners + error)[frames]))
    wrong = np.diag([1 + rng.normal(0, K_error), 1 + rng.normal(0, K_error), 1.0]) @ K
    wrong[:2, 2] += rng.normal(0, 3.0, 2)
    frame_t_ns = START_NS + np.round(t * 1e9).astype(np.int64)
    return Shot(View("wrist" if wrist else "front", wrong, wrist, EDGE_M), tracks, frame_t_ns)


def _looking(eye: Floats, at: Floats) -> Floats:
    forward = (at - eye) / np.linalg.norm(at - eye)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = eye
    return pose


def _scene(rng: np.random.Generator) -> tuple[Floats, dict[int, Floats]]:
    """T_base_camera and T_ee_marker: a tag on the side of the hand, about facing the camera."""
    eye = np.array([1.14, 0.10, 0.9]) + rng.normal(0, 0.05, 3)
    camera = _looking(eye, np.array([0.35, 0.0, 0.25]))
    home = ARM.end_effector(ARM.home)
    place = home[:3, 3] + (0.06, 0.0, 0.08)
    facing = _looking(place, eye)
    marker = np.eye(4)
    marker[:3, :3] = facing[:3, :3] @ Rotation.from_euler("x", np.pi).as_matrix()
    marker[:3, :3] = marker[:3, :3] @ Rotation.from_rotvec(rng.normal(0, 0.25, 3)).as_matrix()
    marker[:3, 3] = place
    return camera, {40: np.linalg.inv(home) @ marker}


def _wrist(rng: np.random.Generator) -> tuple[Floats, dict[int, Floats]]:
    """T_ee_camera and T_base_marker: markers flat on the table below the hand."""
    camera = np.eye(4)
    tilt = np.radians(12.0)
    camera[:3, :3] = np.column_stack([(0, 1, 0), (-np.cos(tilt), 0, -np.sin(tilt)), (-np.sin(tilt), 0, np.cos(tilt))])
    camera[:3, 3] = (0.07, 0.0, -0.10)
    camera[:3, :3] = camera[:3, :3] @ Rotation.from_rotvec(rng.normal(0, 0.05, 3)).as_matrix()
    markers: dict[int, Floats] = {}
    for number, (x, y) in enumerate([(0.45, 0.02), (0.51, 0.08), (0.57, 0.02), (0.45, 0.14), (0.57, 0.14)]):
        pose = np.eye(4)
        pose[:3, 3] = x, y, 0.0
        markers[number] = pose
    return camera, markers
