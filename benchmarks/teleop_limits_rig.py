"""A virtual rig under its own daemon, with every row of its rings and the truth of its followers' motion."""

import os
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.attach import DaemonProcess
from collector.control import Client
from collector.links import RingAddress, RingReader
from collector.record import Rig
from hardware.config import RigConfig
from hardware.load import load
from hardware.virtual.truth import motion_of

Rows = NDArray[np.void]

_DRAIN_S = 0.25
# Of each row; the rest would fill the memory.
_KEPT = ("t_ns", "t_arrival_ns", "seq", "q", "dq", "sent", "state", "tau_ext", "O_F_ext_hat_K")


class Stream:
    """All rows of one ring since we came, of the fields in _KEPT. `lost`: overwritten before we read them."""

    def __init__(self, address: RingAddress) -> None:
        self._reader = RingReader(address)
        # The ring is the daemon's: our own tracker must not remove it when we end.
        resource_tracker.unregister(f"/{address.name.lstrip('/')}", "shared_memory")
        names = [name for name in address.dtype.names or () if name in _KEPT]
        self._type = np.dtype([(name, address.dtype[name]) for name in names])
        self._chunks: list[Rows] = []
        self._lock = threading.Lock()

    def drain(self) -> None:
        """Take what has come."""
        with self._lock:
            fresh = self._reader.drain()
            if len(fresh):
                kept = np.empty(len(fresh), self._type)
                for name in self._type.names or ():
                    kept[name] = fresh[name]
                self._chunks.append(kept)

    def rows(self, since_ns: int = 0) -> Rows:
        """Everything so far, from about an instant on."""
        self.drain()
        with self._lock:
            found = [chunk for chunk in self._chunks if int(chunk["t_ns"][-1]) >= since_ns]
            return np.concatenate([np.empty(0, self._type), *found])

    @property
    def lost(self) -> int:
        """Rows that we never saw."""
        return self._reader.lost

    def close(self) -> None:
        """Leave the ring."""
        self._reader.close()


class Running:
    """A rig that runs; `streams` by name as in an episode, followers' and leaders' only.

    `rig` looks on; `operator` is the client that engages, and answers for the robots with its connection `guardian`.
    """

    def __init__(self, client: Client, guardian: Client, truth_dir: Path) -> None:
        self.client, self.guardian = client, guardian
        self.rig = Rig(client, _unsaid)
        self.operator = Rig(guardian, _unsaid)
        self.truth_dir = truth_dir
        self._until_up()
        self.config = self.rig.rig()
        links: dict[str, Any] = client.call("links")["links"]
        self.streams = {
            name: Stream(RingAddress(told["name"], tuple(_field(f) for f in told["descr"]), told["capacity"]))
            for name, told in links.items()
            if name.split("/")[0] in ("arms", "commands", "leaders")
        }
        status = self.status()
        self._pids = {"daemon": status["pid"], **{name: told["pid"] for name, told in status["processes"].items()}}
        self._stop = threading.Event()
        self._drainer = threading.Thread(target=self._drain, daemon=True)
        self._drainer.start()

    def status(self) -> dict[str, Any]:
        """The daemon's, also in FAULT."""
        return self.client.call("status")

    @property
    def pids(self) -> dict[str, int]:
        """Of the daemon and its processes, by name, as they were at the begin."""
        return self._pids

    def motion(self, follower: str, since: int = 0) -> Rows:
        """The truth of a follower's motion so far."""
        return motion_of(self.truth_dir, follower, since)

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._drainer.join()
        for stream in self.streams.values():
            stream.close()

    def _until_up(self) -> None:
        deadline = time.monotonic() + 120.0
        while self.rig.status()["state"] == "STARTING" and time.monotonic() < deadline:
            time.sleep(0.1)

    def _drain(self) -> None:
        while not self._stop.wait(_DRAIN_S):
            for stream in self.streams.values():
                stream.drain()


@contextmanager
def running(rig_path: Path, sets: tuple[str, ...] = ()) -> Generator[Running]:
    """Start a daemon in folders of its own, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = os.environ["XDG_STATE_HOME"] = folder
        out = Path(folder)
        daemon = DaemonProcess(rig_path, load(RigConfig, rig_path).name, sets, out, out / "truth.h5")
        try:
            with daemon.connect() as client, Client(daemon.socket) as guardian:
                rig = Running(client, guardian, out / "truth.h5.d")
                try:
                    yield rig
                finally:
                    rig.close()
        finally:
            daemon.end(_unsaid)


def _unsaid(what: str, share: float | None) -> None:
    """Progress that nobody looks at."""


def _field(told: list[Any]) -> tuple[Any, ...]:
    """A field of a row's type after its way through JSON."""
    name, kind, *shape = told
    return (name, kind, *(tuple(s) for s in shape))
