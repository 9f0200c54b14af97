"""A take on the production pumps, fed by hand, on a disk that does as it is told."""

import queue
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from collector.links import Ring, RingWriter
from collector.processes.capture_camera import CameraPump
from collector.processes.capture_look import LookWriter
from collector.processes.capture_preview import PreviewWriter
from collector.processes.capture_recording import Recording
from collector.processes.capture_take import Take
from hardware import rows
from hardware.config import RecordingConfig
from hardware.interfaces import DeviceTimeout
from hardware.samples import DeviceInfo, Frame, Stamp, TimeSource
from tests.collector.episode.faulty_disk import META, FaultyDisk, edges

SECOND = 1_000_000_000
FPS = 10  # 40 pictures may wait
NOISE = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)  # 60 kB as JPEG


class HandFed:
    """A camera that takes a picture when told to."""

    def __init__(self) -> None:
        self.lost = 0
        self._frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.taken = 0

    def info(self) -> DeviceInfo:
        return DeviceInfo("front", "by hand", "", "", "", {})

    def start(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> None:
        stamp = Stamp(0, 0, self.taken * 100_000, self.taken * SECOND // FPS, self.taken, TimeSource.DEVICE)
        self._frames.put(Frame("front", stamp, NOISE, 4000, None))
        self.taken += 1

    def read(self, timeout_s: float) -> Frame:
        try:
            return self._frames.get(timeout=0.01)
        except queue.Empty:
            raise DeviceTimeout("cameras.front", "nobody feeds it") from None


def wait_for(pump: CameraPump, frames: int) -> None:
    """Until it has dealt with so many frames."""
    deadline = time.monotonic() + 30
    while pump.frames < frames and time.monotonic() < deadline:
        time.sleep(0.001)
    pump.settle(time.monotonic_ns() + 30 * SECOND)
    assert pump.frames == frames


@contextmanager
def pumped(
    camera: HandFed, preview: PreviewWriter | None = None, look: LookWriter | None = None
) -> Generator[CameraPump]:
    """The production pump on it."""
    ring = Ring(rows.FRAME, 100)
    writer = RingWriter(ring.address)
    pump = CameraPump("front", 90, camera, writer, FPS, preview, look)
    pump.start()
    try:
        yield pump
    finally:
        pump.stop()
        writer.close()
        ring.close()


class Bench:
    """One camera, one stream of rows, one take. `now_ns` is what the take believes."""

    def __init__(
        self, path: Path, pump: CameraPump, camera: HandFed, room: int, limits: RecordingConfig, *, judged: bool
    ) -> None:
        self.camera, self.pump, self.disk = camera, pump, FaultyDisk(room)
        self.recording = Recording(path, dict(META), 0, self.disk)
        pump.encode(True)
        self.take = Take(self.recording, {"front": pump}, limits, judged=judged)
        self.now_ns = SECOND
        self.turns = 0

    def feed(self, frames: int) -> None:
        """So many pictures, as the pump's thread deals with them; nobody drains."""
        for _ in range(frames):
            self.camera.take()
        wait_for(self.pump, self.camera.taken)

    def move(self, frames: int = 0, after_s: float = 0.01, missed: int = 0) -> None:
        """One turn of the loop, with an edge and so many pictures."""
        self.feed(frames)
        self.now_ns += round(after_s * SECOND)
        fresh = edges(self.turns, 1)
        self.turns += 1
        self.take.move({"trigger": fresh}, {"trigger": missed} if missed else {}, self.now_ns)

    def move_until_paused(self) -> None:
        """Record until the room is gone; five pictures of it are stored a turn."""
        while not self.paused:
            self.move(frames=5)

    @property
    def paused(self) -> str:
        """What the operator is told of it."""
        return str(self.take.status(self.now_ns)["paused"])

    @property
    def warnings(self) -> list[str]:
        """What else the operator is told."""
        return list(self.take.status(self.now_ns)["warnings"])

    def stop(self, status: str = "complete") -> dict[str, Any]:
        """The operator's."""
        self.pump.encode(False)
        self.pump.settle(time.monotonic_ns() + 30 * SECOND)
        return self.take.close(status, {}, self.now_ns)


@contextmanager
def bench(
    folder: Path, *, judged: bool = True, limits: RecordingConfig | None = None, room: int = 1 << 40
) -> Generator[Bench]:
    """A take that runs; its journal is `folder / "x.journal"`. `room` on its disk, bytes."""
    camera = HandFed()
    with pumped(camera) as pump:
        yield Bench(folder / "x.journal", pump, camera, room, limits or RecordingConfig(), judged=judged)
