"""Who holds the leader: a person at the terminal, or the virtual rig's operator, who does as he is told."""

import select
import sys
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from calibration.poses import Vector
from collector.control import Client

Say = Callable[[str], None]

_MOVE_S: Final = 2.5  # the scripted operator's longest move of all that are asked here
_LEAST_S: Final = 1.0
_RAD_S: Final = 0.5  # of a joint; or the whole way of the trigger in two seconds


class AtTerminal:
    """Told what to do, says by Enter that it is done. `say`: one line for it."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def hold(self, what: str, q: Vector, grip: float = 0.0) -> None:
        """As leader.Person has it."""
        self._say(f"{what}, then press Enter and hold still for a second.")
        sys.stdin.readline()

    def turn(self, what: str, q: Vector) -> Callable[[], bool]:
        """As leader.Person has it."""
        self._say(f"{what}. Press Enter where it ends.")
        return _entered


class Scripted:
    """The virtual rig's operator, by the verb `hands`."""

    def __init__(self, client: Client, leader: str, say: Say) -> None:
        self._client, self._leader, self._say = client, leader, say
        self._at: Vector | None = None

    def hold(self, what: str, q: Vector, grip: float = 0.0) -> None:
        """As leader.Person has it."""
        self._say(f"{what}.")
        time.sleep(self._told(q, grip))

    def turn(self, what: str, q: Vector) -> Callable[[], bool]:
        """As leader.Person has it."""
        self._say(f"{what}.")
        end = time.monotonic() + self._told(q, 0.0)
        return lambda: time.monotonic() >= end

    def _told(self, q: Vector, grip: float) -> float:
        """How long he takes, s."""
        before, self._at = self._at, np.append(q, grip)
        self._client.call("hands", leader=self._leader, q=[float(joint) for joint in q], grip=grip)
        far = _MOVE_S * _RAD_S if before is None else float(np.abs(self._at - before).max())
        return min(_MOVE_S, max(_LEAST_S, far / _RAD_S * 1.2 + 0.2))


def _entered() -> bool:
    """Has Enter been pressed?"""
    if not select.select([sys.stdin], [], [], 0.0)[0]:
        return False
    sys.stdin.readline()
    return True
