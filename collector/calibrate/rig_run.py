"""From what all cameras of a rig saw at all poses of its arms: one bundle adjustment, kept in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.poses import Matrix
from calibration.result import Made, RigResult
from calibration.rig import solve_rig
from calibration.rig_parts import RigBoard, RigCamera, RigSight
from collector.calibrate.keep import keep
from collector.calibrate.papers import Papers
from collector.calibrate.rounds import Round


@dataclass(frozen=True, slots=True)
class RigProblem:
    """All that a rig is solved from. `T_base_ee`: by arm (k, 4, 4), NaN at the moments of other arms; so `J_ee`."""

    cameras: dict[str, RigCamera]
    boards: dict[str, RigBoard]
    sights: list[RigSight]
    T_base_ee: dict[str, Matrix]
    J_ee: dict[str, Matrix]
    made: Made


def rig_problem(papers: Papers, rounds: Sequence[Round]) -> RigProblem:
    """Of the cameras that saw anything. Raises CalibrationError where one of them has no lens."""
    config, sights = papers.config, list[RigSight]()
    moments = sum(len(one.capture.sights) for one in rounds)
    poses = {arm: np.full((moments, 4, 4), np.nan) for arm in dict.fromkeys(one.arm for one in rounds)}
    J_ee: dict[str, Matrix] = {}
    moment = 0
    for one in rounds:
        J = papers.J_ee(one.arm, [sight.q for sight in one.capture.sights])
        if J is not None and len(J):
            J_ee.setdefault(one.arm, np.full((moments, *J.shape[1:]), np.nan))[moment : moment + len(J)] = J
        for sight in one.capture.sights:
            poses[one.arm][moment] = sight.T_base_ee
            sights += [RigSight(camera, one.name, moment, taken.view) for camera, taken in sight.taken.items()]
            moment += 1
    seeing = {sight.camera for sight in sights}
    notes = [f"{name} never saw a board, so nothing is told of it" for name in config.cameras if name not in seeing]
    cameras: dict[str, RigCamera] = {}
    for name in config.cameras:
        if name in seeing:
            known, kind, arm = papers.lens(name), papers.kind(name), papers.carrier(name)
            cameras[name] = RigCamera(known.lens, kind, arm, known.uuid, papers.serial(name), known.covariance)
            notes.append(known.note)
    boards = {one.name: RigBoard(one.board, one.on) for one in rounds}
    return RigProblem(cameras, boards, sights, poses, J_ee, papers.made(*notes))


def solve(of: RigProblem) -> RigResult:
    """Raises CalibrationError."""
    return solve_rig(of.cameras, of.boards, of.sights, of.T_base_ee, J_ee=of.J_ee, made=of.made)


def keep_rig(papers: Papers, result: RigResult, rounds: Sequence[Round], folder: Path) -> Path:
    """Into the store, with the pictures that were used; `folder`: of the capture that they are from."""
    taken = [one for round_ in rounds for sight in round_.capture.sights for one in sight.taken.values()]
    return keep(papers.store, result, papers.config.name, taken, folder)
