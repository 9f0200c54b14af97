"""A daemon to talk to: the one that runs the rig already, or one of our own that ends with us, or goes on if asked."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from collector.control import AlreadyRunning, Client, DaemonError, DaemonFailed, socket_path

_START_S = 90.0
_FINALISE_S = 600.0
_USAGE = 2  # exit code
_NOT_STARTED = "the daemon did not start: "

Progress = Callable[[str, float | None], None]  # what is going on, and how far (0..1)


class DaemonProcess:
    """A daemon of our own, in a session of its own: Ctrl-C reaches us, not it. It ends with us, unless `goes_on`."""

    def __init__(
        self, rig_path: Path, rig_name: str, sets: tuple[str, ...], out: Path, truth: Path | None, *,
        goes_on: bool = False,
    ) -> None:  # fmt: skip
        self.socket = socket_path(rig_name)
        out.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "collector.cli",
            "daemon",
            "run",
            "--rig",
            str(rig_path),
            "--out",
            str(out),
        ]
        command += [] if goes_on else ["--with-client"]
        command += [word for item in sets for word in ("--set", item)]
        command += ["--truth", str(truth)] if truth else []
        self._errors = (out / "daemon.log").open("a+")  # it may be that of a daemon which refuses ours the folder
        self._begun = self._errors.tell()
        self.said: list[str] = []
        """Its log, line by line, once it has ended."""
        self._process = subprocess.Popen(
            command,
            start_new_session=True,
            stdout=self._errors,
            stderr=self._errors,
            stdin=subprocess.DEVNULL,
        )

    def connect(self, progress: Progress = lambda _what, _share: None) -> Client:
        """Wait for its socket; where another daemon has the rig or the folder, ours ends and says so."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._refusal()
            if (client := self._ours()) is not None:
                return client
            progress("starting the daemon", None)
            time.sleep(0.05)
        raise DaemonFailed(f"the daemon did not listen within {_START_S:.0f} s; see its log")

    def _ours(self) -> Client | None:
        """Not that of another daemon of this rig."""
        try:
            client = Client(self.socket)
        except DaemonError:
            return None
        with suppress(DaemonError):
            if client.call("status")["pid"] == self._process.pid:
                return client
        client.close()
        return None

    def _log(self) -> list[str]:
        self._errors.seek(self._begun)
        return self._errors.read().strip().splitlines()

    def _refusal(self) -> Exception:
        last = (self._log() or ["it said nothing"])[-1].removeprefix("clap: ")
        return AlreadyRunning(last) if self._process.returncode == _USAGE else DaemonFailed(_NOT_STARTED + last)

    def end(self, progress: Progress) -> None:
        """Ask it to end and wait until it has sealed everything."""
        self._process.terminate()
        deadline = time.monotonic() + _FINALISE_S
        while self._process.poll() is None and time.monotonic() < deadline:
            progress("sealing episodes", None)
            time.sleep(0.1)
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self.said = self._log()
        self._errors.close()


@contextmanager
def attached_or_own(
    rig_path: Path, rig_name: str, sets: tuple[str, ...], out: Path, truth: Path | None, progress: Progress
) -> Generator[Client]:
    """A client of the daemon that runs the rig already, or of one of our own that ends with it."""
    try:
        running = Client(socket_path(rig_name))
    except DaemonError:
        running = None
    if running is not None:
        if sets or truth:
            running.close()
            raise AlreadyRunning(f"a daemon runs the rig {rig_name} already, so --set and --truth come too late")
        with running:
            yield running
        return
    daemon = DaemonProcess(rig_path, rig_name, sets, out, truth)
    try:
        with daemon.connect() as client:
            yield client
    finally:
        daemon.end(progress)
