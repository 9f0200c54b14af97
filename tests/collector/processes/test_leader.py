"""The leader's process: every sample stored once, its torque from the follower's rings, nothing given in silence."""

import math
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from typing import Any

import numpy as np
import pytest

from collector.links import Channel, Ring, RingReader, RingWriter, create_rings
from collector.processes import leader as process
from collector.processes import leader_feel
from collector.teleop.engage import State
from hardware.arms.limits import FR3
from hardware.config import FeelConfig, RigConfig
from hardware.interfaces import DeviceLost, DeviceTimeout
from hardware.samples import DeviceInfo, LeaderSample, Stamp, TimeSource, Vector, monotonic_ns
from tests.hardware.arms.bench import bench
from tests.robots import franka, robots

STEP_NS = 10_000_000
SPRING = FeelConfig(mode="spring", spring_nm_rad=0.1, rest_rad=(0.0,) * 7, damping_nm_s_rad=0, torque_nm=0.3)
MIDDLE: Vector = (FR3.q_min + FR3.q_max) / 2


class HeldLeader:
    """Stands where it is put and remembers the torques."""

    def __init__(self) -> None:
        self.q = MIDDLE.copy()
        self.given: list[Vector] = []
        self.silent = False
        self.temperature, self.feel_off, self.retries = 40.0, "", 0

    def info(self) -> DeviceInfo:
        return DeviceInfo("right", "held", "", "", "", {})

    def read(self) -> LeaderSample:
        if self.silent:
            raise DeviceTimeout("right", "no answer")
        now = monotonic_ns()
        stamp = Stamp(now, 0, 0, now, len(self.given), TimeSource.BRACKETED)
        tau = self.given[-1] if self.given else np.zeros(7)
        return LeaderSample("right", stamp, now, now, self.q, np.zeros(7), None, np.zeros(7, np.int64), None, tau)

    def feel(self, tau: Vector) -> None:
        self.given.append(tau)

    def close(self) -> None: ...


def rig_with(feel: FeelConfig) -> RigConfig:
    rig = robots({"right": franka("right")})
    leader = rig.leaders["right"].model_copy(update={"feel": feel})
    return rig.model_copy(update={"leaders": {"right": leader}})


@pytest.fixture
def rings() -> Iterator[dict[str, Ring]]:
    made = create_rings(rig_with(SPRING))
    yield made
    for ring in made.values():
        ring.close()


class Bench:
    """A loop in a time of its own, and the follower's side of it."""

    def __init__(self, rings: dict[str, Ring], feel: FeelConfig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = 0
        monkeypatch.setattr(leader_feel, "monotonic_ns", lambda: self.now_ns)
        self.leader = HeldLeader()
        links = {name: ring.address for name, ring in rings.items()}
        self.loop = process.Loop(self.leader, rig_with(feel), "right", links)
        self.samples = RingReader(links["leaders/right"])
        self._arm, self._commands = RingWriter(links["arms/right"]), RingWriter(links["commands/right"])

    def follower(self, state: State, tau_ext: float, age_s: float = 0.0) -> None:
        t_ns = self.now_ns - round(age_s * 1e9)
        stamp, seven, six = (t_ns, 0, 0, t_ns, 0), np.zeros(7), np.zeros(6)
        self._arm.write((*stamp, seven, seven, seven, np.full(7, tau_ext), six, six, np.zeros(16), 1.0))
        self._commands.write((*stamp, seven, seven, np.nan, np.nan, int(state)))

    def step(self) -> None:
        """The next read."""
        self.now_ns += STEP_NS
        self.loop.step()

    def live(self, state: State, tau_ext: float, age_s: float = 0.0, steps: int = 60) -> Vector:
        """The last of so many torques."""
        for _ in range(steps):
            self.follower(state, tau_ext, age_s)
            self.step()
        return self.leader.given[-1]


def test_each_sample_is_stored_with_the_torque_of_its_read_and_answered_by_the_next(
    rings: dict[str, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench(rings, SPRING, monkeypatch)
    for _ in range(3):
        rig.step()
    rows = rig.samples.drain()
    assert len(rows) == len(rig.leader.given) == 3
    assert rows["tau"][0] == pytest.approx(np.zeros(7))
    assert rows["tau"][1] == pytest.approx(np.clip(-0.1 * MIDDLE, -0.3, 0.3))


def test_the_follower_s_limits_are_felt(rings: dict[str, Ring], monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Bench(rings, SPRING.model_copy(update={"spring_nm_rad": 0.0}), monkeypatch)
    rig.leader.q[0] = FR3.q_max[0]
    rig.step()
    assert rig.leader.given[-1][0] == pytest.approx(-1.04 * 0.15)


def test_the_follower_s_load_is_felt_while_it_follows_and_only_then(
    rings: dict[str, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench(rings, SPRING.model_copy(update={"spring_nm_rad": 0.0, "force": 0.1}), monkeypatch)
    assert not rig.live(State.RAMP, tau_ext=1.0, steps=10).any()
    assert rig.live(State.FOLLOW, tau_ext=1.0) == pytest.approx(np.full(7, -0.1), abs=0.01)
    assert rig.loop.status()["feel"] == "spring, up to 0.10 Nm, feedback 100%"
    assert not rig.live(State.HOLD, tau_ext=1.0, steps=20).any()


def test_a_follower_that_fell_silent_is_not_felt(rings: dict[str, Ring], monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Bench(rings, SPRING.model_copy(update={"spring_nm_rad": 0.0, "force": 0.1}), monkeypatch)
    assert not rig.live(State.FOLLOW, tau_ext=1.0, age_s=0.2, steps=20).any()


def test_an_unanswered_read_lets_the_hand_go_and_a_dead_bus_is_named(
    rings: dict[str, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench(rings, SPRING, monkeypatch)
    rig.step()
    assert rig.leader.given[-1].any()
    rig.leader.silent = True
    rig.step()
    assert not rig.leader.given[-1].any()
    assert rig.loop.status()["missed"] == 1
    monkeypatch.setattr(process, "_DEAD_NS", 0)
    with pytest.raises(DeviceLost, match=r"leaders\.right: the bus is dead for 0\.5 s; check power and USB"):
        rig.step()


def test_heat_is_said_before_it_ends_the_torque_and_after(
    rings: dict[str, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench(rings, SPRING, monkeypatch)
    rig.step()
    assert rig.loop.warning == ""
    rig.leader.temperature = 66.0
    assert rig.loop.warning == "a servo has 66 deg C; let the leader rest"
    rig.leader.temperature, rig.leader.feel_off = 71.0, "servo 2 has 71 deg C; reset"
    assert rig.loop.warning == "servo 2 has 71 deg C; reset"
    assert rig.loop.status()["feel"] == "off: servo 2 has 71 deg C; reset"


def test_a_free_leader_is_never_pushed_and_an_unknown_temperature_is_none(
    rings: dict[str, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Bench(rings, FeelConfig(), monkeypatch)
    rig.leader.temperature = math.nan
    rig.step()
    assert rig.leader.given == []
    status = rig.loop.status()
    assert status["temperature"] is None
    assert "feel" not in status


def test_the_process_reads_a_bus_and_reports_until_it_is_told_to_stop() -> None:
    with bench(feel=SPRING.model_copy(update={"rest_rad": ()})) as served:
        rig = robots({}).model_copy(update={"leaders": {"right": served.config}, "realtime": False})
        made = create_rings(rig)
        links = {name: ring.address for name, ring in made.items()}
        samples = RingReader(links["leaders/right"])
        ours, theirs = Pipe()
        thread = threading.Thread(target=process.main, args=(rig, "right", links, Channel(theirs)))
        thread.start()
        told: list[tuple[str, dict[str, Any]]] = []
        while sum(kind == "status" for kind, _ in told) < 3:
            told.append(ours.recv())
        ours.send(("stop", {}))
        thread.join()
        stored = samples.drain()
        samples.close()
        ours.close()
        theirs.close()
        for ring in made.values():
            ring.close()
    assert told[0][0] == "ready" and told[0][1]["info"]["model"] == "xl330-m288"
    status = told[-1][1]
    assert len(stored) >= status["reads"] > 0
    assert status["feel"].startswith("spring, up to 0.0")
    assert status["temperature"] in (None, 33.0)
    assert np.isfinite(stored["tau"]).all()
