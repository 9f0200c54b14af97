"""Fits a whole rig: one bundle adjustment, the noise of each robot; what does not go with the rest is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.bundle import Problem, Solution, adjust
from calibration.bundle_chain import Sight
from calibration.mounting_fit import Noise, estimated, noises
from calibration.noise import components, distances
from calibration.odd import ROUNDS, few, odd_poses, odd_views, pose_note, view_note
from calibration.placement import LEAST_CORNERS, place
from calibration.poses import Matrix, inverse, to_twist
from calibration.rig_parts import Parts, RigSight, error_of
from calibration.rig_start import Placed, guess, missing_one, product
from calibration.slack import OFFSET_RAD, Slack, inner, jointed, offsets, rigid

_NOISES = 3  # rounds
_FOLDS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """What was used, what was asked with which noise, what came out."""

    placed: list[Placed]
    problem: Problem
    solution: Solution

    @property
    def sights(self) -> list[RigSight]:
        """That were used."""
        return [sight for sight, _ in self.placed]

    @property
    def rms_px(self) -> list[float]:
        """Of each of them."""
        return [float(np.sqrt((off**2).sum(axis=1).mean())) for off in self.solution.residuals]


def fit_rig(parts: Parts, sights: Sequence[RigSight], supposed: Noise, notes: list[str]) -> Found:
    """Everything, without what is odd; `notes` says what was left out. Raises CalibrationError."""
    placed = _placed(parts, sights, notes)
    found = _fit(parts, placed, guess(parts, placed), supposed)
    whole = list(found.placed)
    for _ in range(ROUNDS):
        left = _even(parts, found, len(whole))
        if len(left) == len(found.placed):
            break
        start = guess(parts, left) | {
            name: pose for name, pose in found.solution.motions.items() if name not in found.problem.near
        }
        found = _fit(parts, left, start, supposed)
    notes += _left_out(parts, found, whole)
    return found


def holdout(parts: Parts, found: Found) -> tuple[float, float] | None:
    """Median error of a board's pose before a camera, mm at its middle and deg, at moments left out; or None."""
    fixed = {name: pose for name, pose in found.solution.motions.items() if name not in found.problem.near}
    moments = sorted({sight.moment for sight in found.sights})
    shifts: list[float] = []
    turns: list[float] = []
    for fold in range(_FOLDS if len(moments) >= 2 * _FOLDS else 0):
        out = set(moments[fold::_FOLDS])
        rest = [each for each in found.placed if each[0].moment not in out]
        left = adjust(_problem(parts, rest, fixed, found.problem.noise, found.problem.pixel))
        for sight, seen in found.placed:
            chains = parts.to_camera(sight, slack=False), parts.to_board(sight, slack=False)
            if sight.moment not in out or any(
                isinstance(link, str) and link not in left.motions for chain in chains for link in chain
            ):
                continue
            to_camera, to_board = (product(chain, left.motions, left.angles) for chain in chains)
            expected = inverse(to_camera) @ to_board
            middle = np.append(parts.boards[sight.board].board.points().mean(axis=0), 1.0)
            shifts.append(float(np.linalg.norm((seen - expected) @ middle)))
            turns.append(float(np.linalg.norm(to_twist(inverse(expected) @ seen)[3:])))
    return (1e3 * float(np.median(shifts)), float(np.degrees(np.median(turns)))) if shifts else None


def _placed(parts: Parts, sights: Sequence[RigSight], notes: list[str]) -> list[Placed]:
    out: list[Placed] = []
    points = {name: board.board.points() for name, board in parts.boards.items()}
    for sight in sights:
        at = place(sight.view, parts.boards[sight.board].board, parts.cameras[sight.camera].lens, points[sight.board])
        if at is None:
            notes.append(f"{sight.view.name}: left out, it shows fewer than {LEAST_CORNERS} corners or all on one line")
        else:
            out.append((sight, at.T_camera_board))
    return out


def _problem(
    parts: Parts, placed: Sequence[Placed], start: Mapping[str, Matrix], noise: dict[str, float], pixel: float
) -> Problem:
    points = {name: board.board.points() for name, board in parts.boards.items()}
    sights = [
        Sight(s.camera, points[s.board][s.view.ids], s.view.corners, parts.to_camera(s), parts.to_board(s))
        for s, _ in placed
    ]
    near: dict[str, Slack] = {}
    for arm, moment in dict.fromkeys(hand for sight, _ in placed for hand in parts.hands(sight)):
        J = parts.J_ee.get(arm)
        near[error_of(arm, moment)] = rigid(arm) if J is None else jointed(arm, J[moment])
    names = dict.fromkeys(name for sight in sights for name in sight.names)
    angles = {offsets(arm): (inner(J).shape[-1], OFFSET_RAD) for arm, J in parts.J_ee.items() if offsets(arm) in names}
    unknown = {name: start.get(name, np.eye(4)) for name in names if name not in angles}
    lenses = {name: camera.lens for name, camera in parts.cameras.items()}
    return Problem(lenses, sights, unknown, near, noise, pixel, angles=angles)


def _fit(parts: Parts, placed: list[Placed], start: Mapping[str, Matrix], supposed: Noise) -> Found:
    begun: dict[str, float] = {}
    anew: dict[str, float] = {}
    for arm in dict.fromkeys(arm for sight, _ in placed for arm, _ in parts.hands(sight)):
        begun |= noises(arm, supposed, parts.J_ee.get(arm))
        anew |= estimated(arm, supposed, parts.J_ee.get(arm))
    problem = _problem(parts, placed, start, begun, supposed.pixel)
    solution = adjust(problem)
    for _ in range(_NOISES if problem.near else 0):
        noise, pixel = components(problem, solution, anew)
        problem = replace(problem, unknown=solution.motions, noise=noise, pixel=pixel)
        solution = adjust(problem)
    return Found(placed, problem, solution)


def _even(parts: Parts, found: Found, whole: int) -> list[Placed]:
    """Those that are not odd, by each arm's poses and by each camera's views."""
    before, out = whole - len(found.placed), set[int]()
    if near := list(found.problem.near):
        far = distances(found.problem, found.solution)
        for arm in parts.T_base_ee:
            rows = [row for row, name in enumerate(near) if name.startswith(error_of(arm, ""))]
            if rows and few(odd := odd_poses(far[rows]), before):
                bad = {near[row] for row, is_odd in zip(rows, odd.tolist(), strict=True) if is_odd}
                out |= {i for i, sight in enumerate(found.sights) if bad & _errors(parts, sight)}
    rms = np.array(found.rms_px)
    for camera in parts.cameras:
        rows = [i for i, sight in enumerate(found.sights) if sight.camera == camera]
        if rows and few(odd := odd_views(rms[rows]), before):
            out |= {i for i, is_odd in zip(rows, odd.tolist(), strict=True) if is_odd}
    return [each for i, each in enumerate(found.placed) if i not in out]


def _left_out(parts: Parts, found: Found, whole: Sequence[Placed]) -> list[str]:
    """A sentence of each, by what the rest tells: how far off its robot's pose is, or its corners."""
    solution, used = found.solution, {id(sight) for sight in found.sights}
    said: list[str] = []
    for sight, seen in whole:
        if id(sight) in used:
            continue
        chains = parts.to_camera(sight), parts.to_board(sight)
        names = {link for chain in chains for link in chain if isinstance(link, str)}
        match sorted(names - solution.motions.keys()):
            case [missing] if missing in _errors(parts, sight):
                off = missing_one(chains[0], seen, chains[1], solution.motions, solution.angles)
                said.append(pose_note(sight.view.name, to_twist(off)))
            case []:
                to_camera, to_board = (product(chain, solution.motions, solution.angles) for chain in chains)
                T, points = inverse(to_camera) @ to_board, parts.boards[sight.board].board.points()[sight.view.ids]
                there = parts.cameras[sight.camera].lens.project(points @ T[:3, :3].T + T[:3, 3])
                off = there - sight.view.corners
                said.append(view_note(sight.view.name, float(np.sqrt((off**2).sum(axis=1).mean()))))
            case _:
                said.append(f"{sight.view.name}: left out, it goes with nothing else that was seen")
    return said


def _errors(parts: Parts, sight: RigSight) -> set[str]:
    return {error_of(arm, moment) for arm, moment in parts.hands(sight)}
