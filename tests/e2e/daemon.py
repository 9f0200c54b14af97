"""A rig's daemon as its clients see it; and one rig for many tests, each of which finds it idle."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import pytest

from collector.control import Client, DaemonError
from collector.labels.task import TaskConfig
from collector.record import Rig, RigFault
from hardware.load import load
from tests.e2e.rig import LENIENT, RIG, SLOW, TASK, Ran, end, runtime, start


def socket_in(env: dict[str, str]) -> Path:
    """Where the daemon of the virtual rig listens."""
    return Path(env["XDG_RUNTIME_DIR"]) / f"clapboard-{os.getuid()}" / "virtual.sock"


def daemon_client(process: subprocess.Popen[str], env: dict[str, str]) -> Client:
    """Connect as soon as the daemon listens."""
    path = socket_in(env)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return Client(path)
        except DaemonError:
            time.sleep(0.1)
    raise AssertionError("the daemon never listened")


def recording(process: subprocess.Popen[str], env: dict[str, str], seconds: float = 1.0) -> Client:
    """Wait until the rig has recorded for a while."""
    client = daemon_client(process, env)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        capture = client.call("status")["processes"].get("capture", {})
        if ((capture.get("recording") or {}).get("seconds") or 0) > seconds:
            return client
        time.sleep(0.1)
    raise AssertionError(f"it never recorded: {process.communicate()[1] if process.poll() is not None else ''}")


def kept(path: Path, at_least_steps: int = 20) -> str:
    """The status of an episode that holds so many steps."""
    with h5py.File(path, "r") as file:
        assert file["action"].shape[0] > at_least_steps
        return file.attrs["status"]


@dataclass(frozen=True, slots=True)
class Running:
    """`clap daemon run` on the virtual rig."""

    process: subprocess.Popen[str]
    env: dict[str, str]
    out: Path
    client: Client

    @property
    def client_path(self) -> Path:
        """Where clients connect."""
        return socket_in(self.env)

    def idle(self) -> dict[str, Any]:
        """Faults taken back, what they ended started again, nobody armed, the robot at rest."""
        self.client.call("inject", faults=[])
        deadline = time.monotonic() + 60
        while (status := self.client.call("status"))["state"] != "IDLE":
            assert time.monotonic() < deadline, status
            match status["state"]:
                case "FAULT":  # also one of a busy machine's own, while the rig came up again
                    self.client.call("reset")
                case "RECORDING":
                    self.client.call("stop")
                case "ARMED" | "REVIEW":
                    self.client.call("disarm")
                case _:
                    time.sleep(0.1)
        self.client.call("release")
        return status

    def inject(self, kind: str, target: str) -> None:
        self.client.call("inject", faults=[{"kind": kind, "target": target}])

    def kill(self, name: str) -> None:
        os.kill(self.client.call("status")["processes"][name]["pid"], signal.SIGKILL)

    def record(self, seconds: float) -> Path:
        """A take in good order: its file, sealed."""
        rig = self._following()
        done = rig.record(load(TaskConfig, TASK), seconds, "", {})
        assert done.status == "complete", done.problem
        rig.keep()
        rig.wait_sealed()
        return done.path

    def fail_in_a_take(self, befall: Callable[[], None]) -> tuple[Path, str]:
        """Record, let something befall the rig: the take's file, and the fault as a client is told it."""
        rig = self._following()
        take = rig.begin(load(TaskConfig, TASK), 30, {})
        sealed = Path(self.client.call("status")["episode"]["path"]).with_suffix(".hdf5")
        rig.wait(take, 1.0, "")
        befall()
        deadline = time.monotonic() + 60
        with pytest.raises(RigFault) as fault:
            while time.monotonic() < deadline:  # its take may be closed a moment before the fault is told
                rig.status()
                time.sleep(0.05)
        while not sealed.exists():
            assert time.monotonic() < deadline, self.client.call("status")["backlog"]
            time.sleep(0.1)
        return sealed, str(fault.value)

    def _following(self) -> Rig:
        """Armed, robots behind their leaders."""
        rig = Rig(self.client, lambda what, share: None)
        rig.prepare("testing")
        return rig

    def shut_down(self) -> Ran:
        self.client.call("shutdown")
        return end(self.process)


@contextmanager
def running(out: Path, *words: str) -> Generator[Running]:
    """A daemon of one's own; whatever happens, it ends."""
    env = runtime()
    process = start("daemon", "run", "--rig", RIG, "--out", out, *SLOW, LENIENT, *words, env=env)
    try:
        with daemon_client(process, env) as client:
            yield Running(process, env, out, client)
    finally:
        if process.poll() is None:
            process.terminate()
            end(process)
