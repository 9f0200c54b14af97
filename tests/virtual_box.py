"""A virtual trigger box for tests: world, far end in a thread, and the production driver."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Literal

from hardware.config import RealSenseConfig, RigConfig, SerialBoxConfig
from hardware.interfaces import DeviceError, TriggerBox
from hardware.samples import BoxStatus, ClockPing, TriggerEdge, monotonic_ns
from hardware.trigger.box import SerialTriggerBox
from hardware.virtual.box import serve_box
from hardware.virtual.world import World
from hardware.virtual_config import VirtualConfig

Sample = TriggerEdge | ClockPing | BoxStatus


def make_rig(mode: Literal["listen", "drive"], virtual: VirtualConfig | None = None) -> RigConfig:
    sync = "master" if mode == "listen" else "slave"
    return RigConfig(
        name="test",
        trigger=SerialBoxConfig(port="virtual", mode=mode),
        cameras={"front": RealSenseConfig(serial="1001", sync=sync)},
        leaders={},
        followers={},
        virtual=virtual or VirtualConfig(),
    )


@dataclass(frozen=True)
class Bench:
    """What a test gets: the far end's wire, and the world behind it."""

    rig: RigConfig
    world: World

    @property
    def config(self) -> SerialBoxConfig:
        return self.rig.trigger

    def open(self) -> SerialTriggerBox:
        return SerialTriggerBox(self.config)

    def start_cameras(self) -> None:
        """The master begins to pulse."""
        if self.config.mode == "listen":
            self.world.start_sync_line(monotonic_ns() + 20_000_000)


@contextmanager
def bench(
    mode: Literal["listen", "drive"] = "listen",
    truth_dir: Path | None = None,
    virtual: VirtualConfig | None = None,
) -> Generator[Bench, None, None]:
    virtual = virtual or VirtualConfig()
    rig = make_rig(mode, virtual.model_copy(update={"truth_dir": str(truth_dir or "")}))
    assert rig.virtual is not None
    world = World.create(rig.virtual, ())
    ports: Queue[str] = Queue()
    stop = threading.Event()
    far_end = threading.Thread(target=serve_box, args=(rig, world, ports.put, stop))
    far_end.start()
    try:
        trigger = rig.trigger.model_copy(update={"port": ports.get(timeout=20)})
        yield Bench(rig.model_copy(update={"trigger": trigger}), world)
    finally:
        stop.set()
        far_end.join()
        world.close(unlink=True)


@dataclass
class Heard:
    """Everything that came from a box."""

    edges: list[TriggerEdge]
    pings: list[ClockPing]
    statuses: list[BoxStatus]
    errors: list[DeviceError]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many edges, pings, statuses and errors."""
        return len(self.edges), len(self.pings), len(self.statuses), len(self.errors)


def hear(box: TriggerBox, edges: int = 0, pings: int = 0, statuses: int = 0, errors: int = 0) -> Heard:
    """Read, pinging at about 50 Hz, until so many of each came or 20 s passed."""
    asked = (edges, pings, statuses, errors)
    heard = Heard([], [], [], [])
    now = next_ping = monotonic_ns()
    end = now + 20_000_000_000
    while now < end and any(have < want for have, want in zip(heard.counts, asked, strict=True)):
        if now >= next_ping:
            box.ping()
            next_ping = now + 20_000_000
        try:
            match box.read(0.01):
                case TriggerEdge() as edge:
                    heard.edges.append(edge)
                case ClockPing() as ping:
                    heard.pings.append(ping)
                case BoxStatus() as status:
                    heard.statuses.append(status)
                case None:
                    pass
        except DeviceError as error:
            heard.errors.append(error)
        now = monotonic_ns()
    return heard
