"""The sync line and the trigger box in virtual time: pulses, edges, flashes, pings, as the host gets them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware import rows
from hardware.config import RigConfig
from tests.take.wrong import SECOND, START_NS, Clock, Draw, Faults, Ints, Mask, delays

Rows = NDArray[np.void]

BEFORE_S = 30  # pings before the take
_DOWN_NS = 600_000_000  # a box that restarts is back after this
_HANDLING_NS = 40_000
_SWEEP_S = 0.5
_PING_S = 0.1


@dataclass(frozen=True)
class Box:
    """What the box made of the take.

    pulse_ns: (K,) all true pulses; lit_ns: (m, 2) true flashes, on and off; damaged: lines that came spoilt.
    """

    pulse_ns: Ints
    edges: Rows
    flashes: Rows
    pings: Rows
    lit_ns: Ints
    damaged: int


def make_box(rig: RigConfig, draw: Draw, faults: Faults, master: Clock, end_ns: int) -> Box:
    """`master` paces the line."""
    rng = draw.rng("box")
    wraps = draw.wraps and 2**32 * 1000 - 12 * SECOND  # a 32-bit microsecond count would wrap within the take
    clock = _BoxClock(
        Clock.draw(rng, draw, wraps or int(rng.integers(10**11, 10**13)), faults.spells("box_drift", "trigger")),
        [first for first, _, _ in faults.spells("box_reset", "trigger")],
    )
    pulse = _pulses(rng, rig, master, end_ns)
    cable = _Cable(draw, faults, end_ns)
    captured, t_edge = _captured(faults, clock, pulse)
    edges = _edges(cable, captured, t_edge)
    flashes, lit = _flashes(rng, cable, clock, rig, captured, t_edge)
    pings = _pings(rng, draw, cable, clock, end_ns)
    return Box(pulse, edges, flashes, pings, lit, cable.damaged)


class _Cable:
    """USB to the host: how long each line takes, and which never come."""

    def __init__(self, draw: Draw, faults: Faults, end_ns: int) -> None:
        self._draw, self.faults, self._end_ns = draw, faults, end_ns
        self._rng = draw.rng("usb")
        self.damaged = 0

    def delays(self, count: int, way_us: tuple[float, float]) -> Ints:
        late = self._rng.random(count) < self._draw.outlier_rate
        spent_ns = self._rng.exponential(self._draw.outlier_ms * 1e6, count)
        return delays(self._rng, count, *way_us) + (late * spent_ns).astype(np.int64)

    def lost(self, t_ns: Ints) -> Mask:
        """Of the lines made at these instants."""
        spoilt = self._rng.random(len(t_ns)) < self.faults.size("line_noise", "trigger", t_ns)
        self.damaged += int(np.count_nonzero(spoilt))
        return spoilt | self.faults.on("box_silent", "trigger", t_ns)

    def arrive(self, found: Rows, told_ns: Ints) -> Rows:
        """The rows that come, with a driver's causal stamp: the arrival, and a bound that covers how late it may be."""
        arrival = np.maximum.accumulate(told_ns + self.delays(len(found), self._draw.usb_in_us))
        found["t_ns"] = found["t_arrival_ns"] = arrival
        found["u_ns"] = 200_000_000
        return found[~self.lost(told_ns) & (arrival >= START_NS) & (arrival < self._end_ns)]


@dataclass(frozen=True)
class _BoxClock:
    clock: Clock
    resets: list[int]

    def device_ns(self, t_ns: Ints) -> Ints:
        device = self.clock.device_ns(t_ns)
        for reset in self.resets:
            since = self.clock.device_ns(np.array([reset]))[0]
            device = np.where(t_ns >= reset, self.clock.device_ns(t_ns) - since, device)
        return device

    def down(self, t_ns: Ints) -> Mask:
        down = np.zeros(len(t_ns), np.bool_)
        for reset in self.resets:
            down |= (t_ns >= reset) & (t_ns < reset + _DOWN_NS)
        return down


def _pulses(rng: np.random.Generator, rig: RigConfig, master: Clock, end_ns: int) -> Ints:
    period = 1e9 / rig.trigger.rate_hz
    begin = START_NS - SECOND // 2 + int(rng.uniform(0, period))
    first = int(master.device_ns(np.array([begin]))[0])
    count = int((end_ns - START_NS + SECOND) / period)
    return master.host_ns(first + np.rint(np.arange(count) * period).astype(np.int64))


def _captured(faults: Faults, clock: _BoxClock, pulse: Ints) -> tuple[Rows, Ints]:
    """Every edge that the box captured, told or not, and its true instant."""
    double_us = faults.size("edge_double", "trigger", pulse)
    doubled = double_us > 0
    t = np.concatenate([pulse, pulse[doubled] + (double_us[doubled] * 1000).astype(np.int64)])
    t = np.sort(t[~faults.on("edge_miss", "trigger", t) & ~clock.down(t)])
    seq = 1000 + np.arange(len(t))
    for reset in clock.resets:
        seq = np.where(t >= reset, seq - seq[np.searchsorted(t, reset)], seq)
    found = np.zeros(len(t), rows.EDGE)
    late_ns = (faults.size("edge_late", "trigger", t) * 1000).astype(np.int64)
    found["ticks"] = clock.device_ns(t + late_ns) // 16 * 16
    found["seq"], found["rising"] = seq, 1
    return found, t


def _edges(cable: _Cable, captured: Rows, t_ns: Ints) -> Rows:
    dropped = cable.faults.on("edge_drop", "trigger", t_ns)
    stamped = t_ns + (cable.faults.size("edge_late", "trigger", t_ns) * 1000).astype(np.int64)
    return cable.arrive(captured[~dropped], stamped[~dropped])


def _flashes(
    rng: np.random.Generator, cable: _Cable, clock: _BoxClock, rig: RigConfig, captured: Rows, t_ns: Ints
) -> tuple[Rows, Ints]:
    """From shortly after the start until `led_s`: an edge that comes while one is due sets off none."""
    width_ns = rig.selftest.led_width_us * 1000
    span_us = round(1e6 / rig.trigger.rate_hz)
    last = START_NS + round(rig.selftest.led_s * 1e9)
    free, on, seq = START_NS + round(_SWEEP_S * 1e9), list[int](), list[int]()
    for number, t in zip(captured["seq"].tolist(), t_ns.tolist(), strict=True):
        if free <= t < last:
            on.append(t + int(rng.integers(0, span_us)) * 1000)
            seq.append(number)
            free = on[-1] + width_ns
    lit = np.array(on, np.int64)
    found = np.zeros(len(lit), rows.FLASH)
    found["ticks"], found["seq"], found["width_ns"] = clock.device_ns(lit), seq, width_ns
    return cable.arrive(found, lit + width_ns), np.column_stack([lit, lit + width_ns])


def _pings(rng: np.random.Generator, draw: Draw, cable: _Cable, clock: _BoxClock, end_ns: int) -> Rows:
    count = int(BEFORE_S + (end_ns - START_NS) * 1e-9) * 13
    sent = START_NS - BEFORE_S * SECOND + np.cumsum((rng.uniform(0.8, 1.2, count) * _PING_S * 1e9).astype(np.int64))
    sent = sent[sent < end_ns]
    slow_ns = (cable.faults.size("usb_asymmetry", "trigger", sent) * 1000).astype(np.int64)
    received = sent + slow_ns + cable.delays(len(sent), draw.usb_out_us)
    answered = received + _HANDLING_NS
    found = np.zeros(len(sent), rows.PING)
    found["seq"], found["t_sent_ns"] = np.arange(len(sent)), sent
    found["ticks_rx"] = clock.device_ns(received) // 1000 * 1000
    found["ticks_tx"] = clock.device_ns(answered) // 1000 * 1000
    found["t_received_ns"] = answered + cable.delays(len(sent), draw.usb_in_us)
    return found[~clock.down(received) & ~cable.lost(answered) & (found["t_received_ns"] < end_ns)]
