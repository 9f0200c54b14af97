"""Hand-eye in closed form: X of A X = X B, where A are motions of the hand and B the camera's that go with them.

Starts for the bundle adjustment. OpenCV 5 has none of them.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from calibration.placement import mean_pose
from calibration.poses import Matrix, Vector, inverse, to_twist
from calibration.projection import skewed

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
Method = Callable[[Matrix, Matrix], Matrix]


def all_pairs(count: int) -> Pairs:
    """Every pose with every later one."""
    first, second = np.triu_indices(count, 1)
    return first, second


def wide_pairs(T_base_ee: Matrix, low_deg: float = 20.0, high_deg: float = 160.0) -> Pairs:
    """Those that differ by an angle in this range; all of them where that leaves fewer than there are poses."""
    first, second = all_pairs(len(T_base_ee))
    angles = np.degrees(_magnitudes(inverse(T_base_ee[first]) @ T_base_ee[second]))
    good = (angles >= low_deg) & (angles <= high_deg)
    return (first[good], second[good]) if good.sum() >= len(T_base_ee) else (first, second)


def motions(T_base_ee: Matrix, T_camera_board: Matrix, pairs: Pairs) -> tuple[Matrix, Matrix]:
    """A and B (p, 4, 4) of A X = X B with X = T_ee_camera, of poses (k, 4, 4) of the hand and of the board."""
    first, second = pairs
    hand = inverse(T_base_ee[second]) @ T_base_ee[first]
    camera = T_camera_board[second] @ inverse(T_camera_board[first])
    return hand, camera


def park(A: Matrix, B: Matrix) -> Matrix:
    """X (4, 4) of motions (p, 4, 4).

    Park and Martin 1994, "Robot sensor calibration: solving AX = XB on the Euclidean group", equations 30 to 33: the
    rotation that best takes the logarithms of B to those of A, then the translation by least squares.
    """
    alpha, beta = to_twist(A)[:, 3:], to_twist(B)[:, 3:]
    U, _, Vt = np.linalg.svd(alpha.T @ beta)  # (M'M)^-1/2 M' of M = sum(beta alpha'), by its singular values
    turned = U @ np.diag([1.0, 1.0, np.linalg.det(U @ Vt)]) @ Vt
    return _with_translation(turned, A, B)


def daniilidis(A: Matrix, B: Matrix) -> Matrix:
    """X (4, 4) of motions (p, 4, 4), rotation and translation at once.

    Daniilidis 1999, "Hand-eye calibration using dual quaternions", equations 31 to 35: the null space of the screws'
    vector parts. Quaternions are brought to a positive scalar first, or two of the same rotation do not agree.
    """
    a, a_dual = _dual_quaternions(A)
    b, b_dual = _dual_quaternions(B)
    zero = np.zeros((len(a), 3, 1))
    real = np.concatenate([(a - b)[:, :3, None], skewed(a[:, :3] + b[:, :3]), zero, np.zeros((len(a), 3, 3))], axis=2)
    dual = np.concatenate(
        [
            (a_dual - b_dual)[:, :3, None],
            skewed(a_dual[:, :3] + b_dual[:, :3]),
            (a - b)[:, :3, None],
            skewed(a[:, :3] + b[:, :3]),
        ],
        axis=2,
    )
    V = np.linalg.svd(np.concatenate([real, dual], axis=1).reshape(-1, 8), full_matrices=False)[2]
    q, q_dual = _on_the_quadric(V[6], V[7])
    turned = Rotation.from_quat([q[1], q[2], q[3], q[0]]).as_matrix()
    out = np.eye(4)
    out[:3, :3] = turned
    # t = 2 q' q*: the vector part of the product of the dual part with the conjugate of the real part.
    out[:3, 3] = 2 * (q[0] * q_dual[1:] - q_dual[0] * q[1:] - np.cross(q_dual[1:], q[1:]))
    return out


def start(T_base_ee: Matrix, T_camera_board: Matrix, cost: Callable[[Matrix, Matrix], float]) -> tuple[Matrix, Matrix]:
    """T_ee_camera and T_base_board that put the corners nearest by `cost`, of two methods on wide and on all pairs.

    Poses that turn otherwise than the others, or whose board then lies elsewhere, are left out.
    """
    tried: list[tuple[float, Matrix, Matrix]] = []
    for method in (park, daniilidis):
        for pairs in (wide_pairs(T_base_ee), all_pairs(len(T_base_ee))):
            X, Z = _trimmed(method, T_base_ee, T_camera_board, pairs)
            tried.append((cost(X, Z), X, Z))
    _, *best = min(tried, key=lambda each: each[0])
    return best[0], best[1]


def disagreement(T_base_ee: Matrix, T_camera_board: Matrix) -> Vector:
    """By how much the hand and the camera turned differently between poses, (k,) rad: median over each one's pairs.

    The angles of A and B are equal whatever X is, and whatever the board's scale (Chen 1991, screw congruence).
    """
    first, second = all_pairs(len(T_base_ee))
    A, B = motions(T_base_ee, T_camera_board, (first, second))
    off = np.abs(_magnitudes(A) - _magnitudes(B))
    return np.array([np.median(off[(first == k) | (second == k)]) for k in range(len(T_base_ee))])


def scale(T_base_ee: Matrix, T_camera_board: Matrix) -> float:
    """True size of the board over the one that its file tells, from how far the hand moved.

    Park's translation with one unknown more: (R_A - 1) t_X = s R_X t_B - t_A.
    """
    A, B = motions(T_base_ee, T_camera_board, wide_pairs(T_base_ee))
    turned = park(A, B)[:3, :3]
    left = np.concatenate([A[:, :3, :3] - np.eye(3), -(turned @ B[:, :3, 3:])], axis=2)
    found = np.linalg.lstsq(left.reshape(-1, 4), -A[:, :3, 3].reshape(-1), rcond=None)[0]
    return float(found[3])


def _trimmed(method: Method, T_base_ee: Matrix, T_camera_board: Matrix, pairs: Pairs) -> tuple[Matrix, Matrix]:
    odd = disagreement(T_base_ee, T_camera_board)
    kept = odd <= max(4 * float(np.median(odd)), 1e-6)
    camera, board = np.eye(4), np.eye(4)
    for _ in range(2):
        first, second = pairs
        good = kept[first] & kept[second]
        if good.sum() < 3:
            break
        camera = method(*motions(T_base_ee, T_camera_board, (first[good], second[good])))
        boards = T_base_ee @ camera @ T_camera_board
        board = mean_pose(boards[kept])
        off = np.abs(to_twist(inverse(board) @ boards)) @ np.array([1.0, 1, 1, 0.3, 0.3, 0.3])
        kept = off <= 4 * np.median(off)
    return camera, board


def _with_translation(turned: Matrix, A: Matrix, B: Matrix) -> Matrix:
    left = (A[:, :3, :3] - np.eye(3)).reshape(-1, 3)
    right = ((turned @ B[:, :3, 3:])[..., 0] - A[:, :3, 3]).reshape(-1)
    out = np.eye(4)
    out[:3, :3] = turned
    out[:3, 3] = np.linalg.lstsq(left, right, rcond=None)[0]
    return out


def _dual_quaternions(motion: Matrix) -> tuple[Vector, Vector]:
    """Real and dual part, vector first, (p, 4) each, the scalar not negative."""
    q = Rotation.from_matrix(motion[:, :3, :3]).as_quat()
    q *= np.where(q[:, 3:] < 0, -1.0, 1.0)
    t = motion[:, :3, 3]
    dual = np.empty_like(q)
    dual[:, :3] = 0.5 * (q[:, 3:] * t + np.cross(t, q[:, :3]))
    dual[:, 3] = -0.5 * (t * q[:, :3]).sum(axis=1)
    return q, dual


def _on_the_quadric(u: Vector, v: Vector) -> tuple[Vector, Vector]:
    """The combination of two null vectors (8,) that is a unit dual quaternion, its parts with the scalar first."""
    u1, u2, v1, v2 = u[:4], u[4:], v[:4], v[4:]
    candidates: list[tuple[float, float]] = []
    quadratic = (u1 @ u2, u1 @ v2 + u2 @ v1, v1 @ v2)
    ratios = np.roots(quadratic) if abs(quadratic[0]) > 1e-15 else np.array([0.0])
    for s in np.real(ratios):
        candidates.append((float(s), float(s * s * (u1 @ u1) + 2 * s * (u1 @ v1) + v1 @ v1)))
    s, norm = max(candidates, key=lambda each: each[1])
    b = 1.0 / np.sqrt(norm)
    return (s * u1 + v1) * b, (s * u2 + v2) * b


def _magnitudes(motion: Matrix) -> Vector:
    return np.linalg.norm(to_twist(motion)[:, 3:], axis=1)
