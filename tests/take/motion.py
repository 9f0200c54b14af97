"""The hand's motion in virtual time, and the markers that the cameras see of it."""

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import MarkerTrack
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.virtual import cell
from tests.take.wrong import SECOND, START_NS, Draw, Faults, Floats, Ints

ARM = arm_model("fr3")

JOINTS = 7
FOLLOWS_NS = 25_000_000  # the follower behind the leader
_EASE_S = 1.0
_HZ = (0.35, 0.8, 1.3)  # incommensurate (sync reference, "Motion test")
_NOISE_PX = 0.2
_EVERY = 2  # frames
_LEAST_PX2 = 150.0  # a detector needs some pixels of each bit


class Motion:
    """Each joint swings about home by sines, after the LED's time; `leader_still` stops time for the hands."""

    def __init__(self, rig: RigConfig, draw: Draw, faults: Faults) -> None:
        rng = draw.rng("motion")
        self._begin_ns = START_NS + round((rig.selftest.led_s + 0.3) * 1e9)
        self._amplitude: Floats = rng.uniform(0.07, 0.13, (3, JOINTS)) * np.array([1.0, 0.6, 0.3])[:, np.newaxis]
        self._omega: Floats = 2 * np.pi * np.array(_HZ)[:, np.newaxis] * rng.uniform(0.9, 1.1, (3, JOINTS))
        self._phase: Floats = rng.uniform(0, 2 * np.pi, (3, JOINTS))
        self._still = faults.spells("leader_still", "right")

    def q(self, t_ns: Ints) -> Floats:
        """(n, 7) leader's joints, rad."""
        moved = self._moved_s(t_ns)
        x = np.clip(moved / _EASE_S, 0.0, 1.0)
        ease = (x**3 * (10 - 15 * x + 6 * x**2))[:, np.newaxis]
        angle = self._omega * moved[:, np.newaxis, np.newaxis] + self._phase
        return ARM.home + ease * (self._amplitude * np.sin(angle)).sum(axis=1)

    def dq(self, t_ns: Ints) -> Floats:
        """(n, 7) rad/s."""
        step = 100_000
        return (self.q(t_ns + step) - self.q(t_ns - step)) / (2e-9 * step)

    def _moved_s(self, t_ns: Ints) -> Floats:
        moved = t_ns - self._begin_ns
        for first, last, _ in self._still:
            moved = moved - np.clip(t_ns - max(first, self._begin_ns), 0, max(last - max(first, self._begin_ns), 0))
        return np.maximum(moved, 0) * 1e-9


def end_effectors(q: Floats) -> Floats:
    """(n, 4, 4) poses of the flange."""
    pose = np.broadcast_to(np.eye(4), (len(q), 4, 4))
    for joint in range(JOINTS):
        angle = q[:, joint, np.newaxis, np.newaxis]
        turn = ARM.chain.fixed[joint] + np.cos(angle) * ARM.chain.cosine[joint]
        pose = pose @ (turn + np.sin(angle) * ARM.chain.sine[joint])
    return pose @ ARM.chain.flange


def tracks(rig: RigConfig, camera: str, motion: Motion, true_ns: Ints, rng: np.random.Generator) -> list[MarkerTrack]:
    """Markers in frames whose pictures were taken at `true_ns`; those of the LED's time are left out."""
    index = np.flatnonzero(true_ns > START_NS + round(rig.selftest.led_s * 1e9) + SECOND // 5)[::_EVERY]
    flange = end_effectors(motion.q(true_ns[index] - FOLLOWS_NS))
    mount = cell.mount(rig, camera)
    place = cell.layout(rig).places[next(iter(rig.followers))]
    on_flange = mount.follower is not None
    in_world = place.base @ flange
    view = np.linalg.inv(in_world @ mount.pose if on_flange else mount.pose)
    seen = _board() if on_flange else _tags(place.hand_tags)
    found: list[MarkerTrack] = []
    for marker, corners in seen:
        points = np.column_stack([corners, np.ones(4)])
        at = view @ points.T if on_flange else view @ in_world @ points.T
        pixels, there = _project(
            at, cell.intrinsics(rig, camera), rig.cameras[camera].width, rig.cameras[camera].height
        )
        noisy = pixels + rng.normal(0, _NOISE_PX, pixels.shape)
        if there.any():
            found.append(MarkerTrack(marker, index[there], noisy[there]))
    return found


def _project(at: Floats, K: Floats, width: int, height: int) -> tuple[Floats, NDArray[np.bool_]]:
    """(n, 4, 4) points in the camera -> (n, 4 corners, 2) px, and which frames show the front of all of it."""
    pixels = np.swapaxes(K @ at[:, :3], 1, 2)
    pixels = pixels[..., :2] / pixels[..., 2:]
    inside = (pixels > 2) & (pixels < np.array([width, height]) - 2)
    across, down = pixels[:, 2] - pixels[:, 0], pixels[:, 3] - pixels[:, 1]
    area = (across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]) / 2
    return pixels, np.all(inside, axis=(1, 2)) & np.all(at[:, 2] > 0.05, axis=1) & (area > _LEAST_PX2)


def _board() -> list[tuple[int, Floats]]:
    """Corners (4, 3) of the board's markers in the world."""
    board, pose = cell.BOARD.opencv(), cell.board_pose()
    ids = np.asarray(board.getIds()).ravel().tolist()
    return [
        (number, np.asarray(corners, np.float64) @ pose[:3, :3].T + pose[:3, 3])
        for number, corners in zip(ids, board.getObjPoints(), strict=True)
    ]


def _tags(tags: tuple[cell.Tag, ...]) -> list[tuple[int, Floats]]:
    """Corners (4, 3) of the hand's tags on the flange."""
    half = cell.TAG_M / 2
    square = np.array([[-half, -half, 0.0], [half, -half, 0.0], [half, half, 0.0], [-half, half, 0.0]])
    return [(tag.id, square @ tag.pose[:3, :3].T + tag.pose[:3, 3]) for tag in tags]
