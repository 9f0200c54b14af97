"""Live watch of one camera: each frame against the one before it, and all of them against the sync line. Pure."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.watch_edges import EdgeWatch
from collector.selftest.watch_finding import Findings
from collector.selftest.watch_meter import Meter
from collector.selftest.watch_phase import Phase
from hardware.clock.facts import RATE_LIMIT
from hardware.config import RealSenseConfig, RigConfig

_FLOOR: Final = 120  # frames whose promptest tells how long delivery takes
_AFTER: Final = 30  # frames after something odd that tell whether the clock or the exposure has jumped
_OFTEN: Final = 5  # odd frames among those: it follows nothing
_SETTLING: Final = 60  # frames; a slave that was started before its master finds the line in them
_EXPOSURE_STEP_US: Final = 100  # ACTUAL_EXPOSURE of a colour sensor (librealsense metadata, colour: 100 us)
_NEAR_NS: Final = 300_000_000
_FINDING_NS: Final = 3_000_000_000
_CABLE = "check its sync mode, its sync cable and the line's level"


@dataclass(slots=True)
class _Odd:
    """A frame that came at an odd time: what it is shows in how long the next ones take to arrive."""

    t_ns: int
    shift_ns: int  # by how much more its clock moved than its counter
    lost_triggers: int  # 0: no whole periods
    floor_ns: int
    more: int = 0
    delays: list[int] = field(default_factory=list[int])

    @property
    def kept_its_clock(self) -> bool:
        """Frames take as long to arrive as before, and come evenly enough to say so."""
        least, half = min(self.delays), abs(self.shift_ns) / 2
        return abs(least - self.floor_ns) < half and float(np.median(self.delays)) - least < half

    @property
    def kept_its_exposure(self) -> bool:
        """Frames arrive sooner by as much as their clock moved ahead: so it was the clock alone."""
        return abs(min(self.delays) - self.floor_ns + self.shift_ns) < abs(self.shift_ns) / 2


class FrameWatch:
    """Rows of hardware.rows.FRAME in, named faults out."""

    def __init__(self, rig: RigConfig, name: str, edges: EdgeWatch, findings: Findings) -> None:
        self._config: RealSenseConfig = rig.cameras[name]
        self.stream = f"cameras/{name}"
        self._edges, self._findings = edges, findings
        rate_hz = self._config.fps if self._config.sync == "off" else rig.trigger.rate_hz
        self._period_ns = round(1e9 / rate_hz)
        self._tolerance_ns = rig.gates.frame_residual_us[1] * 1e3
        self.meter = Meter(rate_hz, 1000)
        self.phase = Phase(edges.beat, rig.gates.rate_change_ppm[1])
        self._last: tuple[int, int] | None = None  # ticks ns, seq
        self._frozen = self._seen = 0
        self._delays: deque[int] = deque(maxlen=_FLOOR)
        self._odd: _Odd | None = None
        self._free_ns: int | None = None  # when it was last seen to follow nothing

    @property
    def tied(self) -> bool:
        """Should its frames be on the line's pulses?"""
        return self._config.sync != "off"

    def feed(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first, after the edges of the same time."""
        if not len(rows):
            return
        columns = (rows[key].tolist() for key in ("t_ns", "ticks", "t_arrival_ns", "seq", "exposure_us"))
        for t_ns, ticks, arrival_ns, seq, exposure_us in zip(*columns, strict=True):
            self._seen += 1
            if abs(exposure_us - self._config.exposure_us) > _EXPOSURE_STEP_US:
                text = f"exposed {exposure_us} us instead of {self._config.exposure_us}; switch its auto-exposure off"
                self._name(t_ns, "exposure changed", text)
            self._frame(t_ns, ticks * 1000, arrival_ns, seq)
        self.meter.add(rows)
        self.phase.measure()
        measured = self.phase.measured
        if self.tied and measured is not None and measured.runs_free:
            how = f"its frames slide through the pulses by {measured.ppm * 1e-3:+.2f} ms/s: it is not slaved"
            self._runs_free(int(rows["t_ns"][-1]), how)

    def tick(self, now_ns: int) -> None:
        """Time passes."""
        if self.meter.falls_silent(now_ns):
            text = f"no frame came for {self.meter.age_s(now_ns):.1f} s; check its USB cable and the sync line"
            self._name(now_ns, "silent", text)

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the stream; a camera on the line tells its rate by the pulses."""
        measured, box_ppm = self.phase.measured if self.tied else None, self._edges.meter.drift.ppm
        tied = {} if measured is None else {"offset_us": measured.offset_us}
        by_line = {} if measured is None or box_ppm is None else {"ppm": measured.ppm + box_ppm}
        return self.meter.status(now_ns) | tied | by_line

    def _frame(self, t_ns: int, ticks_ns: int, arrival_ns: int, seq: int) -> None:
        if self._last is None:
            self._begin(ticks_ns, arrival_ns, seq)
            return
        moved, spent_ns = seq - self._last[1], ticks_ns - self._last[0]
        if moved == 0:
            self._name(t_ns, "frames doubled", "a frame came twice; restart the camera and update its firmware")
            return
        if moved < 0:
            self._name(t_ns, "restarted", "its frame counter went back: the camera restarted itself; check its power")
            self.meter.restart()
            self._begin(ticks_ns, arrival_ns, seq)
            return
        if spent_ns == 0:
            self._frozen += 1
            text = "a new frame has the FRAME_TIMESTAMP of the one before; restart the camera and update its firmware"
            self._name(t_ns, "stamps identical", text)
            return
        lost, self._frozen = moved - 1 - self._frozen, 0
        self._last = ticks_ns, seq
        if not self._is_odd(t_ns, spent_ns, moved, max(lost, 0)) and self._odd is None:
            self.phase.add(ticks_ns)
        self._weigh(arrival_ns - ticks_ns)

    def _begin(self, ticks_ns: int, arrival_ns: int, seq: int) -> None:
        self._last, self._odd, self._frozen, self._seen = (ticks_ns, seq), None, 0, 1
        self._delays = deque([arrival_ns - ticks_ns], maxlen=_FLOOR)
        self.phase.clear()

    def _is_odd(self, t_ns: int, spent_ns: int, moved: int, lost: int) -> bool:
        """Did the clock move by as many periods as the counter? If by fewer, or none: what is named, and when."""
        periods = round(spent_ns / self._period_ns)
        slack_ns = self._tolerance_ns + abs(spent_ns) * RATE_LIMIT * 1e-9
        whole = abs(spent_ns - periods * self._period_ns) <= slack_ns and periods >= 1
        if whole and periods < moved:
            text = f"its counter moved by {moved} in {periods} periods: frames cannot be told apart by it; restart it"
            self._name(t_ns, "counter slip", text)
            return False
        if lost:
            self.meter.drops += lost
            self._name(t_ns, "frames lost", f"{lost} frames never came; use another USB controller, free the CPU", lost)
        if whole and periods == moved:
            return False
        if self._odd is None:
            shift_ns = spent_ns - moved * self._period_ns
            self._odd = _Odd(t_ns, shift_ns, periods - moved if whole else 0, min(self._delays))
        else:
            self._odd.more += 1
        return True

    def _weigh(self, delay_ns: int) -> None:
        """Frames arrive sooner after a clock that jumped ahead, by as much; after anything else they do not."""
        odd = self._odd
        if odd is None:
            self._delays.append(delay_ns)
            return
        odd.delays.append(delay_ns)
        if len(odd.delays) < _AFTER:
            return
        self._odd = None
        self._decide(odd)
        self._delays.extend(odd.delays)
        self.phase.clear()

    def _decide(self, odd: _Odd) -> None:
        """A camera that starts, or ran free, finds the line sooner or later; then it is to keep to it."""
        off_ms = odd.shift_ns * 1e-6
        settled = self._seen > _SETTLING + _AFTER
        found_again = self._free_ns is not None and abs(odd.t_ns - self._free_ns) < _FINDING_NS
        if odd.more >= _OFTEN:
            if self.tied and settled:
                self._runs_free(odd.t_ns, "its frames come at times of their own")
        elif odd.lost_triggers and not odd.kept_its_exposure:
            self._lost_triggers(odd)
        elif not settled or found_again:
            self._delays.clear()
        elif odd.kept_its_clock:
            self._name(odd.t_ns, "off beat", f"a frame was exposed {off_ms:+.2f} ms off its time; {_CABLE}")
        else:
            text = f"its clock jumped by {off_ms:+.2f} ms; restart the camera and update its firmware"
            self._name(odd.t_ns, "clock jump", text)
            self._delays.clear()
            self.meter.restart()

    def _runs_free(self, t_ns: int, how: str) -> None:
        self._free_ns = t_ns
        self._name(t_ns, "free-running", f"{how}; {_CABLE}")

    def _lost_triggers(self, odd: _Odd) -> None:
        """Pulses without a frame, unless there were none: then that is the line's fault, and named there."""
        amiss_ns = self._edges.amiss_ns
        if amiss_ns is None or abs(amiss_ns - odd.t_ns) > _NEAR_NS:
            text = f"it took no picture on {odd.lost_triggers} pulses; {_CABLE}"
            self._name(odd.t_ns, "triggers lost", text, odd.lost_triggers)

    def _name(self, t_ns: int, name: str, text: str, count: int = 1) -> None:
        self._findings.add(t_ns, self.stream, name, text, count)
