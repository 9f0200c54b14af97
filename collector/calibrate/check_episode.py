"""The check on a recorded episode, for nothing: wherever the board on the table was seen while the arm was slow."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibration.board import Board
from calibration.check import FEWEST_CORNERS, Sight
from calibration.detect import Unseen, detect
from calibration.embed import embedded
from calibration.errors import CalibrationError
from calibration.poses import Matrix, apart, from_twist, inverse, to_twist
from calibration.result import Made
from calibration.store import Store
from collector.calibrate.check_run import Checked, check_all
from collector.calibrate.papers import made
from collector.calibrate.stored import Stored, all_stored, board_that_lay
from collector.episode.reader import Episode
from collector.selftest.gather import pictures
from hardware.config import RigConfig

_EVERY_S: Final = 0.25
_VIEWS: Final = 12  # of a camera that moves; of one that stands a single one tells all
_SLOW_M: Final = 0.015  # in a tenth of a second: stamps that are half a millisecond off then err by 0.1 mm, 0.1 px
_SLOW_RAD: Final = 0.04
_OVER_NS: Final = 100_000_000
_GAP_NS: Final = 30_000_000
_OTHER_M: Final = 0.01  # views from nearly the same place tell the same


def check_episode(
    episode: Episode, config: RigConfig, store: Store, cameras: Sequence[str], given: Board | None
) -> Checked:
    """By what the episode carries, else by what the store holds now. The result is of the day of the episode.

    The board: `given`, else the one that the hand-eye was found with.
    """
    entries = {**embedded(store, config), **{camera: e for camera, e in episode.calibration.items() if _whole(e)}}
    known, why = all_stored(config, entries)
    asked = [camera for camera in cameras if camera in known]
    problems = [reason for reason in why if any(camera in reason.split() for camera in cameras)]

    def board_on(arm: str) -> tuple[Board, Matrix | None]:
        lay = board_that_lay({camera: of for camera, of in known.items() if of.arm == arm})
        if lay is None and given is None:
            raise CalibrationError("nobody knows which board lies there: name it with --board")
        if lay is None or (given is not None and given != lay[0]):
            assert given is not None
            return given, None
        return lay

    def take(arm: str, those: Mapping[str, Stored], board: Board) -> tuple[list[Sight], list[str]]:
        sights = [sight for camera, of in those.items() for sight in _of_camera(episode, camera, of, board)]
        blind = [camera for camera in those if not any(sight.camera == camera for sight in sights)]
        if not sights:
            raise CalibrationError(
                f"{episode.path.name}: no camera of {arm} saw the board while the arm was slow; lay it where they see"
                " it, or name the one that lies there with --board"
            )
        return sights, [f"{camera} did not see the board while {arm} was slow" for camera in blind]

    def origin() -> Made:
        then = made(config.name, config.operator, str(episode.path), f"of episode {episode.uuid}, dated as it is")
        return then.model_copy(update={"made_utc_ns": episode.utc_anchor_ns})

    checked = check_all(known, asked, board_on, take, origin, config.calibration.max_age_days)
    return Checked(checked.results, [*problems, *checked.problems])


def _whole(entry: Mapping[str, Any]) -> bool:
    return "K" in entry and ("T_ee_camera" in entry or "T_base_camera" in entry)


def _of_camera(episode: Episode, camera: str, of: Stored, board: Board) -> list[Sight]:
    t_ns: NDArray[np.int64] = episode.stream(f"cameras/{camera}")["t_ns"]
    if len(t_ns) < 2:
        return []
    states = episode.stream(f"arms/{of.arm}")
    every = max(1, round(_EVERY_S * 1e9 / float(np.median(np.diff(t_ns)))))
    found: list[Sight] = []
    for row, grey in pictures(episode, camera, 0, len(t_ns), every=every):
        at = int(t_ns[row])
        pose = _slow_pose(states["t_ns"], states["O_T_EE"], at) if of.on_wrist else np.eye(4)
        if pose is None:
            continue
        T_base_camera = of.T_base_camera(pose)
        if any(apart(T_base_camera, other.T_base_camera)[0] < _OTHER_M for other in found):
            continue
        view = detect(grey, board, f"{camera}@{at}", at)
        if isinstance(view, Unseen) or len(view.ids) < FEWEST_CORNERS:
            continue
        found.append(Sight(camera, view, of.lens, T_base_camera))
        if len(found) == (_VIEWS if of.on_wrist else 1):
            break
    return found


def _slow_pose(t_ns: NDArray[np.int64], poses: Matrix, at: int) -> Matrix | None:
    """T_base_ee (4, 4) at an instant, between the states beside it; None where the hand hurries or nothing tells."""
    first, last, here = (int(np.searchsorted(t_ns, at + by)) for by in (-_OVER_NS // 2, _OVER_NS // 2, 0))
    if first == 0 or last >= len(t_ns) or t_ns[here] - t_ns[here - 1] > _GAP_NS:
        return None
    around = poses[[first, last, here - 1, here]].reshape(-1, 4, 4).transpose(0, 2, 1)  # column-major, as stored
    if not np.isfinite(around).all():
        return None
    metres, radians = apart(around[0], around[1])
    if metres > _SLOW_M or radians > _SLOW_RAD:
        return None
    share = float(at - t_ns[here - 1]) / float(t_ns[here] - t_ns[here - 1])
    return around[2] @ from_twist(share * to_twist(inverse(around[2]) @ around[3]))
