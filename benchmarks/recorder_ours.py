"""One run of Clapboard's recorder: the capture process's own code on prepared frames, then the finalise process.

`how`: rows60 (what the peer is given) or rows1k (what a real rig has beside it).
"""

import multiprocessing as mp
import time
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import h5py
import numpy as np

from benchmarks.recorder_meter import Found, Job, cpu_s, folder_bytes, say
from benchmarks.recorder_rows import DELIVERY_NS, write_rows
from benchmarks.recorder_source import CAMERAS, PERIOD_NS, RATE_HZ, Feed, Gate, Opened, sleep_until
from collector.children import Child, stop_all
from collector.episode.salvage import salvage
from collector.links import Channel, Ring, RingWriter, create_rings
from collector.processes import finalise
from collector.processes.capture import Capture
from collector.processes.capture_camera import CameraPump
from collector.provenance import episode_meta, software
from collector.selftest.verdict import judge_content
from hardware.config import RigConfig
from hardware.interfaces import DeviceTimeout
from hardware.load import load
from hardware.open import Cameras
from hardware.samples import DeviceInfo, Frame, Stamp, TimeSource, monotonic_ns

RIG = Path("configs/rigs/virtual.yaml")
_EXPOSURE_US = 4000
_IDLE = 2 * RATE_HZ  # frames; those before the first take tell the finaliser which edge is whose
_DRAIN_NS = 5_000_000_000  # at most; on a machine that keeps up nothing waits
_FIRST_S = 2.0  # of the take before the one that is killed


class PreparedCamera:
    """`hardware.interfaces.Camera` on a feed: the driver's part of the work, and its clock, cost nothing."""

    def __init__(self, name: str, feed: Feed, epoch_ns: int) -> None:
        self._name, self._feed, self._epoch_ns = name, feed, epoch_ns

    @property
    def lost(self) -> int:
        """Frames that we were too late for."""
        return self._feed.lost

    def info(self) -> DeviceInfo:
        """It has a name."""
        return DeviceInfo(self._name, "prepared", "", "", "", {})

    def start(self) -> None:
        """It always runs."""

    def read(self, timeout_s: float) -> Frame:
        """The next frame, stamped as a slave whose exposure ended on the edge. Raises DeviceTimeout."""
        came = self._feed.next(timeout_s)
        if came is None:
            raise DeviceTimeout(self._name, "no take is open")
        due, picture = came
        ended_us = (due - DELIVERY_NS) // 1000
        middle_ns = (ended_us - _EXPOSURE_US // 2) * 1000
        number = (due - self._epoch_ns) // PERIOD_NS
        stamp = Stamp(middle_ns, 2_000_000, ended_us, monotonic_ns(), number, TimeSource.DEVICE)
        return Frame(self._name, stamp, picture, _EXPOSURE_US, ended_us - _EXPOSURE_US // 2)

    def close(self) -> None:
        """Nothing to release."""


class Recorder:
    """The capture process's loop in a thread, and the daemon's end of its pipe."""

    def __init__(self, job: Job) -> None:
        self.out = Path(job.out)
        self.rig = load(RigConfig, RIG)
        self.gate = Gate()
        self._rings: dict[str, Ring] = create_rings(self.rig)
        links = {name: ring.address for name, ring in self._rings.items()}
        spawn = mp.get_context("spawn")
        self._stop = spawn.Event()
        fast = job.how == "rows1k"
        self._rows = spawn.Process(target=write_rows, args=(links, self.gate.epoch_ns, fast, self._stop), daemon=True)
        self._rows.start()
        pictures = np.load(job.pictures)
        self._feeds = [Feed(self.gate, pictures[i]) for i in range(len(CAMERAS))]
        cameras = {
            name: PreparedCamera(name, feed, self.gate.epoch_ns)
            for name, feed in zip(CAMERAS, self._feeds, strict=True)
        }
        self._pumps = {
            name: CameraPump(name, 90, camera, RingWriter(links[f"cameras/{name}"]), RATE_HZ)
            for name, camera in cameras.items()
        }
        self._daemon, theirs = mp.Pipe()
        channel = Channel(theirs)
        capture = Capture(Cameras({**cameras}, None, None), self._pumps, links, channel, self.rig.recording)
        self._capture = Thread(target=capture.run)
        # the daemon has it from its own start: by the end of the idle frames it has loaded what it needs
        self.sealer = Child("finalise", finalise.main, self.out / "finalise.log")
        for pump in self._pumps.values():
            pump.start()
        self._capture.start()
        software()  # the daemon asks git once in its life, not once a take

    def idle(self) -> None:
        """Two seconds of frames that nobody records."""
        sleep_until(self.gate.open(_IDLE).end_ns)

    def begin(self, name: str, seconds: float) -> tuple[Path, Opened]:
        """Start a take; its frames begin to flow."""
        journal = self.out / f"{name}.journal"
        meta = episode_meta(self.rig, {"instruction": "benchmark"}, {}, {}, {})
        self._daemon.send(("start", {"path": str(journal), "meta": meta, "need_bytes": 1 << 28}))
        _await(self._daemon, "started")
        return journal, self.gate.open(round(seconds * RATE_HZ))

    def finish(self, take: Opened) -> float:
        """Stop the take once the cameras have no more of it; seconds from its end until the next could begin."""
        sleep_until(take.end_ns)
        until = take.end_ns + _DRAIN_NS
        while any(feed.waiting for feed in self._feeds) and monotonic_ns() < until:
            time.sleep(0.001)
        self._daemon.send(("finish", {"status": "complete", "summary": {}}))
        _await(self._daemon, "closed")
        return (monotonic_ns() - take.end_ns) * 1e-9

    def seal(self, journal: Path) -> None:
        """As the daemon has it done; the next take may begin meanwhile. Raises RuntimeError."""
        self.sealer.ask("seal", path=str(journal))
        _await(self.sealer.connection, "finalised")

    def cpu_s(self) -> float:
        """Of us and our children, but for the process that stands for other processes."""
        return cpu_s(without=(self._rows.pid or 0,))

    def stop_cameras(self) -> None:
        """No more takes."""
        self._daemon.send(("stop", {}))
        self._capture.join()
        for pump in self._pumps.values():
            pump.stop()

    def close(self) -> None:
        """End the far end; its CPU is ours from then on. And the finalise process."""
        stop_all([self.sealer])
        self._stop.set()
        self._rows.join()
        for ring in self._rings.values():
            ring.close()


def measure(job: Job) -> Found:
    """One take, recorded and sealed."""
    recorder = Recorder(job)
    recorder.idle()
    before = recorder.cpu_s()
    journal, take = recorder.begin("episode_000000", job.seconds)
    sleep_until(take.end_ns)
    recorded, stopped = recorder.cpu_s(), time.monotonic()
    ready_s = recorder.finish(take)
    recorder.stop_cameras()
    recorder.seal(journal)
    sealed_s, sealed = time.monotonic() - stopped, recorder.cpu_s()
    recorder.close()
    stored, valid = count(journal.with_suffix(".hdf5"))
    size = folder_bytes(recorder.out)
    offered = len(CAMERAS) * take.count
    note = f"{valid} of {take.count} steps whole"
    return Found(offered, stored, recorded - before, sealed - recorded, ready_s, sealed_s, size, note)


def be_killed(job: Job) -> None:
    """A short take, sealed; then one in which the end comes."""
    recorder = Recorder(job)
    recorder.idle()
    journal, take = recorder.begin("episode_000000", _FIRST_S)
    recorder.finish(take)
    recorder.seal(journal)
    recorder.idle()
    _, take = recorder.begin("episode_000001", 60.0)
    say("recording", t0_ns=take.t0_ns, earlier=len(CAMERAS) * round(_FIRST_S * RATE_HZ))
    sleep_until(take.end_ns)


def recover(job: Job) -> dict[str, Any]:
    """What `clap salvage` makes of it: frames of the earlier take and of the one that was running."""
    began = time.monotonic()
    reports = salvage(Path(job.out), judge_content)
    problems = "; ".join(report.problem for report in reports if report.problem)
    stored = [count(path)[0] for path in sorted(Path(job.out).glob("*.hdf5"))]
    earlier, running = (*stored, 0, 0)[:2]
    return {"earlier": earlier, "running": running, "seconds": time.monotonic() - began, "note": problems}


def count(episode: Path) -> tuple[int, int]:
    """Pictures that bare h5py finds, and steps that have one of each camera."""
    with h5py.File(episode) as file:
        stored = sum(len(file[f"streams/cameras/{name}/jpeg"]) for name in CAMERAS)
        return stored, int(np.count_nonzero(file["steps/valid"][()]))


def _await(connection: Connection, wanted: str) -> None:
    kind = ""
    while kind != wanted:
        kind, data = connection.recv()
        if kind in ("refused", "fault", "failed"):
            raise RuntimeError(str(data["message"]))


def main() -> None:
    job = Job.from_argv()
    if job.recover:
        say("done", **recover(job))
    elif job.doomed:
        be_killed(job)
    else:
        say("done", **asdict(measure(job)))
