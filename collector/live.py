"""The rig's rings as a process sees them that is no child of the daemon: pictures and figures of this moment.

Memory is mapped for reading only and is never removed, however the looker ends: it is the daemon's. (SharedMemory
would tell the looker's resource tracker, which before Python 3.13 removes what it knows of at its end: gh-82300.)
Where a daemon has ended, what it left stays readable and grows old.
"""

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.links import RingAddress, RingReader
from hardware.samples import Vector, monotonic_ns

_MEMORY: Final = Path("/dev/shm")  # where Linux keeps what shm_open makes (shm_overview(7))
_STALE_NS: Final = 500_000_000  # a joint that has said nothing for so long is not where it was
_NO_LINKS: Final[Mapping[str, Any]] = {}


class Picture(NamedTuple):
    """What a camera saw. `t_ns`: mid-exposure, CLOCK_MONOTONIC; `rgb`: (h, w, 3); of a preview 320 pixels at most."""

    t_ns: int
    rgb: NDArray[np.uint8]


class Live:
    """`links`: the daemon's answer to the verb of that name. For one thread.

    A camera or an arm that the rig does not have, or whose memory is gone already, has simply nothing to say.
    """

    def __init__(self, links: Mapping[str, Any] = _NO_LINKS) -> None:
        self._readers: dict[str, RingReader] = {}
        self._addresses: dict[str, RingAddress] = {}
        self.attach(links)

    def attach(self, links: Mapping[str, Any]) -> None:
        """Look at these rings from now on: another daemon runs the rig. What has not changed stays."""
        wanted = {name: _address(told) for name, told in links.items()}
        for name in list(self._readers):
            if self._addresses.get(name) != wanted.get(name):
                self._readers.pop(name).close()
        self._addresses = wanted

    @property
    def cameras(self) -> tuple[str, ...]:
        """Those that have a preview."""
        found = (name.partition("/") for name in self._addresses)
        return tuple(camera for kind, _, camera in found if kind == "previews")

    def picture(self, camera: str) -> Picture | None:
        """The newest preview, however old; None before the first."""
        return self._picture(f"previews/{camera}")

    def look(self, camera: str) -> Picture | None:
        """The newest whole picture, however old; None before the first. They come while the verb `look` asks."""
        return self._picture(f"looks/{camera}")

    def arm(self, name: str) -> np.void | None:
        """A follower's newest row (hardware.rows.arm_row); None where it has been silent for half a second."""
        return self._fresh(f"arms/{name}")

    def leader(self, name: str) -> np.void | None:
        """A leader's newest row (hardware.rows.leader_row); None where it has been silent for half a second."""
        return self._fresh(f"leaders/{name}")

    def wrench(self, arm: str) -> Vector | None:
        """(6,) external wrench on the stiffness frame, in the robot's base: N, N, N, Nm, Nm, Nm.

        None where the arm has been silent for half a second, or does not measure it.
        """
        row = self._fresh(f"arms/{arm}")
        wrench = None if row is None else row["O_F_ext_hat_K"]
        return wrench if wrench is not None and np.isfinite(wrench).any() else None

    def joints(self, arm: str) -> Vector | None:
        """(n,) measured joint positions of a follower, rad; None where it has been silent for half a second."""
        row = self._fresh(f"arms/{arm}")
        return None if row is None else row["q"]

    def close(self) -> None:
        """Leave all rings; they stay."""
        self.attach({})

    def _picture(self, stream: str) -> Picture | None:
        row = self._latest(stream)
        return None if row is None else Picture(int(row["t_ns"]), row["rgb"])

    def _fresh(self, stream: str) -> np.void | None:
        row = self._latest(stream)
        return row if row is not None and monotonic_ns() - int(row["t_ns"]) <= _STALE_NS else None

    def _latest(self, stream: str) -> np.void | None:
        if stream not in self._readers:
            address = self._addresses.get(stream)
            try:
                if address is None:
                    return None
                self._readers[stream] = RingReader(address, _Mapped(address.name))
            except FileNotFoundError:  # its daemon has ended; the next one's links come with its status
                return None
        return self._readers[stream].latest()


class _Mapped:
    """Somebody else's shared memory, for reading."""

    def __init__(self, name: str) -> None:
        with (_MEMORY / name.lstrip("/")).open("rb") as file:
            self.buf = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def close(self) -> None:
        """Unmap it; it stays."""
        self.buf.close()


def _address(told: Mapping[str, Any]) -> RingAddress:
    """An address after its way through JSON, which makes lists of tuples."""
    descr = tuple((name, kind, *(tuple(shape) for shape in shapes)) for name, kind, *shapes in told["descr"])
    return RingAddress(str(told["name"]), descr, int(told["capacity"]))
