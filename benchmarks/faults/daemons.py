"""The whole daemon on the virtual rig: whatever ends a take is named, and the take is kept."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.faults.live import RIG, Live, fault, judge_kept, live
from benchmarks.faults.mounts import ext4
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import place
from collector.control import DaemonError
from collector.episode.segments import journals

Hurt = Callable[[Live], None]

_LONG_S = 30.0
_DEVICE = 3  # exit code: a device failed


def killed_daemons(count: int) -> Iterator[Run]:
    """kill -9 of the daemon; `clap salvage` and `clap verify` afterwards."""
    return _hurt(count, lambda rig: os.kill(rig.pid("daemon"), signal.SIGKILL), ("",), "interrupted", salvage=True)


def killed_captures(count: int) -> Iterator[Run]:
    """kill -9 of the capture process; the daemon seals what there is."""
    return _hurt(count, lambda rig: os.kill(rig.pid("capture"), signal.SIGKILL), ("capture",), "interrupted")


def terminated(count: int) -> Iterator[Run]:
    """SIGTERM of the daemon."""
    return _hurt(count, lambda rig: os.kill(rig.pid("daemon"), signal.SIGTERM), ("",), "interrupted")


def dead_cameras(count: int) -> Iterator[Run]:
    """A camera is unplugged."""

    def unplug(rig: Live) -> None:
        rig.client.call("inject", faults=[{"kind": "camera_unplug", "target": "side"}])

    return _hurt(count, unplug, ("side",), "fault")


def out_of_memory(count: int) -> Iterator[Run]:
    """The capture process may take no more memory (RLIMIT_AS): its encoder, or whoever asks next, gets none."""

    def starve(rig: Live) -> None:
        pid = rig.pid("capture")
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE")
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))

    return _hurt(count, starve, ("capture", "cameras."), "")


def _hurt(count: int, hurt: Hurt, named: tuple[str, ...], status: str, *, salvage: bool = False) -> Iterator[Run]:
    for n in range(count):
        run = Run()
        with place() as where:
            with live(where.data, where.again, _LONG_S, at_s=1.5 + 0.7 * n) as rig:
                hurt(rig)
                hurt_at = time.monotonic()
                code, told = rig.end()
                run.require("I6", code == _DEVICE, f"exit code {code}: {told[-300:]}")
                is_named = any(name in told for name in named)
                run.require("I6", is_named and "Traceback" not in told, f"{named} is not told: {told[-300:]}")
                run.note = fault(told).replace(str(where.data), "DIR")
                if salvage:
                    code, told = rig.clap("salvage", where.data)
                    run.require("I5", code == 0, f"salvage: {told[-300:]}")
                    code, told = rig.clap("verify", where.data)
                    run.require("I3", code == 0, f"verify: {told[-300:]}")
                run.recovery_s = time.monotonic() - hurt_at
                said = rig.said
            run.require("I5", not journals(where.data), "a journal is left")
            made = rig.episode
            run.require("I1", made.exists(), "the take is not kept")
            if made.exists():
                judge_kept(run, made, said, status or _status(made))
            where.judge_earlier(run)
        yield run


def _status(episode: Path) -> str:
    """Whichever it is: one process may end in more than one way, even after it has closed its take in order."""
    from collector.episode.reader import Episode

    with Episode(episode) as kept:
        return kept.status if kept.status in ("complete", "fault", "interrupted") else "whole, fault or interrupted"


def two_daemons(count: int) -> Iterator[Run]:
    """A second daemon on the same rig is refused, and the first one's take is whole."""
    for _ in range(count):
        run = Run()
        with place() as where, live(where.data, where.again, 5.0) as rig:
            code, told = rig.clap("daemon", "run", "--rig", RIG, "--out", where.data)
            run.require("I6", code == 2 and "another daemon" in told, f"exit code {code}: {told[-300:]}")
            code, told = rig.end()
            run.require("I3", code == 0, f"the first one ended with {code}: {told[-300:]}")
            judge_kept(run, rig.episode, rig.said, "complete")
            where.judge_earlier(run)
        yield run


def full_disks(count: int) -> Iterator[Run]:
    """The disk fills while a take is recorded; by turns somebody frees space in time, or nobody does."""
    for n in range(count):
        cleared, run = n % 2 == 0, Run(note="cleared" if n % 2 == 0 else "not cleared: kept, truncated")
        with ExitStack() as stack:
            disk = stack.enter_context(ext4(2 << 30))
            where = stack.enter_context(place(disk.folder))
            home = stack.enter_context(place()).again
            wait_s = 20.0 if cleared else 2.0
            rig = stack.enter_context(live(where.data, home, 12.0, (f"recording.disk_wait_s={wait_s}",)))
            ballast = disk.folder / "ballast"
            _fill(ballast, disk.folder)
            paused = _until_paused(rig)
            run.require("I6", bool(paused), "the operator is not told that the disk is full")
            if cleared:
                ballast.unlink()
            code, told = rig.end() if cleared else _end_then_free(rig, ballast)
            run.require("I6", code == (0 if cleared else _DEVICE), f"exit code {code}: {told[-300:]}")
            rig.close()
            made = rig.episode
            if not made.exists():
                rig.clap("salvage", where.data)
            judge_kept(run, made, rig.said, "complete" if cleared else "truncated")
            where.judge_earlier(run)
        yield run


def _fill(ballast: Path, folder: Path) -> None:
    """All but enough for some seconds: the journal keeps 8 MB for its last words."""
    room = os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - (14 << 20))


def _until_paused(rig: Live) -> str:
    deadline = time.monotonic() + 20.0
    while not rig.said.get("paused") and rig.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        with suppress(DaemonError):  # it may have ended
            rig.status()
    return str(rig.said.get("paused", ""))


def _end_then_free(rig: Live, ballast: Path) -> tuple[int, str]:
    """Nobody frees space until the take has ended; then there must be some to seal it."""
    with suppress(DaemonError):
        while rig.process.poll() is None and rig.status()["state"] == "RECORDING":
            time.sleep(0.1)
    ballast.unlink()
    return rig.end()
