"""Live watch of servo buses (gaps, stale servos, slow bus), robots (states lost, bound) and bases. Pure."""

from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from collector.selftest.watch_bound import BoundWatch
from collector.selftest.watch_finding import Findings
from collector.selftest.watch_meter import Meter, Share, Window
from hardware.config import GateConfig

_STEP_NS: Final = 2_000_000  # apart by this for certain, two reads must show different 1 ms ticks
_REBOOT_NS: Final = 100_000_000
_PAUSE_NS: Final = 1_000_000_000  # a stream that was off that long was silent, and begins anew
_LONGEST_S: Final = 0.010  # a gap that is never too long, whatever the period
_FEW: Final = 3
STATE_HZ: Final = 1000.0  # of a Franka's control interface (FCI documentation)


class StreamWatch(Protocol):
    """What `Watch` asks of a tracker."""

    def feed(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first; may be none."""
        ...

    def tick(self, now_ns: int) -> None:
        """Time passes, whether rows come or not."""
        ...

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the stream."""
        ...


class PlainWatch:
    """Figures only: streams that may rest, as grippers do."""

    def __init__(self, rate_hz: float) -> None:
        self.meter = Meter(rate_hz, None)

    def feed(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first."""
        if len(rows):
            self.meter.add(rows)

    def tick(self, now_ns: int) -> None:
        """Nothing is expected of it."""

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the stream."""
        return self.meter.status(now_ns)


class BaseWatch:
    """Figures of a mobile base; its silence is named."""

    def __init__(self, stream: str, rate_hz: float, findings: Findings) -> None:
        self._stream, self._findings = stream, findings
        self.meter = Meter(rate_hz, None)

    def feed(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first."""
        if len(rows):
            self.meter.add(rows)

    def tick(self, now_ns: int) -> None:
        """Time passes."""
        if self.meter.falls_silent(now_ns):
            text = f"no wheels came for {self.meter.age_s(now_ns):.1f} s; check the base's power and bus cable"
            self._findings.add(now_ns, self._stream, "silent", text)

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the stream."""
        return self.meter.status(now_ns)


class BusWatch:
    """Rows of a leader or a servo arm in (bracketed, with the servos' ticks), named faults out. device: for texts."""

    def __init__(self, gates: GateConfig, stream: str, rate_hz: float, device: str, findings: Findings) -> None:
        self._stream, self._gates, self._device, self._findings = stream, gates, device, findings
        self._longest_ns = max(gates.joint_gap_periods[1] / rate_hz, _LONGEST_S) * 1e9
        self.meter = Meter(rate_hz, None)
        self._trips = Window(round(rate_hz))
        self._stale, self._retried = Share(), Share()
        self._ahead_ns: NDArray[np.int64] | None = None  # each servo's clock minus the host's
        self._last: NDArray[np.void] | None = None

    def feed(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first."""
        if not len(rows):
            return
        self.meter.add(rows)
        self.meter.drift.add(rows["ticks"] * 1_000_000, rows["t_arrival_ns"])
        if self._last is not None:
            rows = np.concatenate([self._last, rows])
        self._last = rows[-1:].copy()
        self._trip(rows)
        steps = np.diff(rows["seq"])
        if len(steps) == 0:
            return
        if bool((steps <= 0).any()) or bool((np.diff(rows["t_ns"]) > _PAUSE_NS).any()):
            self._begin()
            return
        self._reads(rows, steps)
        self._clocks(rows)

    def tick(self, now_ns: int) -> None:
        """Time passes."""
        if self.meter.falls_silent(now_ns):
            text = (
                f"no joints came for {self.meter.age_s(now_ns):.1f} s; check the {self._device}'s power and bus cable"
            )
            self._name(now_ns, "silent", text)

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the stream."""
        return self.meter.status(now_ns)

    def _begin(self) -> None:
        self.meter.restart()
        self._trips.clear()
        self._stale.clear()
        self._retried.clear()
        self._ahead_ns = None

    def _trip(self, rows: NDArray[np.void]) -> None:
        self._trips.add(rows["t_arrival_ns"] - rows["t_lo_ns"])
        trip_ms = float(np.median(self._trips.values)) * 1e-6
        if len(self._trips.values) >= _FEW and trip_ms > self._gates.round_trip_ms[1]:
            text = f"a read takes {trip_ms:.1f} ms; set the USB adapter's latency timer to 1 ms and the baud to 4000000"
            self._name(int(rows["t_ns"][-1]), "bus slow", text)

    def _reads(self, rows: NDArray[np.void], steps: NDArray[np.int64]) -> None:
        """Reads that failed or came late."""
        t_ns = int(rows["t_ns"][-1])
        failed = int(steps.sum()) - len(steps)
        self.meter.drops += failed
        retried, share = self._retried.add(t_ns, int(steps.sum()), failed)
        if failed and retried >= _FEW and share > self._gates.retries_share[1]:
            text = f"{retried} reads in a second were tried again; check the bus cable and its power"
            self._name(t_ns, "reads retried", text, failed)
        gap_ns = int(np.diff(rows["t_ns"]).max())
        if gap_ns > self._longest_ns:
            text = f"no joints for {gap_ns * 1e-6:.1f} ms; free the CPU, allow real-time priority, check the bus"
            self._name(t_ns, "gap", text)

    def _clocks(self, rows: NDArray[np.void]) -> None:
        """Servos whose 1 ms clock stands still answer with old values; one that starts at 0 lost its power."""
        t_ns, ticks = int(rows["t_ns"][-1]), rows["servo_ticks"]
        apart = rows["t_lo_ns"][1:] - rows["t_hi_ns"][:-1] > _STEP_NS
        same = apart & (np.diff(ticks, axis=0) == 0).any(axis=1)
        stood = int(same.sum())
        stale, share = self._stale.add(t_ns, len(same), stood)
        if stood and stale >= _FEW and share > self._gates.stale_share[1]:
            text = f"the servos' clocks stood still in {stale} reads of a second; power-cycle the {self._device}"
            self._name(t_ns, "stale", text, stood)
        if stood:
            return
        ahead_ns = ticks[-1] * 1_000_000 - t_ns
        before, self._ahead_ns = self._ahead_ns, ahead_ns
        if before is not None and bool((np.abs(ahead_ns - before) > _REBOOT_NS).any()):
            servo = int(np.argmax(np.abs(ahead_ns - before))) + 1
            self._name(t_ns, "servo rebooted", f"the clock of servo {servo} began anew; check its power and plugs")

    def _name(self, t_ns: int, name: str, text: str, count: int = 1) -> None:
        self._findings.add(t_ns, self._stream, name, text, count)


class RobotWatch:
    """Rows of a robot with a clock of its own in (any that begin with the stamp), named faults out."""

    def __init__(self, gates: GateConfig, stream: str, findings: Findings) -> None:
        self._stream, self._gates, self._findings = stream, gates, findings
        self.meter = Meter(STATE_HZ, 1)
        self._bound = BoundWatch(self._stream, gates.joint_bound_us[1], findings)
        self._lost = Share()
        self._last: int | None = None

    def feed(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first."""
        if not len(rows):
            return
        self.meter.add(rows)
        self._bound.add(rows)
        seq = rows["seq"] if self._last is None else np.concatenate([[self._last], rows["seq"]])
        self._last = int(seq[-1])
        steps = np.diff(seq)
        if len(steps) == 0:
            return
        longest = int(steps.max()) - 1
        if int(steps.min()) <= 0 or longest >= STATE_HZ:
            self._lost.clear()
            self._bound.unsettle()
            self.meter.restart()
            return
        t_ns, fresh = int(rows["t_ns"][-1]), int(steps.sum()) - len(steps)
        self.meter.drops += fresh
        lost, share = self._lost.add(t_ns, int(steps.sum()), fresh)
        in_a_row = longest > self._gates.states_lost_in_a_row[1]
        if in_a_row or (fresh and lost >= _FEW and share > self._gates.states_lost_share[1]):
            text = f"{lost} states of the last second never came, {longest} in a row; use a direct network cable"
            self._findings.add(t_ns, self._stream, "states lost", f"{text}, free the CPU", fresh)

    def tick(self, now_ns: int) -> None:
        """Time passes."""
        if self.meter.falls_silent(now_ns):
            text = f"no state came for {self.meter.age_s(now_ns):.1f} s; check the robot's network cable, then reset"
            self._findings.add(now_ns, self._stream, "silent", text)

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the stream."""
        return self.meter.status(now_ns)
