"""One look of every camera at a board that lies still, or one from each of a few robot poses."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from calibration.board import Board
from calibration.check import Sight
from calibration.errors import CalibrationError
from calibration.poses import Matrix, Vector
from calibration.reach import first_moves
from collector.calibrate.bench import Bench
from collector.calibrate.check_run import Checked, check_all
from collector.calibrate.goes import follower_goes, why_it_stays
from collector.calibrate.looks import Looks, RigLooks
from collector.calibrate.mount_capture import MountCapture
from collector.calibrate.stored import Stored, all_stored, board_that_lay, stored_in
from hardware.arms.models import arm_model

_TURN_DEG: Final = 15.0

PATIENCE_S: Final = 30.0
"""How long to wait for a rest at which somebody sees the board."""


def check_now(
    bench: Bench, cameras: Sequence[str], given: Board | None, default: Callable[[], Board], poses: int,
    say: Callable[[str], None], *, scripted: bool,
) -> Checked:  # fmt: skip
    """Look from so many robot poses; `scripted`: to which the arm goes by itself.

    The board: `given`, else the one that the hand-eye was found with, else the `default`. Raises RigFault.
    """
    entries = stored_in(bench.store, bench.config, bench.devices)
    known, why = all_stored(bench.config, entries)
    asked = [camera for camera in cameras if camera in known]
    problems = [reason for reason in why if any(camera in reason.split() for camera in cameras)]
    if scripted and (reason := why_it_stays(bench.config)):
        raise CalibrationError(reason)

    def board_on(arm: str) -> tuple[Board, Matrix | None]:
        lay = board_that_lay({camera: of for camera, of in known.items() if of.arm == arm})
        if lay is None:
            return given or default(), None
        return (given, None) if given is not None and given != lay[0] else lay

    def take(arm: str, those: Mapping[str, Stored], board: Board) -> tuple[list[Sight], list[str]]:
        looks = RigLooks(bench.client, list(those), bench.rig)
        try:
            capture = look_at_board(looks, list(those), arm, board, poses, say, _moves(bench, arm, scripted, say))
        finally:
            looks.close()
        blind = [camera for camera, count in capture.counts.items() if not count]
        return sights_of(capture, those), [f"{camera} did not see the board: {capture.rejected}" for camera in blind]

    checked = check_all(known, asked, board_on, take, bench.papers.made, bench.config.calibration.max_age_days)
    return Checked(checked.results, [*problems, *checked.problems])


def _moves(bench: Bench, arm: str, scripted: bool, say: Callable[[str], None]) -> Callable[[Vector], None]:
    """What brings the arm on after a pose was taken at q (n,) rad."""
    if not scripted:
        return lambda _q: say(f"Move {arm} to another pose, turn its hand by some 20 degrees, and let it rest.")
    model, go = arm_model(bench.config.followers[arm].arm), follower_goes(bench.client, arm, say)
    way: list[Vector] = []

    def move(q: Vector) -> None:
        if not way:
            way.extend(first_moves(model, q, _TURN_DEG)[1:])
        go(way.pop(0))

    return move


def look_at_board(
    looks: Looks, cameras: Sequence[str], arm: str, board: Board, poses: int, say: Callable[[str], None],
    move: Callable[[Vector], None], patience_s: float = PATIENCE_S,
) -> MountCapture:  # fmt: skip
    """Until so many robot poses were taken; `move` is told of each but the last one. Raises CalibrationError."""
    capture = MountCapture(cameras, board)
    deadline, told = time.monotonic() + patience_s, ""
    while True:
        taken = capture.feed(looks.arm(arm), {camera: looks.look(camera) for camera in cameras})
        if len(capture.sights) == poses:
            return capture
        if taken:
            move(np.array(capture.sights[-1].q))
        word = f"pose {len(capture.sights) + 1} of {poses}: {capture.rejected or 'let the arm rest'}"
        if word != told:
            say(word)
        if taken or word != told:
            deadline, told = time.monotonic() + patience_s, word
        if time.monotonic() > deadline:
            raise CalibrationError(
                f"{', '.join(cameras)} did not see the board within {patience_s:.0f} s"
                f" ({capture.rejected or f'{arm} does not rest'}); lay it where they see it, and let {arm} rest"
            )
        looks.wait()


def sights_of(capture: MountCapture, known: Mapping[str, Stored]) -> list[Sight]:
    """As a check takes them: a camera that does not move, from its first view only."""
    found: list[Sight] = []
    for camera, of in known.items():
        views, poses = capture.of(camera)
        pairs = list(zip(views, poses, strict=True))
        for view, T_base_ee in pairs if of.on_wrist else pairs[:1]:
            found.append(Sight(camera, view, of.lens, of.T_base_camera(T_base_ee)))
    return found
