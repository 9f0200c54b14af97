"""Process: the cameras, JPEG encoding in a thread a camera, and the journal of the running episode."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from collector.links import Channel, Links, RingReader, RingWriter
from collector.processes.capture_camera import CameraPump
from collector.processes.capture_recording import LowRate, Recording
from hardware.config import RigConfig
from hardware.interfaces import DeviceError
from hardware.open import Cameras, open_cameras
from hardware.samples import monotonic_ns

_COMMIT_S = 0.010
_STATUS_NS = 200_000_000


def main(rig: RigConfig, links: Links, channel: Channel) -> None:
    """Pump until told to stop; an episode that is running then is sealed as interrupted."""
    cameras = open_cameras(rig)
    pumps = {
        name: CameraPump(name, rig.cameras[name].jpeg_quality, camera, RingWriter(links[f"cameras/{name}"]))
        for name, camera in cameras.cameras.items()
    }
    try:
        for pump in pumps.values():
            pump.start()
        channel.report("ready", info={n: asdict(c.info()) for n, c in cameras.cameras.items()})
        Capture(cameras, pumps, links, channel).run()
    finally:
        for pump in pumps.values():
            pump.stop()
        cameras.close()


class Capture:
    """The one loop that touches rings and journal."""

    def __init__(self, cameras: Cameras, pumps: dict[str, CameraPump], links: Links, channel: Channel) -> None:
        self._cameras = cameras
        self._pumps = pumps
        self._channel = channel
        # Frames are journalled with their pictures, which the rings do not carry.
        low_rate = {name: address for name, address in links.items() if not name.startswith("cameras/")}
        self._low_rate = LowRate({name: RingReader(address) for name, address in low_rate.items()})
        self._recording: Recording | None = None

    def run(self) -> None:
        """Each 10 ms: take what came, commit it, listen to the daemon."""
        next_status = monotonic_ns()
        ending = "interrupted"
        try:
            while not self._channel.stopped:
                for verb, data in self._channel.verbs(timeout_s=_COMMIT_S):
                    self._obey(verb, data)
                self._move()
                for pump in self._pumps.values():
                    pump.check()
                if monotonic_ns() >= next_status:
                    self._channel.report("status", **self._status())
                    next_status += _STATUS_NS
        except BaseException:
            ending = "fault"
            raise
        finally:
            if self._recording:
                self._stop({"status": ending})

    def _move(self) -> None:
        """Rings and pictures into the journal (or, between episodes, into the short memory)."""
        fresh = self._low_rate.drain()
        recording = self._recording
        if recording is None:
            for pump in self._pumps.values():
                pump.drain()
            return
        for name, rows in fresh.items():
            recording.rows(name, rows)
        for pump in self._pumps.values():
            for row, jpeg in pump.drain():
                recording.frame(pump.name, row, jpeg)
            recording.gaps(pump.name, pump.overflowed)
        try:
            recording.commit()
        except OSError as error:
            raise DeviceError(
                "disk",
                f"{recording.path}: {error.strerror}; free some space, then reset (kept up to here)",
            ) from error

    def _obey(self, verb: str, data: dict[str, Any]) -> None:
        match verb:
            case "start":
                self._start(Path(data["path"]), data["meta"], int(data["need_bytes"]))
            case "finish":
                self._stop(data)
            case "event" if self._recording:
                self._recording.event(data["kind"], data["data"])
            case _:
                pass

    def _start(self, path: Path, meta: dict[str, object], need_bytes: int) -> None:
        meta["camera_anchors"] = {name: pump.anchors() for name, pump in self._pumps.items()}
        try:
            recording = Recording(path, meta, need_bytes)
        except OSError as error:
            self._channel.report("refused", message=str(error))
            return
        for name, rows in self._low_rate.memory():
            recording.rows(name, rows)
        self._recording = recording
        for pump in self._pumps.values():
            pump.encode(True)
        self._channel.report("started", path=str(path))

    def _stop(self, data: dict[str, Any]) -> None:
        for pump in self._pumps.values():
            pump.encode(False)
        recording = self._recording
        if recording is None:
            return
        try:
            if data["status"] != "fault":
                self._move()
        finally:
            self._recording = None
            lost = {name: rows for name, rows in self._low_rate.lost().items() if rows}
            told = {"rings_lost": lost, **data.get("summary", {})}
            try:
                summary = recording.close(str(data["status"]), told)
            except OSError as error:  # what was committed stays; without an end record it counts as interrupted
                summary = recording.counts() | {"status": "interrupted", "problem": str(error)}
            self._channel.report("closed", path=str(recording.path), **summary)

    def _status(self) -> dict[str, Any]:
        far_end = sum(_thread_cpu_s(thread) for thread in self._cameras.far_end_threads)
        return {
            "cpu_s": time.process_time() - far_end,
            "cameras": {name: pump.status() for name, pump in self._pumps.items()},
            "recording": self._recording.status() if self._recording else None,
        }


def _thread_cpu_s(thread: int) -> float:
    """CPU time of one of our own threads (schedstat: ns on the CPU first; Documentation/scheduler/sched-stats)."""
    try:
        fields = Path(f"/proc/self/task/{thread}/schedstat").read_text().split()
    except OSError:
        return 0.0
    return int(fields[0]) * 1e-9
