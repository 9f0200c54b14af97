"""A rig's streams in virtual time, with faults cut into them, fed to the watch as the sync process feeds it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from collector.selftest.watch import Watch
from collector.selftest.watch_finding import Finding
from hardware import rows
from hardware.config import DynamixelLeaderConfig, FrankaConfig, GateConfig, RealSenseConfig, RigConfig, SerialBoxConfig

MS = 1_000_000
SECOND = 1_000_000_000
START_NS = 7_000 * SECOND
JOINTS = 7
EXPOSURE_US = 4000

Rows = NDArray[np.void]
Ints = NDArray[np.int64]


def rig(mode: str = "listen") -> RigConfig:
    first = "master" if mode == "listen" else "slave"
    cameras = {name: RealSenseConfig(serial=name, sync="slave", exposure_us=EXPOSURE_US) for name in ("side", "wrist")}
    return RigConfig(
        name="test",
        trigger=SerialBoxConfig(port="x", mode=mode),
        cameras={"front": RealSenseConfig(serial="front", sync=first, exposure_us=EXPOSURE_US), **cameras},
        leaders={
            "right": DynamixelLeaderConfig(port="x", ids=tuple(range(1, 8)), signs=(1,) * 7, offsets_rad=(0.0,) * 7)
        },
        followers={"right": FrankaConfig(address="x", leader="right")},
        gates=GateConfig(),
    )


@dataclass
class Clock:
    """A crystal `ppm` fast, which swings a little."""

    rng: np.random.Generator
    ppm: float
    start_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self.start_ns = int(self.rng.integers(10**11, 4 * 10**12))
        self._wander, self._phase = self.rng.uniform(0, 0.5), self.rng.uniform(0, 6)

    def __call__(self, t_ns: Ints) -> Ints:
        s = (t_ns - START_NS) * 1e-9
        swing = self._wander * 1e3 * 20 * np.sin(s / 20 + self._phase)
        return self.start_ns + (t_ns - START_NS) + np.rint(s * self.ppm * 1e3 + swing).astype(np.int64)


class Streams:
    """`seconds` of a clean rig; tests change `edge_ns`, `frame_ns[...]` or rows before or after `build`."""

    def __init__(self, seed: int, seconds: float, period_ns: float | None = None) -> None:
        rng = self.rng = np.random.default_rng(seed)
        self.end_ns = START_NS + int(seconds * SECOND)
        self.box = Clock(rng, float(rng.uniform(-25, 25)))
        self.camera_clocks = {name: Clock(rng, float(rng.uniform(-75, 75))) for name in ("front", "side", "wrist")}
        period_ns = period_ns or SECOND / 60 / (1 + self.camera_clocks["front"].ppm * 1e-6)
        self.edge_ns = np.arange(START_NS + 3 * MS, self.end_ns, period_ns).astype(np.int64)
        self.rows: dict[str, Rows] = {"trigger": self.edges(self.edge_ns)}
        for name in self.camera_clocks:
            self.rows[f"cameras/{name}"] = self.frames(name, self.edge_ns)
        self.rows["leaders/right"] = self.leader()
        self.rows["arms/right"] = self.arm()

    def delays(self, count: int, least_us: float, mean_us: float) -> Ints:
        return ((least_us + self.rng.exponential(mean_us, count)) * 1000).astype(np.int64)

    def edges(self, t_ns: Ints, ticks: Ints | None = None) -> Rows:
        found = np.zeros(len(t_ns), rows.EDGE)
        found["ticks"] = self.box(t_ns) // 16 * 16 if ticks is None else ticks
        late = np.where(self.rng.random(len(t_ns)) < 0.02, 6 * MS, 0)
        found["t_arrival_ns"] = np.maximum.accumulate(t_ns + self.delays(len(t_ns), 90, 200) + late)
        found["t_ns"], found["u_ns"], found["seq"], found["rising"] = t_ns, 60_000, np.arange(len(t_ns)), 1
        return found

    def frames(self, name: str, ended_ns: Ints, ticks: Ints | None = None) -> Rows:
        found = np.zeros(len(ended_ns), rows.FRAME)
        ended_ns = ended_ns + self.rng.normal(0, 2000, len(ended_ns)).astype(np.int64)
        found["ticks"] = self.camera_clocks[name](ended_ns) // 1000 if ticks is None else ticks
        late = np.where(self.rng.random(len(ended_ns)) < 0.01, 60 * MS, 0)
        found["t_arrival_ns"] = np.maximum.accumulate(ended_ns + self.delays(len(ended_ns), 7000, 1000) + late)
        found["t_ns"], found["u_ns"], found["seq"] = ended_ns - EXPOSURE_US * 500, 16 * MS, 100 + np.arange(len(found))
        found["exposure_us"] = EXPOSURE_US
        return found

    def leader(self) -> Rows:
        begun = np.arange(START_NS, self.end_ns, 5 * MS)
        latched = begun + self.delays(len(begun), 60, 40) + 180_000
        found = np.zeros(len(begun), rows.leader_row(JOINTS))
        clocks = [Clock(self.rng, float(self.rng.uniform(-100, 100))) for _ in range(JOINTS)]
        found["servo_ticks"] = np.column_stack([clock(latched) // MS for clock in clocks])
        found["ticks"] = found["servo_ticks"][:, 0]
        found["t_lo_ns"], found["t_ns"], found["u_ns"] = begun + 20_000, latched, 300_000
        found["t_arrival_ns"] = found["t_hi_ns"] = latched + 100_000 + self.delays(len(begun), 80, 120)
        found["seq"] = np.arange(len(begun))
        return found

    def arm(self) -> Rows:
        clock = Clock(self.rng, float(self.rng.uniform(-20, 20)))
        latched = np.arange(START_NS, self.end_ns, MS)
        found = np.zeros(len(latched), rows.arm_row(JOINTS))
        found["seq"] = clock.start_ns // MS + np.arange(len(latched))
        found["ticks"], found["t_ns"], found["u_ns"] = found["seq"] * MS, latched, 250_000
        found["t_arrival_ns"] = np.maximum.accumulate(latched + self.delays(len(latched), 100, 40))
        return found

    def at(self, stream: str, s: float) -> int:
        """The stream's first row after so many seconds."""
        return int(np.searchsorted(self.rows[stream]["t_ns"], START_NS + int(s * SECOND)))

    def drop(self, stream: str, first: int, count: int) -> None:
        self.rows[stream] = np.delete(self.rows[stream], slice(first, first + count))


def found(streams: Streams, config: RigConfig | None = None) -> list[Finding]:
    """Everything named, each at the time (t_ns) at which it was told."""
    return feed(Watch(config or rig()), streams.rows, streams.end_ns)


def feed(watch: Watch, streams: dict[str, Rows], end_ns: int, step: int = 100 * MS) -> list[Finding]:
    told: list[Finding] = []
    for now in range(START_NS, end_ns, step):
        for name in watch.streams:
            arrived = streams[name]["t_arrival_ns"]
            watch.feed(name, streams[name][(arrived >= now - step) & (arrived < now)])
        told += [_told_at(one, now) for one in watch.take(now)]
    return told


def _told_at(finding: Finding, now: int) -> Finding:
    return Finding(now, finding.stream, finding.name, finding.text, finding.count)


def names(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.stream, finding.name) for finding in findings}


Change = Callable[[Streams], None]
