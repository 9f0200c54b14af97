"""Every ring and channel between the processes. All bounded; what overflows is counted.

A ring has one writer and any number of readers, and the writer never waits: a reader that falls behind
by more than the ring holds loses the oldest rows and knows how many. A channel is the pipe between the
daemon and one child: verbs go down, reports come up.
"""

import select
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hardware import rows
from hardware.config import RigConfig

_HEAD_BYTES = 64  # the writer's count, on a cache line of its own
_SECONDS = 4  # what every ring holds at its nominal rate; twice the longest stall ever seen beside a full disk
_PREVIEW_SIDE = 320  # pixels at most: a terminal shows fewer
_PREVIEWS = 4  # nobody reads but the newest; the others keep the writer off it
LOOK_HZ = 10.0
"""Most whole pictures a second that a camera shows to who looks on; as many as there are previews."""


@dataclass(frozen=True, slots=True)
class RingAddress:
    """Where a ring lies; small, and passed to children at their start."""

    name: str
    descr: tuple[Any, ...]
    capacity: int

    @property
    def dtype(self) -> np.dtype[np.void]:
        """Type of a row."""
        return np.dtype(list(self.descr))


class Memory(Protocol):
    """What a ring lies in."""

    @property
    def buf(self) -> Any:
        """The bytes."""
        ...

    def close(self) -> None:
        """Leave it."""
        ...


class _Ring:
    def __init__(self, memory: Memory, address: RingAddress) -> None:
        self.address = address
        self._memory = memory
        self._capacity = address.capacity
        self._head: NDArray[np.int64] = np.ndarray((1,), np.int64, memory.buf)
        self._rows: NDArray[np.void] = np.ndarray((address.capacity,), address.dtype, memory.buf, _HEAD_BYTES)

    def close(self) -> None:
        """Leave the ring."""
        del self._head, self._rows
        self._memory.close()


class Ring(_Ring):
    """The memory itself; the daemon owns it, so that it outlives any child."""

    def __init__(self, dtype: np.dtype[np.void], capacity: int) -> None:
        self._shared = SharedMemory(create=True, size=_HEAD_BYTES + capacity * dtype.itemsize)
        super().__init__(self._shared, RingAddress(self._shared.name, tuple(dtype.descr), capacity))

    def close(self) -> None:
        """Leave and remove the ring."""
        super().close()
        self._shared.unlink()


class RingWriter(_Ring):
    """The one process that appends."""

    def __init__(self, address: RingAddress) -> None:
        super().__init__(SharedMemory(name=address.name), address)

    def write(self, row: tuple[Any, ...]) -> None:
        """Append one row, given as the tuple of its fields."""
        head = int(self._head[0])
        self._rows[head % self._capacity] = row
        self._head[0] = head + 1


class RingReader(_Ring):
    """Reads from now on. `lost` counts rows overwritten before they were read.

    `memory`: of a reader that is no child of the daemon (collector.live); it closes with the reader.
    """

    def __init__(self, address: RingAddress, memory: Memory | None = None) -> None:
        super().__init__(memory or SharedMemory(name=address.name), address)
        self._tail = int(self._head[0])
        self.lost = 0

    def drain(self) -> NDArray[np.void]:
        """All rows since the last call, oldest first."""
        head = int(self._head[0])
        if head == self._tail:
            return self._rows[:0]
        oldest = max(self._tail, head - self._capacity)
        copied = self._rows[np.arange(oldest, head) % self._capacity]
        # What the writer overwrote while we copied is torn: drop it and say so.
        safe = max(oldest, int(self._head[0]) - self._capacity + 1)
        self.lost += safe - self._tail
        self._tail = head
        return copied[safe - oldest :]

    def latest(self) -> np.void | None:
        """The newest row, without consuming any; None before the first."""
        while head := int(self._head[0]):
            row = self._rows[(head - 1) % self._capacity].copy()
            since = int(self._head[0]) - head
            if since < max(self._capacity - 1, 1):  # else the writer came round while we copied: torn
                return row
        return None


Links = dict[str, RingAddress]  # a rig's rings by stream name, as in the episode file


def preview_stride(width: int, height: int) -> int:
    """Of every so many pixels each way one is in the preview."""
    return -(-max(width, height) // _PREVIEW_SIDE)


def preview_row(width: int, height: int) -> np.dtype[np.void]:
    """A camera's picture made small, for whoever looks on: mid-exposure, ns; frame counter; (h, w, 3) RGB."""
    stride = preview_stride(width, height)
    shape = (-(-height // stride), -(-width // stride), 3)
    return np.dtype([("t_ns", "<i8"), ("seq", "<i8"), ("rgb", "u1", shape)])


def look_row(width: int, height: int) -> np.dtype[np.void]:
    """A camera's picture whole: mid-exposure, ns; frame counter; (height, width, 3) RGB."""
    return np.dtype([("t_ns", "<i8"), ("seq", "<i8"), ("rgb", "u1", (height, width, 3))])


def is_recorded(stream: str) -> bool:
    """Do the ring's rows go into the episode? Frames go with their pictures, which the rings do not carry."""
    return not stream.startswith(("cameras/", "previews/", "looks/"))


def create_rings(rig: RigConfig) -> dict[str, Ring]:
    """One ring a stream of the rig (pictures travel inside the capture process, their rows here too).

    And two a camera for those who look on. Memory that nobody has written to is none: looks cost it once asked for.
    """
    rings = {
        "trigger": Ring(rows.EDGE, int(rig.trigger.rate_hz * 2 * _SECONDS)),
        "trigger/pings": Ring(rows.PING, int(rig.trigger.ping_hz * 16 * _SECONDS)),
        "trigger/flashes": Ring(rows.FLASH, int(rig.trigger.rate_hz * 2 * _SECONDS)),
    }
    for name, camera in rig.cameras.items():
        rings[f"cameras/{name}"] = Ring(rows.FRAME, camera.fps * _SECONDS)
        rings[f"previews/{name}"] = Ring(preview_row(camera.width, camera.height), _PREVIEWS)
        rings[f"looks/{name}"] = Ring(look_row(camera.width, camera.height), _PREVIEWS)
    for name, leader in rig.leaders.items():
        rings[f"leaders/{name}"] = Ring(rows.leader_row(len(leader.ids)), int(leader.rate_hz * _SECONDS))
    for name, follower in rig.followers.items():
        rate, read = int(follower.rate_hz), follower.driver == "dynamixel"
        rings[f"arms/{name}"] = Ring(rows.arm_row(follower.joints, read=read), rate * _SECONDS)
        rings[f"commands/{name}"] = Ring(rows.command_row(follower.joints), rate * _SECONDS)
        if follower.gripper is not None:
            rings[f"grippers/{name}"] = Ring(rows.GRIPPER, (rate if read else 60) * _SECONDS)
    for name, base in rig.bases.items():
        rings[f"bases/{name}"] = Ring(rows.base_row(len(base.wheels)), int(base.rate_hz) * _SECONDS)
        rings[f"drive/{name}"] = Ring(rows.DRIVE, int(base.rate_hz) * _SECONDS)
    return rings


def has_room(connection: Connection) -> bool:
    """Would a message go out at once? A pipe that nobody reads fills up, and its writer would hang with the reader."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLOUT)
    return bool(poll.poll(0))


class Channel:
    """A child's end of its pipe to the daemon. A broken pipe means the daemon is gone: stop.

    A daemon that hangs must not hang its children: a status that finds no room is dropped.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.stopped = False

    def report(self, kind: str, **data: Any) -> None:
        """Tell the daemon; never raises."""
        try:
            if kind == "status" and not has_room(self._connection):
                return
            self._connection.send((kind, data))
        except OSError:
            self.stopped = True

    def verbs(self, timeout_s: float = 0.0) -> list[tuple[str, dict[str, Any]]]:
        """What the daemon asked since the last call; `stop` sets `stopped`."""
        asked: list[tuple[str, dict[str, Any]]] = []
        try:
            while self._connection.poll(0.0 if asked else timeout_s):
                verb, data = self._connection.recv()
                if verb == "stop":
                    self.stopped = True
                asked.append((verb, data))
        except (OSError, EOFError):
            self.stopped = True
        return asked
