"""A leader's servos as they are: a daemon of our own reads it without signs and offsets, and nobody follows it."""

import json
import math
import time
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from calibration.errors import CalibrationError
from calibration.poses import Matrix, Vector
from collector.live import Live
from hardware.config import RigConfig

STILL_RAD: Final = 0.03
"""A hand that wanders by more than this, s by s, does not hold."""

_REST_S: Final = 1.0
_PATIENCE_S: Final = 20.0
_PERIOD_S: Final = 0.01


class Reads(Protocol):
    """Leader and follower as a procedure reads them."""

    def leader(self) -> tuple[Vector, float]:
        """The servos' angles (n,) and the grip's, rad; NaN: no grip. Raises CalibrationError while none comes."""
        ...

    def follower(self) -> Vector:
        """(n,) rad, measured. Raises CalibrationError while none comes."""
        ...


class RingReads:
    """From the rings of a daemon that `raw_overrides` made."""

    def __init__(self, live: Live, leader: str, arm: str) -> None:
        self._live, self._leader, self._arm = live, leader, arm

    def leader(self) -> tuple[Vector, float]:
        """As Reads has it."""
        row = _awaited(lambda: self._live.leader(self._leader), f"the leader {self._leader}")
        return np.array(row["q"], np.float64), float(row["grip"]) * 2 * math.pi - math.pi

    def follower(self) -> Vector:
        """As Reads has it."""
        return np.array(_awaited(lambda: self._live.joints(self._arm), f"the arm {self._arm}"), np.float64)


def raw_overrides(config: RigConfig, leader: str) -> tuple[str, ...]:
    """Keys (--set) under which a daemon tells the servos' own angles; the virtual rig's leader stays what it is."""
    told = config.leaders[leader]
    n, at = len(told.ids), f"leaders.{leader}"
    sets = [f"{at}.signs={[1] * n}", f"{at}.offsets_rad={[0.0] * n}", f"{at}.feel={{mode: free}}"]
    if told.grip is not None:
        sets += [f"{at}.grip.open_rad={-math.pi!r}", f"{at}.grip.closed_rad={math.pi!r}"]
    if config.virtual is not None and leader not in config.virtual.leaders:
        grip = None if told.grip is None else (told.grip.open_rad, told.grip.closed_rad)
        built = {"signs": told.signs, "offsets_rad": told.offsets_rad, "grip_rad": grip}
        sets.append(f"virtual.leaders.{leader}={json.dumps(built)}")
    return tuple(sets)


def held(reads: Reads, rest_s: float = _REST_S) -> tuple[Vector, float]:
    """Servos' and grip's angles while a hand holds the leader: the mean over a rest. Raises CalibrationError."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        rows, grips = _watched(reads, rest_s)
        moved = float(np.ptp(rows, axis=0).max())
        if moved <= STILL_RAD and not float(np.ptp(grips)) > STILL_RAD:  # without a grip: not a number
            return rows.mean(axis=0), float(grips.mean())
        if time.monotonic() > deadline:
            what = f"joint {int(np.argmax(np.ptp(rows, axis=0))) + 1}" if moved > STILL_RAD else "the trigger"
            raise CalibrationError(f"the leader did not come to rest, {what} moved most; hold it still")


def swept(reads: Reads, until: Callable[[], bool]) -> Matrix:
    """The servos' angles (m, n) from now until told so."""
    rows = [reads.leader()[0]]
    while not until():
        time.sleep(_PERIOD_S)
        rows.append(reads.leader()[0])
    return np.array(rows)


def _watched(reads: Reads, seconds: float) -> tuple[Matrix, Vector]:
    rows: list[Vector] = []
    grips: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(rows) < 2:
        row, grip = reads.leader()
        rows.append(row)
        grips.append(grip)
        time.sleep(_PERIOD_S)
    return np.unwrap(np.array(rows), axis=0), np.unwrap(np.array(grips))


def _awaited(read: Callable[[], "np.ndarray | np.void | None"], what: str) -> "np.ndarray | np.void":
    deadline = time.monotonic() + _PATIENCE_S
    while (row := read()) is None:
        if time.monotonic() > deadline:
            raise CalibrationError(f"{what} says nothing; check its power and its cable")
        time.sleep(0.05)
    return row
