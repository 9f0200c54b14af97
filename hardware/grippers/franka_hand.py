"""The Franka Hand through pylibfranka (gripper server 3).

Give this driver a process of its own: every call holds the GIL until the fingers have stopped. A move
that meets an object may hang; the owner's watchdog replaces the process.
"""

from collections.abc import Generator
from contextlib import contextmanager

import pylibfranka as franka

from hardware.clock.one_way import OneWayHull
from hardware.config import FrankaHandConfig
from hardware.interfaces import DeviceError, DeviceLost
from hardware.samples import DeviceInfo, GripperSample, Stamp, TimeSource, monotonic_ns

MIN_DELAY_NS = (0, 1_000_000)  # believed least delay of a state; the hand's server is not a real-time one
LATCH_BEFORE_CALL_NS = 2_000_000  # a state may have been on its way when the read began
LEAST_OBJECT = 0.001  # m
SETTLE = 20  # reads of which at least one was quick; states are read at tens of hertz
_MS = 1_000_000


class FrankaHand:
    """Satisfies `Gripper`."""

    def __init__(self, name: str, address: str, config: FrankaHandConfig) -> None:
        self.name = name
        self._address = address
        self._config = config
        with self._errors():
            self._gripper = franka.Gripper(address)
            self._max_width = self._gripper.read_once().max_width
        self._hull = OneWayHull(MIN_DELAY_NS, SETTLE)

    def info(self) -> DeviceInfo:
        """Model and server version; the hand tells no serial number."""
        firmware = f"gripper server {self._gripper.server_version()}"
        options = {"pylibfranka": franka.__version__, "max_width": f"{self._max_width:.4f}"}
        return DeviceInfo(self.name, "franka_hand", "Franka Hand", "", firmware, options)

    @property
    def max_width(self) -> float:
        """Opening found by the last homing, m."""
        return self._max_width

    def read(self) -> GripperSample:
        """The next state, stamped by the clock fit where the read's own bracket agrees, else by the bracket."""
        with self._errors():
            called = monotonic_ns()
            state = self._gripper.read_once()
            arrival = monotonic_ns()
        time_ms = round(state.time.to_sec() * 1e3)
        ticks = time_ms * _MS
        low, high = called - LATCH_BEFORE_CALL_NS, arrival
        self._hull.update(ticks, arrival)
        t_ns, u_ns = self._hull.stamp(ticks)
        source = TimeSource.DEVICE
        if u_ns > high - low or not low <= t_ns <= high:
            t_ns, u_ns, source = (low + high) // 2, (high - low + 1) // 2, TimeSource.BRACKETED
        stamp = Stamp(t_ns, u_ns, ticks, arrival, time_ms, source)
        return GripperSample(self.name, stamp, low, high, state.width, state.is_grasped)

    def move(self, width: float, speed: float) -> None:
        """Open or close to `width` m at `speed` m/s; blocks. Use `grasp` to close on an object."""
        with self._errors():
            reached = self._gripper.move(width, speed)
        if not reached:
            raise DeviceError(self.name, f"the fingers did not reach {width:.3f} m; remove what blocks them")

    def grasp(self, width: float, speed: float, force: float) -> bool:
        """Close with `force` N; True if something thicker than 1 mm is held, whatever its `width` was to be."""
        inner = max(width - LEAST_OBJECT, 0.0)
        with self._errors():
            return self._gripper.grasp(width, speed, force, inner, self._max_width)

    def stop(self) -> None:
        """Stop the fingers."""
        with self._errors():
            self._gripper.stop()

    def close(self) -> None:
        """Disconnect."""
        del self._gripper

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except franka.NetworkException as error:
            raise DeviceLost(
                self.name, f"{error}; check power and cable of the hand at {self._address}, then reopen"
            ) from error
        except franka.CommandException as error:
            raise DeviceError(self.name, f"{error}; home the hand, then try again") from error
