"""franka-sim, a robot's far end that we did not write: MuJoCo physics, and it enforces what the robot enforces."""

import os
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.peers.venvs import peer_python, peer_site

PORT = 1337
FRANKA_SIM = ("franka-sim==1.1.7",)
AIOFRANKA = ("aiofranka[native]==0.9.0",)


@contextmanager
def franka_sim(log: Path) -> Generator[None]:
    """The simulator, enforcing what a robot enforces, until the block ends.

    It goes before everything else here where that is permitted: a robot does not share our cores, and one that runs
    slower than real time would ask less of us, and see our references move faster.
    """
    # MuJoCo Menagerie's FR3, which aiofranka brings along; franka-sim would fetch one from the net.
    model = peer_site("aiofranka", AIOFRANKA) / "aiofranka" / "model" / "fr3.xml"
    server = peer_python("franka-sim", FRANKA_SIM).with_name("run-franka-sim-server")
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [server, "--enforce-comm-constraints", "--enforce-motion-limits"],
            stdout=said,
            stderr=said,
            env={**os.environ, "FR3_MJCF": str(model)},
        ) as process,
    ):
        try:
            with suppress(PermissionError):
                os.sched_setscheduler(process.pid, os.SCHED_FIFO, os.sched_param(90))
            _wait_ready(process, log)
            yield
        finally:
            process.terminate()


def _wait_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """By what it says: it takes one client, so it must not be tried. Raises RuntimeError after 60 s."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if b"Server ready" in log.read_bytes():
            return
        time.sleep(0.1)
    said = "\n".join(log.read_text().splitlines()[-3:])
    raise RuntimeError(f"franka-sim did not come up; it needs port {PORT} on every address for itself:\n{said}")
