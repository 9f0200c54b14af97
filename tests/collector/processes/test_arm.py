"""The arm's process: each state stored once with what was then sent, verbs obeyed, nothing invented."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from collector.links import Ring, RingReader, RingWriter, create_rings
from collector.processes.arm import Loop, missed
from hardware.config import RigConfig
from hardware.interfaces import DeviceTimeout
from hardware.rows import as_row
from hardware.samples import (
    ArmSample,
    DeviceInfo,
    GripperSample,
    LeaderSample,
    Read,
    Stamp,
    TimeSource,
    Vector,
    monotonic_ns,
)
from tests.robots import franka, robots, servo_follower

PERIOD_NS = 5_000_000
HOME: Vector = np.array([0.0, -0.96, 1.16, 0.0, -0.3, 0.0])


class StillArm:
    """A follower of servos that does at once what it is told, in time of its own."""

    def __init__(self, q: Vector) -> None:
        self.q, self.t_ns, self.seq = q, 1_000_000_000, 0
        self.told: list[tuple[Vector, float | None, float]] = []
        self.stopped = False
        self.silent = False

    def info(self) -> DeviceInfo:
        return DeviceInfo("left", "still", "", "", "", {})

    def observe(self) -> ArmSample:
        if self.silent:
            raise DeviceTimeout("followers.left", "no answer for 100 ms; check the bus")
        nan = np.full(6, np.nan)
        stamp = Stamp(self.t_ns, 1000, self.t_ns // 1_000_000, self.t_ns, self.seq, TimeSource.BRACKETED)
        read = Read(self.t_ns, self.t_ns, np.full(len(self.q), stamp.ticks))
        zero = np.zeros(len(self.q))
        return ArmSample("left", stamp, self.q, zero, zero, zero, nan, nan, np.zeros(16), 1.0, read)

    def start(self) -> ArmSample:
        return self.observe()

    def read(self) -> ArmSample:
        self.t_ns, self.seq = self.t_ns + PERIOD_NS, self.seq + 1
        return self.observe()

    def command(self, q: Vector, dq: Vector, width: float | None = None, stiffness: float = 1.0) -> None:
        self.told.append((q, width, stiffness))

    def gripper(self) -> GripperSample | None:
        stamp = Stamp(self.t_ns, 1000, 0, self.t_ns, self.seq, TimeSource.BRACKETED)
        return GripperSample("left", stamp, self.t_ns, self.t_ns, 0.05, False)

    def stop(self) -> None:
        self.stopped = True

    def recover(self) -> None: ...

    def close(self) -> None: ...


class Bench:
    """A loop on that arm, its rings, and a leader that stands where the robot does."""

    def __init__(self) -> None:
        self.rig = robots({"left": servo_follower(6, "left", gripper=True)})
        self.rings = create_rings(self.rig)
        links = {name: ring.address for name, ring in self.rings.items()}
        self.arm = StillArm(HOME)
        self.leader = RingWriter(links["leaders/left"])
        self.readers = {n: RingReader(links[n]) for n in ("arms/left", "commands/left", "grippers/left")}
        self.loop = Loop(self.arm, self.rig, "left", links)
        self.loop.start()
        self.seq = 0

    def cycle(self, count: int, *, beat: bool = True) -> None:
        for _ in range(count):
            self.seq += 1
            t_ns = self.arm.t_ns + PERIOD_NS
            stamp = Stamp(t_ns, 1000, 0, t_ns, self.seq, TimeSource.BRACKETED)
            sample = LeaderSample("left", stamp, t_ns, t_ns, HOME, np.zeros(6), 0.5, np.zeros(6, np.int64))
            self.leader.write(as_row(sample))
            if beat:
                self.loop.obey("beat", t_ns)
            self.loop.cycle()

    def close(self) -> None:
        for ring in self.rings.values():
            ring.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def test_every_cycle_is_one_state_one_command_and_one_width(bench: Bench) -> None:
    bench.cycle(10)
    rows = {name: reader.drain() for name, reader in bench.readers.items()}
    assert [len(found) for found in rows.values()] == [10, 10, 10]
    assert rows["arms/left"]["seq"].tolist() == list(range(1, 11))
    assert np.array_equal(rows["commands/left"]["sent"][-1], bench.arm.told[-1][0])
    assert rows["grippers/left"]["width"][0] == 0.05


def test_it_follows_when_engaged_and_the_gripper_with_it(bench: Bench) -> None:
    bench.cycle(5)
    bench.loop.obey("engage", bench.arm.t_ns)
    states: list[Any] = []
    for _ in range(500):
        bench.cycle(1)
        states.append(bench.loop.status()["teleop"])
    assert list(dict.fromkeys(states)) == ["ALIGN", "RAMP", "FOLLOW"]
    _, width, stiffness = bench.arm.told[-1]
    assert width == pytest.approx(0.5 * bench.rig.followers["left"].gripper.max_width)  # type: ignore[union-attr]
    assert stiffness == 1.0
    assert bench.loop.status()["lag"]["max_ms"] > 0  # type: ignore[index]


def test_without_a_beat_of_the_daemon_it_holds(bench: Bench) -> None:
    bench.cycle(5)
    bench.loop.obey("engage", bench.arm.t_ns)
    bench.cycle(500)
    bench.cycle(230, beat=False)
    status = bench.loop.status()
    assert status["teleop"] == "HOLD"
    assert status["cause"] == "heartbeat"


def test_the_status_is_plain_json_even_without_a_leader() -> None:
    bench = Bench()
    bench.loop.cycle()
    status = bench.loop.status()
    assert json.loads(json.dumps(status, allow_nan=False))["error"] == [None] * 6
    bench.close()


def test_a_mark_begins_a_new_stretch(bench: Bench) -> None:
    bench.cycle(5)
    bench.loop.obey("engage", bench.arm.t_ns)
    bench.cycle(500)
    bench.loop.obey("mark", bench.arm.t_ns)
    assert bench.loop.status()["lag"]["max_ms"] == 0  # type: ignore[index]
    assert bench.loop.status()["cycles"] == 505


def test_an_arm_that_says_nothing_ends_the_loop_by_name(bench: Bench) -> None:
    bench.cycle(5)
    bench.arm.silent = True
    with pytest.raises(DeviceTimeout, match=r"followers\.left"):
        bench.cycle(1)


def test_at_the_end_it_comes_to_rest_and_gives_control_back(bench: Bench) -> None:
    bench.cycle(5)
    bench.loop.stop()
    assert bench.arm.stopped
    assert bench.loop.status()["teleop"] in ("IDLE", "HOLD")


def test_an_unknown_verb_does_nothing(bench: Bench) -> None:
    bench.cycle(5)
    bench.loop.obey("stop", monotonic_ns())
    bench.cycle(1)
    assert bench.loop.status()["teleop"] == "IDLE"


def test_missed_states_are_counted_by_the_robot_s_own_time() -> None:
    arm = StillArm(HOME)
    first = arm.read()
    arm.t_ns += 2 * PERIOD_NS + 1_000_000  # two beats left out, and a little late
    assert missed(first, arm.read(), 200.0) == 2


def test_a_franka_s_hand_writes_its_own_ring() -> None:
    """Two writers of one ring would tear its rows."""
    rig: RigConfig = robots({"right": franka("right")})
    rings: dict[str, Ring] = create_rings(rig)
    arm = StillArm(np.array([0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785]))
    loop = Loop(arm, rig, "right", {name: ring.address for name, ring in rings.items()})
    assert loop._grippers is None
    for ring in rings.values():
        ring.close()
