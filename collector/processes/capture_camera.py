"""A thread of the capture process: one camera, read into its ring, and encoded into a bounded queue."""

import threading
from collections import deque
from typing import Any

import numpy as np
import simplejpeg

from collector.links import RingWriter
from collector.processes.capture_look import LookWriter
from collector.processes.capture_pictures import Picture, Pictures
from collector.processes.capture_preview import PreviewWriter
from hardware.interfaces import Camera, DeviceError, DeviceLost, DeviceTimeout
from hardware.rows import FRAME, stamp_fields
from hardware.samples import Frame, Stamp, monotonic_ns

_QUEUE_S = 4  # as the rings: twice the longest stall ever seen beside a full disk
_TIMEOUT_S = 0.25
_LOST_NS = 1_000_000_000
_FIRST_FRAME_NS = 5_000_000_000  # sensors need seconds to come up, and slaves wait for the master
_ANCHORS = 600  # seconds
_SECOND_NS = 1_000_000_000
_RECENT = 10  # seconds in which a clock 200 ppm off runs away by 2 ms
_PROMPT_NS = 2_000_000


class CameraPump:
    """Reads a camera for as long as it runs; encodes only while an episode is recorded.

    `ring` gets the row of every frame, recorded or not, `preview` a few of them made small, `look` whole ones while
    somebody asks; the pump's thread is their one writer.
    """

    def __init__(
        self,
        name: str,
        quality: int,
        camera: Camera,
        ring: RingWriter,
        fps: int = 60,
        preview: PreviewWriter | None = None,
        look: LookWriter | None = None,
    ) -> None:
        self.name = name
        self.fps = fps
        self._quality = quality
        self._camera = camera
        self._ring, self._preview, self._look = ring, preview, look
        self.pictures = Pictures(fps * _QUEUE_S)
        """Of the running take, or of the last one."""
        self._thread = threading.Thread(target=self._run, name=f"camera-{name}", daemon=True)
        self._encode = self._busy = False
        self._stopped = threading.Event()
        self._error: Exception | None = None
        self.frames = 0
        self._dropped_before = self._lost_before = 0
        self._last_ns = 0
        self._anchors: deque[tuple[int, int]] = deque(maxlen=_ANCHORS)

    def start(self) -> None:
        """Start the camera, then the thread."""
        self._camera.start()
        self._last_ns = monotonic_ns() + _FIRST_FRAME_NS - _LOST_NS
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def check(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._error:
            raise self._error

    def encode(self, on: bool) -> None:
        """Begin a take's pictures, or end them; one may still be in work then (`settle`)."""
        if on:
            self._dropped_before += self.pictures.dropped
            self.pictures = Pictures(self.fps * _QUEUE_S)
        self._encode = on

    def look(self, hz: float) -> None:
        """Show whole pictures for a while."""
        if self._look is not None:
            self._look.ask(hz, monotonic_ns())

    def settle(self, until_ns: int) -> None:
        """Wait for the picture in work, until an instant of CLOCK_MONOTONIC at most."""
        while self._busy and monotonic_ns() < until_ns:
            self._stopped.wait(0.001)

    def drain(self) -> list[Picture]:
        """Frames encoded since the last call, oldest first."""
        return self.pictures.drain()

    def anchors(self) -> list[tuple[int, int]]:
        """FRAME_TIMESTAMP (us) and arrival (ns) of the promptest frame of each second so far."""
        return list(self._anchors)

    def status(self) -> dict[str, Any]:
        """Counts for the operator."""
        return {
            "frames": self.frames,
            "lost": self._camera.lost,
            "overflowed": self._dropped_before + self.pictures.dropped,
            "queued": self.pictures.waiting,
            "prompt_s": self._prompt_seconds(),
            "age_ms": (monotonic_ns() - self._last_ns) * 1e-6 if self.frames else None,
        }

    def _prompt_seconds(self) -> int:
        """Of the last seconds, those whose promptest frame came as promptly as the promptest of all."""
        delays = [_delay_ns(came) for came in list(self._anchors)[-_RECENT:]]
        return sum(delay - min(delays) <= _PROMPT_NS for delay in delays)

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                frame = self._read()
                if frame is not None:
                    self._take(frame)
        except MemoryError:
            self._error = DeviceError(
                f"cameras.{self.name}", "no memory left to encode its pictures; end other programs, then reset"
            )
        except Exception as error:
            self._error = error

    def _read(self) -> Frame | None:
        try:
            frame = self._camera.read(_TIMEOUT_S)
        except DeviceTimeout:
            if monotonic_ns() - self._last_ns > _LOST_NS:
                raise DeviceLost(
                    f"cameras.{self.name}",
                    "no frame for 1 s; check its cable and the sync line, then reset",
                ) from None
            return None
        self._last_ns = monotonic_ns()
        self.frames += 1
        self._remember(frame.stamp)
        return frame

    def _remember(self, stamp: Stamp) -> None:
        came = stamp.ticks, stamp.t_arrival_ns
        if not self._anchors or self._anchors[-1][1] // _SECOND_NS != came[1] // _SECOND_NS:
            self._anchors.append(came)
        elif _delay_ns(came) < _delay_ns(self._anchors[-1]):
            self._anchors[-1] = came

    def _take(self, frame: Frame) -> None:
        ticks = -1 if frame.sensor_ticks is None else frame.sensor_ticks
        row = (*stamp_fields(frame.stamp), frame.exposure_us, ticks)
        self._ring.write(row)
        lost, self._lost_before = self._camera.lost - self._lost_before, self._camera.lost
        self._busy = True
        try:
            if self._encode:
                self._picture(frame, row, lost)
        finally:
            self._busy = False
        if self._preview is not None:
            self._preview.offer(frame, self._last_ns)
        if self._look is not None:
            self._look.offer(frame, self._last_ns)

    def _picture(self, frame: Frame, row: tuple[Any, ...], lost: int) -> None:
        pictures = self.pictures  # one that is ready late goes to the take that it came in
        if pictures.accepts(lost):
            pictures.put(np.array(row, FRAME), simplejpeg.encode_jpeg(frame.color, self._quality, "RGB", "420"))


def _delay_ns(came: tuple[int, int]) -> int:
    """How late, against a constant that nobody knows."""
    ticks_us, arrival_ns = came
    return arrival_ns - ticks_us * 1000
