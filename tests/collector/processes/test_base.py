"""The base's process against virtual wheels: the test plays leader, arms and daemon."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from collector.links import Channel, Ring, RingReader, RingWriter, create_rings
from collector.processes import base as process
from collector.teleop.engage import State
from hardware.arms.control_table import TORQUE_ENABLE
from hardware.config import RigConfig
from hardware.interfaces import DeviceLost, ReflexError
from hardware.samples import monotonic_ns
from tests.hardware.bases.bench import Bench, bench
from tests.robots import robots, servo_follower

FULL, REST = (1.0, 0.0), (0.0, 0.0)


class Cockpit:
    """What surrounds the process. Stick and arms' states are written every 10 ms, and the daemon's beats."""

    def __init__(self, rings: dict[str, Ring], daemon: Connection) -> None:
        self._stick = RingWriter(rings["leaders/right"].address)
        self._arm = RingWriter(rings["commands/right"].address)
        self._daemon = daemon
        self.drive, self.bases = RingReader(rings["drive/base"].address), RingReader(rings["bases/base"].address)
        self.stick: tuple[float, float] | None = REST
        self.state: State | None = State.FOLLOW
        self.beats = True

    def ask(self, verb: str, **data: float) -> None:
        self._daemon.send((verb, data))

    def reports(self) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        while self._daemon.poll(0):
            found.append(self._daemon.recv())
        return found

    def go(self, seconds: float) -> NDArray[np.void]:
        """Live on for a while; what the base was told in it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = monotonic_ns()
            stamp = (now, 0, 0, now, 0)
            if self.stick is not None:
                row = (*stamp, now, now, np.zeros(6), np.zeros(6), np.nan, np.zeros(6), self.stick, np.zeros(6))
                self._stick.write(row)
            if self.state is not None:
                self._arm.write((*stamp, np.zeros(6), np.zeros(6), np.nan, np.nan, int(self.state)))
            if self.beats:
                self.ask("beat")
            time.sleep(0.01)
        return self.drive.drain()

    def until(self, done: Callable[[np.void], bool], seconds: float = 10.0) -> bool:
        """Live on until the last command is so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            told = self.go(0.03)
            if len(told) and done(told[-1]):
                return True
        return False

    def drive_off(self) -> bool:
        """Stick to full speed, from rest; again if this machine was so busy that the stick went stale."""
        for _ in range(20):
            self.stick = REST
            self.go(0.1)
            self.stick = FULL
            if self.until(moves, 1.0):
                return True
        return False

    def close(self) -> None:
        for ring in (self._stick, self._arm, self.drive, self.bases):
            ring.close()


def moves(told: np.void) -> bool:
    return bool(abs(told["sent"][0]) > 0.1)


def rests(told: np.void) -> bool:
    return not np.nan_to_num(told["sent"]).any()


def rig_of(bed: Bench) -> RigConfig:
    rig = robots({"right": servo_follower(6, "right", gripper=False)}, {"base": _raw(bed)})
    return rig.model_copy(update={"realtime": False})


def _raw(bed: Bench) -> dict[str, Any]:
    return bed.config.model_copy(update={"leader": "right"}).model_dump(mode="json")


@contextmanager
def running(**changes: object) -> Generator[tuple[Cockpit, Bench, list[BaseException]]]:
    """The process in a thread, ready; errors that ended it."""
    with bench(**changes) as bed:
        rig = rig_of(bed)
        rings = create_rings(rig)
        ours, theirs = Pipe()
        failed: list[BaseException] = []

        def run() -> None:
            try:
                process.main(rig, "base", {name: ring.address for name, ring in rings.items()}, Channel(theirs))
            except BaseException as error:
                failed.append(error)

        cockpit = Cockpit(rings, ours)
        thread = threading.Thread(target=run)
        thread.start()
        try:
            assert cockpit.until(rests)
            yield cockpit, bed, failed
        finally:
            cockpit.ask("stop")
            thread.join(10)
            cockpit.close()
            for ring in rings.values():
                ring.close()
            ours.close()
            theirs.close()


def test_the_stick_drives_the_base_and_both_are_recorded() -> None:
    with running() as (cockpit, bed, failed):
        rows = cockpit.bases.drain()
        for _ in range(10):
            assert cockpit.drive_off()
            cockpit.go(0.4)
            rows = cockpit.bases.drain()
            if rows["twist"][-1][0] == pytest.approx(0.2, abs=0.003):
                break
        assert rows["twist"][-1][0] == pytest.approx(0.2, abs=0.003)
        assert (np.diff(rows["seq"]) > 0).all()
        assert bed.body.pose[0] > 0.02
        kinds = dict(cockpit.reports())
        assert kinds["ready"]["info"]["driver"] == "dynamixel"
        assert kinds["status"]["reads"] > 0
        cockpit.ask("stop")
    assert not failed
    assert [servo.registers.get(TORQUE_ENABLE) for servo in bed.bus.chain.servos] == [0, 0]


@pytest.mark.parametrize("state", [State.HOLD, State.FAULT, State.IDLE, None])
def test_it_stops_when_the_arms_follow_no_more(state: State | None) -> None:
    with running() as (cockpit, _, failed):
        assert cockpit.drive_off()
        cockpit.state = state  # None: the arm's process says nothing
        assert cockpit.until(rests)
        cockpit.state = State.FOLLOW
        # The stick is still held: nothing moves until it has been let go.
        assert all(rests(row) for row in cockpit.go(0.2))
    assert not failed


def test_it_stops_when_the_daemon_is_silent_and_when_the_stick_is() -> None:
    with running() as (cockpit, _, failed):
        for silence in ("beats", "stick"):
            cockpit.beats = True
            assert cockpit.drive_off()
            if silence == "beats":
                cockpit.beats = False
            else:
                cockpit.stick = None
            assert cockpit.until(rests)
    assert not failed


def test_keys_drive_it_while_the_arms_are_idle_and_release_stops_it() -> None:
    with running() as (cockpit, _, failed):
        cockpit.state = State.IDLE
        cockpit.go(0.5)
        told = cockpit.drive.drain()
        for _ in range(100):
            cockpit.ask("drive", vx=-0.2, vy=0.0, wz=0.0)
            told = cockpit.go(0.05)
            if len(told) and moves(told[-1]):
                break
        assert told["sent"][-1][0] < -0.1
        assert told["requested"][-1][0] == pytest.approx(-0.2)
        cockpit.ask("drive", vx=-0.2, vy=0.0, wz=0.0)
        cockpit.ask("release")
        assert cockpit.until(rests)
    assert not failed


def test_wheels_that_stopped_themselves_need_the_stick_let_go() -> None:
    with running() as (cockpit, bed, failed):
        assert cockpit.drive_off()
        bed.trip()
        assert cockpit.until(rests)
        assert all(rests(row) for row in cockpit.go(0.2))
        assert cockpit.drive_off()
    assert not failed


def test_a_hardware_error_ends_it_with_its_name() -> None:
    with running() as (cockpit, bed, failed):
        bed.bus.chain.servos[0].fail(5, monotonic_ns())
        end = time.monotonic() + 10
        while not failed and time.monotonic() < end:
            cockpit.go(0.05)
    assert isinstance(failed[0], ReflexError)


def test_a_dead_bus_is_named() -> None:
    with running() as (cockpit, bed, failed):
        bed.world.inject("base_dead", "base", for_s=60.0)
        end = time.monotonic() + 10
        while not failed and time.monotonic() < end:
            cockpit.go(0.05)
    assert isinstance(failed[0], DeviceLost)
    assert "bases.base" in str(failed[0])
