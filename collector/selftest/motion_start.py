"""Where the fit begins: found from the pictures alone, without a calibration. Pure.

A small square's attitude is ambiguous and noisy, its place is not. So the camera's pose is sought from places
first, over all attitudes; only then are the squares' attitudes tried, and the one kept that explains the pixels.
"""

from dataclasses import replace

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from collector.selftest.motion_camera import camera_pose
from collector.selftest.motion_curve import Curve, Floats, split
from collector.selftest.motion_fit import LENS, Model, Sighting, predict

_TRIED = 24  # attitudes of a marker
_UNLIKE_RAD = 0.35  # two attitudes further apart are two hypotheses


def start_models(curve: Curve, K: Floats, sighting: Sighting, X: Floats) -> list[Model]:
    """Models of one marker to start the fit from, the likeliest first; sighting: some dozens of frames."""
    poses = square_poses(K, sighting, X)
    lag, A = camera_pose(curve, K, sighting.t, poses[:, 0, :3, 3], float(np.linalg.norm(X[0] - X[1])))
    camera = Model(lag, np.zeros(LENS), A, ())
    return [replace(camera, B=(B,)) for B in _attitudes(curve, K, sighting, X, camera, poses)]


def marker_poses(curve: Curve, K: Floats, sighting: Sighting, X: Floats, model: Model) -> list[Floats]:
    """Poses B (4, 4) of one more marker to start from, under a model whose camera is known."""
    return _attitudes(curve, K, sighting, X, model, square_poses(K, sighting, X))


def square_poses(K: Floats, sighting: Sighting, X: Floats) -> Floats:
    """(n, 2, 4, 4): the two poses in the camera that a square's picture allows, the better one first."""
    poses = np.tile(np.eye(4), (len(sighting.t), 2, 1, 1))
    for pose, corners in zip(poses, sighting.corners, strict=True):
        _, turns, places, _ = cv2.solvePnPGeneric(X, corners, K, None, flags=cv2.SOLVEPNP_IPPE_SQUARE)
        for i in range(2):
            which = min(i, len(turns) - 1)
            pose[i, :3, :3] = Rotation.from_rotvec(turns[which].ravel()).as_matrix()
            pose[i, :3, 3] = places[which].ravel()
    return poses


def _attitudes(curve: Curve, K: Floats, sighting: Sighting, X: Floats, model: Model, poses: Floats) -> list[Floats]:
    """Poses B (4, 4) of the marker from single pictures: the one that explains the others best, and the best unlike it.

    The second is the first one's mirror image, which a far marker's pictures hardly tell from it.
    """
    turn, place = split(curve.at(sighting.t + model.lag))
    few = np.linspace(0, len(sighting.t) - 1, min(_TRIED, len(sighting.t))).astype(int)
    tried: list[tuple[float, Floats]] = []
    for i in few:
        E = np.eye(4)
        E[:3, :3], E[:3, 3] = turn[i], place[i]
        for pose in poses[i]:
            B = np.linalg.inv(model.A @ E) @ pose
            miss = predict(curve, K, sighting, X, model, B) - sighting.corners
            tried.append((float(np.median(np.linalg.norm(miss, axis=-1))), B))
    best, *others = (B for _, B in sorted(tried, key=lambda one: one[0]))
    return [best, *[B for B in others if _turn_between(best, B) > _UNLIKE_RAD][:1]]


def _turn_between(one: Floats, other: Floats) -> float:
    """Angle between two attitudes, rad."""
    return float(Rotation.from_matrix(one[:3, :3].T @ other[:3, :3]).magnitude())
