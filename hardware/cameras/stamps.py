"""A camera's 32-bit microsecond clock as host time, until the episode's refit ties it to the edges."""

from typing import Final

from hardware.cameras.beat import Beat
from hardware.clock.unwrap import REALSENSE_US, Unwrapper
from hardware.samples import Stamp, TimeSource

_RATE: Final = 200e-6  # greatest rate error believed of a camera's quartz (75 ppm was seen)
_MARGIN_NS: Final = 1_000_000  # for the host's own delay between the frame's arrival and its read, and what Beat allows
_SURE_NS: Final = 2_000_000_000  # within this, whatever stops a host for a moment, some frame comes without delay


class FrameClock:
    """Stamps frames by the middle of their exposure; one for each stretch of streaming.

    A frame arrives after its exposure ended, so arrival - FRAME_TIMESTAMP bounds the clocks' offset from
    above; the fastest frames of late, loosened by the drift since, bound it best. How long the fastest
    take is only believed: `least_delay_ns`, give or take itself. Hence the bound of each stamp.

    A frame whose clock left the beat of the others was exposed at an odd time, or the clock was set: the offset is
    either what it was, or moved by as much. The bound holds both, until arrivals have told which.
    """

    def __init__(self, exposure_us: int, least_delay_ns: int) -> None:
        self._exposure_us = exposure_us
        self._least_delay_ns = least_delay_ns
        self._frame = Unwrapper(REALSENSE_US)
        self._sensor = Unwrapper(REALSENSE_US)
        self._beat = Beat()
        # The offset is between these; they differ while it is open whether the clock was set.
        self._low_ns: int = 0
        self._high_ns: int = 0
        self._late_ns: int = 0
        self._odd_ns: int | None = None  # arrival of the last frame that left the beat, while that is open
        self._last: tuple[int, int] | None = None  # ticks, arrival
        self._last_middle_ns = 0

    def stamp(
        self, seq: int, frame_us: int, sensor_us: int | None, arrival_ns: int, late_ns: int
    ) -> tuple[Stamp, int | None]:
        """FRAME_TIMESTAMP and SENSOR_TIMESTAMP as the camera gives them -> stamp, sensor ticks unwrapped.

        `late_ns`: how long the frame may have waited before it was read at `arrival_ns`. Unwrapping
        predicts from the time since the last frame, so gaps of up to 35 minutes are safe.
        """
        ticks = self._frame.unwrap(frame_us, self._predicted(arrival_ns))
        sensor = None if sensor_us is None else self._sensor.unwrap(sensor_us, ticks)
        self._learn(ticks, arrival_ns, late_ns, self._beat.off_us(seq, ticks) * 1000)
        middle_us = self._exposure_us // 2 if sensor is None else ticks - sensor
        estimate_ns = ticks * 1000 + self._high_ns - self._least_delay_ns - middle_us * 1000
        middle_ns = max(estimate_ns, self._last_middle_ns + 1)  # better knowledge never turns time back
        doubt_ns = self._late_ns + self._high_ns - self._low_ns
        bound_ns = self._least_delay_ns + doubt_ns + _MARGIN_NS + middle_ns - estimate_ns
        self._last_middle_ns = middle_ns
        return Stamp(middle_ns, bound_ns, ticks, arrival_ns, seq, TimeSource.DEVICE), sensor

    def _predicted(self, arrival_ns: int) -> float | None:
        if self._last is None:
            return None
        ticks, last_arrival_ns = self._last
        return ticks + (arrival_ns - last_arrival_ns) / 1000

    def _learn(self, ticks: int, arrival_ns: int, late_ns: int, off_ns: int) -> None:
        offset_ns = arrival_ns - ticks * 1000
        if self._last is None:
            self._low_ns = self._high_ns = offset_ns
            self._late_ns = late_ns
        else:
            drifted_ns = round(abs(arrival_ns - self._last[1]) * _RATE)
            high_ns = self._high_ns + drifted_ns - min(off_ns, 0)
            low_ns = self._low_ns + drifted_ns - max(off_ns, 0)
            self._high_ns = min(offset_ns, high_ns)
            self._low_ns = min(low_ns, self._high_ns)
            self._late_ns = min(late_ns, self._late_ns)
        self._last = ticks, arrival_ns
        if off_ns:
            self._odd_ns = arrival_ns
        elif self._odd_ns is not None and arrival_ns - self._odd_ns > _SURE_NS:
            self._low_ns, self._odd_ns = self._high_ns, None
