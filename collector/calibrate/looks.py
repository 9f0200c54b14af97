"""Where a procedure sees from: the pictures of a rig's cameras as they are now, and where its arms stand."""

import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from collector.control import Client
from collector.live import Live, Picture
from collector.record import Rig, RigFault
from hardware.samples import Vector

_ASK_S = 0.5  # a request for looks holds for 2 s
_STATUS_S = 0.3
_PAUSE_S = 0.01
_STATE_S = 5.0


class Looks(Protocol):
    """What a procedure looks at."""

    def look(self, camera: str) -> Picture | None:
        """The newest picture in full resolution, RGB; None before the first."""
        ...

    def arm(self, name: str) -> np.void | None:
        """The newest state of a follower (hardware.rows.arm_row); None where it is silent."""
        ...

    def wait(self) -> None:
        """Let a moment pass. Raises RigFault where the rig has failed."""
        ...


class RigLooks:
    """A running rig's. It gives looks only while it is asked, so that nobody's picture costs anything."""

    def __init__(self, client: Client, cameras: Sequence[str], rig: Rig, hz: float = 10.0) -> None:
        self._client, self._cameras, self._rig, self._hz = client, list(cameras), rig, hz
        self._live = Live(client.call("links")["links"])
        self._next_ask = self._next_status = 0.0

    def look(self, camera: str) -> Picture | None:
        """As Looks has it."""
        return self._live.look(camera)

    def arm(self, name: str) -> np.void | None:
        """As Looks has it."""
        return self._live.arm(name)

    def wait(self) -> None:
        """As Looks has it; asks for looks again where need be."""
        now = time.monotonic()
        if self._cameras and now >= self._next_ask:
            self._next_ask = now + _ASK_S
            self._client.call("look", cameras=self._cameras, hz=self._hz)
        if now >= self._next_status:
            self._next_status = now + _STATUS_S
            self._rig.status()
        time.sleep(_PAUSE_S)

    def close(self) -> None:
        """Leave the rings."""
        self._live.close()


def stands(looks: Looks, arm: str) -> Vector:
    """Where an arm is, (n,) rad. Raises RigFault."""
    deadline = time.monotonic() + _STATE_S
    while (state := looks.arm(arm)) is None:
        if time.monotonic() > deadline:
            raise RigFault(f"{arm} has said nothing for {_STATE_S:g} s; look at its process, then try again")
        looks.wait()
    return np.asarray(state["q"], np.float64).copy()
