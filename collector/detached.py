"""A daemon that outlives whoever started it: attach to the one of a rig, or start one."""

import fcntl
import time
from dataclasses import dataclass
from pathlib import Path

from collector.attach import DaemonProcess, Progress
from collector.control import AlreadyRunning, Client, DaemonError, DaemonFailed, socket_path

_START_S = 90.0
_OUT = Path("data")


@dataclass(frozen=True, slots=True)
class Attached:
    """The daemon of a rig. `started`: by us, then `process` is ours to end, or not; `out`: its folder of episodes."""

    socket: Path
    started: bool
    out: Path
    process: DaemonProcess | None = None


def attached_or_started(
    rig_path: Path, rig_name: str, sets: tuple[str, ...], out: Path | None, progress: Progress
) -> Attached:
    """The daemon that runs the rig, or one started now that goes on without us; `out` None: wherever it records to.

    One that somebody else is just starting is waited for. Raises AlreadyRunning where it records to another folder,
    or runs already and could not hear `sets`; DaemonError where none can be started.
    """
    socket = socket_path(rig_name)
    if (running := _folder(socket)) is not None:
        return _fitting(Attached(socket, False, running), rig_path, rig_name, sets, out)
    folder = out or _OUT
    daemon = DaemonProcess(rig_path, rig_name, sets, folder, None, goes_on=True)
    try:
        daemon.connect(progress).close()
    except AlreadyRunning:
        daemon.end(progress)  # it has refused
        if not _claimed(socket):  # it is the folder that another daemon has
            raise
        return _fitting(_waited_for(socket, progress), rig_path, rig_name, sets, out)
    except BaseException:
        daemon.end(progress)
        raise
    return Attached(socket, True, folder.resolve(), daemon)


def wait_started(socket: Path, progress: Progress) -> str:
    """Until every device answers; the session's state then. Raises RigFault where one fails."""
    from collector.record import Rig  # not needed by those who attach

    with Client(socket) as client:
        rig = Rig(client, progress)
        rig.wait_started()
        return str(rig.status()["state"])


def _folder(socket: Path) -> Path | None:
    """Where the daemon that listens there records to; None: none listens."""
    try:
        client = Client(socket)
    except DaemonError:
        return None
    with client:
        return Path(client.call("status")["out"])


def _waited_for(socket: Path, progress: Progress) -> Attached:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if (folder := _folder(socket)) is not None:
            return Attached(socket, False, folder)
        progress("waiting for the daemon that is just starting", None)
        time.sleep(0.1)
    raise DaemonFailed(f"another daemon has the rig and has not listened for {_START_S:.0f} s; see its log, or end it")


def _fitting(daemon: Attached, rig_path: Path, rig_name: str, sets: tuple[str, ...], out: Path | None) -> Attached:
    end_it = f"end it first: clap daemon stop --rig {rig_path}"
    if sets:
        raise AlreadyRunning(f"a daemon runs the rig {rig_name} already, so --set comes too late; {end_it}")
    if out is not None and out.resolve() != daemon.out.resolve():
        raise AlreadyRunning(f"the daemon of the rig {rig_name} records to {daemon.out}; leave --out out, or {end_it}")
    return daemon


def _claimed(socket: Path) -> bool:
    """Does a daemon have the rig?"""
    with socket.with_suffix(".lock").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
