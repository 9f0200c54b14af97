"""Live watch of the trigger box: edges missing, extra, doubled, late; messages lost; resets; its bound. Pure."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.watch_beat import Beat
from collector.selftest.watch_bound import BoundWatch
from collector.selftest.watch_finding import Findings
from collector.selftest.watch_meter import SILENT_NS, Meter
from hardware.config import GateConfig, SerialBoxConfig

STREAM: Final = "trigger"
_WIRING = "check the sync line's wiring (pins 5 and 9), its level and the master"
_LATE: Final = 30  # edges off the beat, none on it: the beat itself has moved
_UNSETTLED_RATE: Final = 1e-3  # of a line whose beat is not known yet


@dataclass(frozen=True, slots=True)
class _Edge:
    t_ns: int
    ticks: int
    seq: int


class EdgeWatch:
    """Follows the line's beat; names what is not on it. Other streams are measured against `beat`."""

    def __init__(self, trigger: SerialBoxConfig, gates: GateConfig, findings: Findings) -> None:
        listens = trigger.mode == "listen"
        jitter_us = (gates.pulse_jitter_listen_us if listens else gates.pulse_jitter_drive_us)[1]
        self._channel, self._findings = trigger.channel, findings
        self.meter = Meter(trigger.rate_hz, 1)
        self.bound = BoundWatch(STREAM, gates.clock_bound_us[1], findings)
        self.beat = Beat(1e9 / trigger.rate_hz, jitter_us * 1e3)
        self.amiss_ns: int | None = None  # when pulses were last missing
        self._last: _Edge | None = None
        self._off: list[_Edge] = []  # since the last edge on the beat
        self._lost = 0  # messages, since the last edge on the beat

    def feed(self, rows: NDArray[np.void]) -> None:
        """Rows of hardware.rows.EDGE; only rising edges of the line's channel count."""
        rows = rows[(rows["rising"] == 1) & (rows["channel"] == self._channel)]
        if not len(rows):
            return
        for t_ns, ticks, seq in zip(rows["t_ns"].tolist(), rows["ticks"].tolist(), rows["seq"].tolist(), strict=True):
            self._edge(_Edge(t_ns, ticks, seq))
        self.meter.add(rows)
        self.bound.add(rows)

    def tick(self, now_ns: int) -> None:
        """Time passes."""
        if self.meter.falls_silent(now_ns):
            self._name(now_ns, "silent", f"no edge came for {self.meter.age_s(now_ns):.1f} s; {_WIRING}")

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the stream."""
        return self.meter.status(now_ns)

    def _edge(self, edge: _Edge) -> None:
        last, self._last = self._last, edge
        if last is None:
            self.beat.find(edge.ticks)
            return
        if edge.seq <= last.seq or edge.ticks <= last.ticks:
            self._restart(edge)
            return
        lost = edge.seq - last.seq - 1
        if lost:
            self.meter.drops += lost
            self._lost += lost
            text = f"edges {last.seq + 1} to {edge.seq - 1} were captured but never came; check the box's USB cable"
            self._name(edge.t_ns, "messages lost", text, lost)
        if self.beat.last is None:
            self._seek(edge, edge.ticks - last.ticks, lost)
        else:
            self._follow(edge, edge.ticks - last.ticks)

    def _restart(self, edge: _Edge) -> None:
        text = "the box's count and clock began anew: it was reset or lost power; check its USB cable and supply"
        self._name(edge.t_ns, "box reset", text)
        self.meter.restart()
        self.bound.unsettle()
        self._lose()
        self.beat.find(edge.ticks)

    def _seek(self, edge: _Edge, spent_ns: int, lost: int) -> None:
        """Before the beat is known, only a hole of whole periods can be named."""
        nominal = self.beat.nominal_ns
        periods = round(spent_ns / nominal)
        near = abs(spent_ns - periods * nominal) <= self.beat.tolerance_ns + _UNSETTLED_RATE * spent_ns
        if near and periods > lost + 1 and spent_ns < SILENT_NS:
            self._missing(edge.t_ns, periods - 1 - lost)
        self.beat.find(edge.ticks)

    def _follow(self, edge: _Edge, spent_ns: int) -> None:
        periods, off_ns = self.beat.periods(edge.ticks)
        if periods >= 1 and abs(off_ns) <= self.beat.tolerance_ns:
            self._judge(edge, periods - 1)
            self.beat.keep(edge.ticks, periods, off_ns)
            self._off, self._lost = [], 0
            return
        if spent_ns > SILENT_NS:  # the line was off and came back with another phase; silence was named already
            self._lose()
            self.beat.find(edge.ticks)
            return
        self._off.append(edge)
        if len(self._off) >= _LATE:
            self._late(self._off)
            self._lose()

    def _judge(self, edge: _Edge, skipped: int) -> None:
        """What came and did not come between two edges on the beat, `skipped` periods between them."""
        off = self._off
        late = min(len(off), skipped)
        missing = skipped - late - self._lost
        if missing > 0:
            self._missing(edge.t_ns, missing)
        if late:
            self._late(off[:late])
        if len(off) > late:
            extra = off[late]
            first = (self.beat.last or 0, *(one.ticks for one in off))[late]
            doubled = extra.ticks - first < self.beat.period_ns / 4
            after_us = (extra.ticks - first) * 1e-3
            text = f"an edge came {after_us:.0f} us after the one before it; {_WIRING}"
            self._name(extra.t_ns, "edges doubled" if doubled else "edges extra", text, len(off) - late)

    def _missing(self, t_ns: int, count: int) -> None:
        self.amiss_ns = t_ns
        self._name(t_ns, "edges missing", f"{count} pulses were not seen on the sync line; {_WIRING}", count)

    def _late(self, edges: list[_Edge]) -> None:
        off_us = self.beat.periods(edges[-1].ticks)[1] * 1e-3
        how = f"{abs(off_us):.0f} us {'after' if off_us > 0 else 'before'} they were due"
        self._name(edges[-1].t_ns, "edges late", f"edges came {how}; {_WIRING}", len(edges))

    def _lose(self) -> None:
        self.beat.lose()
        self._off, self._lost = [], 0

    def _name(self, t_ns: int, name: str, text: str, count: int = 1) -> None:
        self._findings.add(t_ns, STREAM, name, text, count)
