"""The daemon is asked to end by a signal, which may come at any moment: nothing is left behind."""

import signal
from collections.abc import Callable, Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import pytest

from collector import crew, daemon
from collector.backlog import Backlog
from collector.control import Client, DaemonGone, claim_folder, claim_rig
from collector.daemon import Daemon, DaemonOptions
from collector.ending import Ending
from hardware.config import RigConfig
from hardware.load import load

RIG = Path(__file__).parents[2] / "configs/rigs/virtual.yaml"
MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Those of pytest come back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def then_signalled(make: Callable[..., Any], number: signal.Signals) -> Callable[..., Any]:
    """As `make`, with the signal as soon as that is done."""

    def made(*arguments: Any) -> Any:
        found = make(*arguments)
        signal.raise_signal(number)
        return found

    return made


def nothing(_: object) -> tuple[str, ...]:
    return ()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_and_interrupts_nothing(number: signal.Signals) -> None:
    ending = Ending()
    assert not ending.asked
    signal.raise_signal(number)
    signal.raise_signal(number)
    assert ending.asked


@pytest.mark.parametrize("step", ["claim_rig", "VirtualRig", "create_rings", "Server", "Preflight"])
def test_a_signal_while_the_daemon_is_being_made_leaves_nothing(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "far_ends", nothing)  # no processes of devices: they are nobody's business here
    monkeypatch.setattr(Backlog, "warm", nothing)
    monkeypatch.setattr(daemon, step, then_signalled(getattr(daemon, step), signal.SIGTERM))
    made: list[str] = []
    create = SharedMemory.__init__

    def created(self: SharedMemory, *arguments: Any, **options: Any) -> None:
        create(self, *arguments, **options)
        made.append(self.name)

    monkeypatch.setattr(SharedMemory, "__init__", created)
    socket, out = tmp_path / "s.sock", tmp_path / "data"
    options = DaemonOptions(out, socket, None, with_client=False, overrides=(), say=lambda _: None)
    Daemon(load(RigConfig, RIG), options).run()
    with pytest.raises(DaemonGone):
        Client(socket)
    assert not socket.exists()
    assert made and not [name for name in made if (MEMORY / name).exists()]
    for lock in (claim_rig(socket, "virtual"), claim_folder(out)):
        lock.close()
