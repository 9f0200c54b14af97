"""A capture that was kept, looked at again: the same pictures and robot poses, with the board that it really was."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from calibration.board import Board, require_one_way_round
from calibration.detect import Unseen, detect
from calibration.errors import CalibrationError
from calibration.store import Store
from collector.attach import Progress
from collector.calibrate.kept import Kept, Look, Stretch, read_kept, stored_picture
from collector.calibrate.mount_capture import MountCapture
from collector.calibrate.papers import Papers
from collector.calibrate.pictures import Told, decoded
from collector.calibrate.rounds import Round
from collector.calibrate.taken import Taken
from hardware.config import RigConfig


def papers_of(config: RigConfig, store: Store, folder: Path) -> Papers:
    """As they were when it was taken, with the rig's file and the store of now. Raises CalibrationError."""
    kept = read_kept(folder)
    return Papers(config, store, kept.devices, str(folder))


def rounds_of(config: RigConfig, folder: Path, board: Board | None, progress: Progress) -> list[Round]:
    """Every arm's; `board`: that the pictures show, where the capture was told another. Raises CalibrationError."""
    kept = read_kept(folder)
    rounds = [_round(kept, stretch, config, folder, board, progress) for stretch in kept.stretches if stretch.arm]
    if not rounds:
        raise CalibrationError(
            f"{folder} is a capture of {kept.what}, without robot poses: clap calibrate intrinsics CAMERA --from it"
        )
    return rounds


def mounts_of(config: RigConfig, folder: Path, cameras: list[str], board: Board | None, progress: Progress) -> Round:
    """The round in which these cameras were asked for. Raises CalibrationError."""
    for one in rounds_of(config, folder, board, progress):
        if set(cameras) <= set(one.capture.cameras):
            return one
    raise CalibrationError(f"{folder} is no capture of {', '.join(cameras)}; see its capture.json for whose it is")


def board_of(folder: Path, camera: str) -> Board:
    """That a camera was shown. Raises CalibrationError."""
    return next(stretch.board for stretch in _of(read_kept(folder), folder, camera))


def pictures_of(folder: Path, camera: str) -> Iterator[Told]:
    """A camera's, as `pictures` gives those of any folder. Raises CalibrationError."""
    for stretch in _of(read_kept(folder), folder, camera):
        for look in (look for moment in stretch.moments for look in moment.looks if look.camera == camera):
            name = _name(look)
            yield name, decoded(stored_picture(folder, look), name), look.sha256, look.t_ns


def _of(kept: Kept, folder: Path, camera: str) -> list[Stretch]:
    found = [
        stretch
        for stretch in kept.stretches
        if any(look.camera == camera for moment in stretch.moments for look in moment.looks)
    ]
    if not found:
        told = sorted({look.camera for stretch in kept.stretches for one in stretch.moments for look in one.looks})
        raise CalibrationError(f"{folder} holds no picture of {camera}, only of {', '.join(told) or 'nothing'}")
    return found


def _round(
    kept: Kept, stretch: Stretch, config: RigConfig, folder: Path, board: Board | None, progress: Progress
) -> Round:
    missing = [name for name in (*stretch.cameras, *stretch.beside) if name not in config.cameras]
    if missing or stretch.arm not in config.followers:
        raise CalibrationError(
            f"{folder} was taken on the rig {kept.rig}; {config.name} has no {', '.join([*missing, stretch.arm])}"
        )
    shown = board or stretch.board
    require_one_way_round(shown)
    capture = MountCapture(stretch.cameras, shown, stretch.beside)
    for number, moment in enumerate(stretch.moments):
        progress(f"looking for the board: {stretch.name or folder.name}", number / len(stretch.moments))
        seen = {look.camera: _looked(folder, look, shown) for look in moment.looks}
        capture.recall(np.array(moment.T_base_ee), moment.q, seen)
    return Round(stretch.arm, stretch.name, stretch.on, shown, capture)


def _looked(folder: Path, look: Look, board: Board) -> Taken | Unseen:
    stored, name = stored_picture(folder, look), _name(look)
    seen = detect(decoded(stored, name), board, name, look.t_ns, look.sha256)
    return seen if isinstance(seen, Unseen) else Taken(seen, stored)


def _name(look: Look) -> str:
    return f"{look.camera}@{look.t_ns}"
