"""Process: the cameras, JPEG encoding in a thread a camera, and the journal of the running episode."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from collector.links import Channel, Links, RingReader, RingWriter, is_recorded
from collector.processes.capture_camera import CameraPump
from collector.processes.capture_look import LookWriter
from collector.processes.capture_preview import PreviewWriter
from collector.processes.capture_recording import LowRate, Recording
from collector.processes.capture_take import Take
from hardware.config import RecordingConfig, RigConfig
from hardware.open import Cameras, open_cameras
from hardware.samples import monotonic_ns

_LIMITS = RecordingConfig()
_COMMIT_S = 0.010
_STATUS_NS = 200_000_000
_IN_WORK_NS = 100_000_000  # a picture takes 5 ms to encode; on a CPU that others hog, more


def main(rig: RigConfig, links: Links, channel: Channel) -> None:
    """Pump until told to stop; an episode that is running then is sealed as interrupted."""
    cameras = open_cameras(rig)
    pumps = {
        name: CameraPump(
            name,
            rig.cameras[name].jpeg_quality,
            camera,
            RingWriter(links[f"cameras/{name}"]),
            rig.cameras[name].fps,
            PreviewWriter(RingWriter(links[f"previews/{name}"])),
            LookWriter(RingWriter(links[f"looks/{name}"])),
        )
        for name, camera in cameras.cameras.items()
    }
    try:
        for pump in pumps.values():
            pump.start()
        channel.report("ready", info={n: asdict(c.info()) for n, c in cameras.cameras.items()})
        Capture(cameras, pumps, links, channel, rig.recording).run()
    finally:
        for pump in pumps.values():
            pump.stop()
        cameras.close()


class Capture:
    """The one loop that touches rings and journal."""

    def __init__(
        self,
        cameras: Cameras,
        pumps: dict[str, CameraPump],
        links: Links,
        channel: Channel,
        limits: RecordingConfig = _LIMITS,
    ) -> None:
        self._cameras = cameras
        self._pumps = pumps
        self._channel = channel
        low_rate = {name: address for name, address in links.items() if is_recorded(name)}
        self._low_rate = LowRate({name: RingReader(address) for name, address in low_rate.items()})
        self._limits = limits
        self._opener = ThreadPoolExecutor(1, "journal-open")
        self._opening: Future[Recording] | None = None
        self._judged = True
        self._take: Take | None = None

    def run(self) -> None:
        """Each 10 ms: take what came, commit it, listen to the daemon."""
        next_status = monotonic_ns()
        ending, problem = "interrupted", ""
        try:
            while not self._channel.stopped:
                for verb, data in self._channel.verbs(timeout_s=_COMMIT_S):
                    self._obey(verb, data)
                if self._opening is not None and self._opening.done():
                    self._begin(self._opening)
                self._move()
                for pump in self._pumps.values():
                    pump.check()
                if monotonic_ns() >= next_status:
                    self._channel.report("status", **self._status())
                    next_status += _STATUS_NS
        except BaseException as error:
            ending, problem = "fault", str(error)
            raise
        finally:
            self._stop({"status": ending, "summary": {"fault": problem} if problem else {}})
            self._opener.shutdown()

    def _move(self) -> None:
        """Rings and pictures into the journal (or, between episodes, into the short memory)."""
        fresh, missed = self._low_rate.drain(), self._low_rate.missed()
        if self._take is None:
            for pump in self._pumps.values():
                pump.drain()
            return
        self._take.move(fresh, missed, monotonic_ns())
        if self._take.ending is not None:
            self._stop({"status": "complete"})

    def _obey(self, verb: str, data: dict[str, Any]) -> None:
        match verb:
            case "start":
                self._start(Path(data["path"]), data["meta"], int(data["need_bytes"]))
            case "finish":
                self._stop(data)
            case "event" if self._take:
                self._take.recording.event(data["kind"], data["data"], data.get("t_ns"))
            case "event":  # the daemon had not heard yet that the take has ended
                self._channel.report("late", data=data["data"])
            case "figures":
                if self._take is not None:
                    self._take.figures = data["figures"]
            case "look":
                for name in data["cameras"]:
                    self._pumps[name].look(float(data["hz"]))
            case _:
                pass

    def _start(self, path: Path, meta: dict[str, Any], need_bytes: int) -> None:
        """Open the journal beside the loop: behind a busy disk its first bytes may take seconds to be durable."""
        meta["camera_anchors"] = {name: pump.anchors() for name, pump in self._pumps.items()}
        # A self-test judges a rig that loses frames, so it must see its take to the end.
        self._judged = meta["provenance"].get("purpose") != "selftest"
        self._opening = self._opener.submit(Recording, path, meta, need_bytes)

    def _begin(self, opening: Future[Recording]) -> None:
        """The journal is open, or cannot be."""
        self._opening = None
        try:
            recording = opening.result()
        except OSError as error:
            self._channel.report("refused", message=error.strerror or str(error))
            return
        for name, rows in self._low_rate.memory():
            recording.rows(name, rows)
        for pump in self._pumps.values():
            pump.encode(True)
        self._take = Take(recording, self._pumps, self._limits, judged=self._judged)
        self._channel.report("started", path=str(recording.path))

    def _stop(self, data: dict[str, Any]) -> None:
        """Seal what is being recorded; one that ended by itself is closed already."""
        if self._opening is not None:
            self._begin(self._opening)
        take, self._take = self._take, None
        if take is None:
            return
        asked_ns = monotonic_ns()
        for pump in self._pumps.values():
            pump.encode(False)
        until_ns = asked_ns + _IN_WORK_NS
        for pump in self._pumps.values():
            pump.settle(until_ns)
        try:
            take.move(self._low_rate.drain(), self._low_rate.missed(), monotonic_ns())
        finally:  # whatever went wrong
            summary = self._close(take, str(data["status"]), data.get("summary", {}))
        closing_s = (monotonic_ns() - asked_ns) * 1e-9
        path = str(take.recording.path)
        self._channel.report("closed", path=path, ended_ns=asked_ns, closing_s=closing_s, **summary)

    def _close(self, take: Take, status: str, summary: dict[str, Any]) -> dict[str, Any]:
        try:
            return take.close(status, summary, monotonic_ns())
        except OSError as error:  # what was committed stays; without an end record it counts as interrupted
            problem = take.ending.problem if take.ending else str(error)
            return take.recording.counts() | {"status": "interrupted", "problem": problem}

    def _status(self) -> dict[str, Any]:
        far_end = sum(_thread_cpu_s(thread) for thread in self._cameras.far_end_threads)
        return {
            "cpu_s": time.process_time() - far_end,
            "cameras": {name: pump.status() for name, pump in self._pumps.items()},
            "recording": self._take.status(monotonic_ns()) if self._take else None,
        }


def _thread_cpu_s(thread: int) -> float:
    """CPU time of one of our own threads (schedstat: ns on the CPU first; Documentation/scheduler/sched-stats)."""
    try:
        fields = Path(f"/proc/self/task/{thread}/schedstat").read_text().split()
    except OSError:
        return 0.0
    return int(fields[0]) * 1e-9
