"""Pictures of the virtual rig's scene with a lens' blur, motion and a sensor's noise, and what is found from them."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard
from calibration.detect import Unseen, detect
from calibration.lens import Lens
from calibration.mounting_fit import Kind, Taken
from calibration.placement import place
from calibration.poses import Matrix, inverse
from calibration.view import View
from hardware.config import RigConfig
from hardware.load import load
from hardware.virtual import cell
from hardware.virtual.scene import Scene
from tests.calibration.synthetic_mounts import T_BOARD, T_CAMERA, Case, boards_in_view, disturbed
from tests.e2e.rig import RIG

CAMERA = "front"
BOARD = CharucoBoard(columns=7, rows=5, square_m=0.06, marker_m=0.042, dictionary="DICT_5X5_100")
"""The one that the rig's operator holds, of 24 corners."""
DEFOCUS_PX = 0.8
"""Standard deviation of the point that a lens makes of a point, on top of the renderer's own softness."""
MOTION_PX = 1.0
"""Longest way of a corner during an exposure."""
READ_NOISE, SHOT_NOISE = 2.0, 0.03
"""Levels; and variance a level: 3.4 levels of noise on white."""
_SUB_EXPOSURES = 5


@cache
def rig() -> tuple[RigConfig, Scene, Lens]:
    """Of this process."""
    config = load(RigConfig, RIG)
    camera = config.cameras[CAMERA]
    lens = Lens("pinhole", cell.intrinsics(config, CAMERA), np.zeros(0), (camera.width, camera.height))
    return config, Scene(config, CAMERA), lens


def rendered(T_camera_board: Matrix, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What the camera sees of the board, (h, w, 3) RGB."""
    config, scene, lens = rig()
    sharp = np.empty((lens.size[1], lens.size[0], 3), np.uint8)
    scene.render(sharp, None, {}, 0.0, cell.camera_pose(config, CAMERA, np.zeros(0)) @ T_camera_board)
    return photographed(sharp, rng)


def photographed(sharp: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A sharp picture (h, w, 3) as a camera takes it."""
    soft = cv2.GaussianBlur(sharp.astype(np.float32), (0, 0), DEFOCUS_PX)
    way = rng.uniform(0, MOTION_PX)
    along = rng.uniform(0, 2 * np.pi)
    moved = np.zeros_like(soft)
    for share in np.linspace(-0.5, 0.5, _SUB_EXPOSURES):
        by = np.array([[1.0, 0.0, share * way * np.cos(along)], [0.0, 1.0, share * way * np.sin(along)]])
        moved += cv2.warpAffine(soft, by, sharp.shape[1::-1], borderMode=cv2.BORDER_REPLICATE) / _SUB_EXPOSURES
    noisy = moved + rng.normal(0, 1, moved.shape) * np.sqrt(READ_NOISE**2 + SHOT_NOISE * moved)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def taken_of(seed: int, case: Case, kind: Kind) -> Taken:
    """Robot poses with their noise, and what is found in the pictures from them; where nothing is, the pose is lost."""
    _, _, lens = rig()
    rng = np.random.default_rng(seed)
    boards = boards_in_view(rng, case, BOARD, lens)
    back = inverse(boards)
    true = T_BOARD @ back @ inverse(T_CAMERA) if kind == "hand-eye" else T_CAMERA @ boards @ inverse(T_BOARD)
    told = disturbed(rng, true, case)
    points = BOARD.points()
    rows: list[int] = []
    views: list[View] = []
    placed: list[Matrix] = []
    for i, T in enumerate(boards):
        view = detect(rendered(T, rng), BOARD, f"{seed}.{i}")
        at = None if isinstance(view, Unseen) else place(view, BOARD, lens, points)
        if at is not None and not isinstance(view, Unseen):
            rows.append(i)
            views.append(view)
            placed.append(at.T_camera_board)
    return Taken(kind, told[rows], views, np.stack(placed), points, lens)


def corner_noise(seeds: range) -> tuple[float, float, int, int]:
    """Of the corners that are found: rms of x and y px, largest mean of either, how many of how many pictures seen."""
    _, _, lens = rig()
    points = BOARD.points()
    off: list[NDArray[np.float64]] = []
    shown = seen = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for T in boards_in_view(rng, Case(), BOARD, lens):
            shown += 1
            view = detect(rendered(T, rng), BOARD)
            if isinstance(view, View):
                seen += 1
                there = points[view.ids] @ T[:3, :3].T + T[:3, 3]
                off.append(np.asarray(view.corners - lens.project(there), np.float64))
    every = np.concatenate(off)
    return float(np.sqrt((every**2).mean())), float(np.abs(every.mean(axis=0)).max()), seen, shown
