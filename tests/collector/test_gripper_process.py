"""The gripper's process: what it tells the hand, what it promises, and what becomes of one that hangs."""

import os
import signal
import time
from collections.abc import Callable, Generator
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from collector.children import Child
from collector.links import Channel, Ring, RingReader, RingWriter, create_rings
from collector.processes import gripper
from collector.processes.gripper import Loop
from collector.watchdog import silent
from hardware import rows
from hardware.config import FrankaHandConfig
from hardware.interfaces import DeviceError
from hardware.samples import DeviceInfo, GripperSample, Stamp, TimeSource, monotonic_ns
from tests.hardware.arms.endpoint import endpoint

CONFIG = FrankaHandConfig()


class Hand:
    """Satisfies `Gripper`; `during` is called in each command."""

    max_width = 0.08

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.during: Callable[[], None] = lambda: None

    def info(self) -> DeviceInfo:
        raise NotImplementedError

    def read(self) -> GripperSample:
        stamp = Stamp(monotonic_ns(), 1, 0, monotonic_ns(), 0, TimeSource.DEVICE)
        return GripperSample("right", stamp, 0, 0, 0.04, False)

    def move(self, width: float, speed: float) -> None:
        self.calls.append(("move", round(width, 4)))
        self.during()

    def grasp(self, width: float, speed: float, force: float) -> bool:
        self.calls.append(("grasp", width, force))
        self.during()
        return True

    def stop(self) -> None:
        self.calls.append(("stop",))

    def close(self) -> None: ...


class Bench:
    """A loop around the hand, its rings, and what it reports."""

    def __init__(self, commands: Ring, out: Ring) -> None:
        self.hand = Hand()
        self.ours, theirs = Pipe()
        self._channel, self._theirs = Channel(theirs), theirs
        self._commands = RingWriter(commands.address)
        self._reader, self._out = RingReader(commands.address), RingWriter(out.address)
        self._loop = Loop(self.hand, CONFIG, self._reader, self._out)

    def want(self, width: float, *, wait: bool = True) -> None:
        """As if the arm's process had sent this width; then one cycle, when a command is due again."""
        row = ((monotonic_ns(), 1, 0, 0, 0), [0.0] * 7, [0.0] * 7, width, width, 0)
        self._commands.write((*row[0], *row[1:]))
        if wait:
            time.sleep(1 / CONFIG.rate_hz)
            self.cycle()

    def cycle(self) -> None:
        self._loop.cycle(self._channel)

    def reported(self) -> list[dict[str, Any]]:
        got: list[dict[str, Any]] = []
        while self.ours.poll(0):
            got.append(self.ours.recv()[1])
        return got

    def close(self) -> None:
        for ring in (self._commands, self._reader, self._out):
            ring.close()
        self.ours.close()
        self._theirs.close()


@pytest.fixture
def bench() -> Generator[Bench]:
    commands, out = Ring(rows.command_row(7), 100), Ring(rows.GRIPPER, 100)
    made = Bench(commands, out)
    yield made
    made.close()
    commands.close()
    out.close()


def test_the_hand_moves_to_the_width_asked_and_grasps_when_nearly_closed(bench: Bench) -> None:
    bench.want(0.06)
    bench.want(0.02)
    assert bench.hand.calls == [("move", 0.06), ("grasp", 0.0, CONFIG.force)]


def test_small_changes_and_a_tighter_grip_are_no_new_command(bench: Bench) -> None:
    for width in (0.06, 0.0607, 0.0595, 0.02, 0.015, 0.001):
        bench.want(width)
    assert [call[0] for call in bench.hand.calls] == ["move", "grasp"]


def test_of_the_widths_asked_during_a_move_the_latest_wins(bench: Bench) -> None:
    def hurry() -> None:
        bench.hand.during = lambda: None
        for width in (0.05, 0.07, 0.04):
            bench.want(width, wait=False)
        time.sleep(1 / CONFIG.rate_hz)

    bench.hand.during = hurry
    bench.want(0.06)
    bench.cycle()
    bench.cycle()
    assert bench.hand.calls == [("move", 0.06), ("move", 0.04)]


def test_no_more_commands_a_second_than_the_hand_can_take(bench: Bench) -> None:
    begin = monotonic_ns()
    for turn in range(60):
        bench.want(0.04 + 0.03 * (turn % 2), wait=False)
        bench.cycle()
        time.sleep(0.01)
    took_s = (monotonic_ns() - begin) * 1e-9
    assert 1 < len(bench.hand.calls) <= 1 + took_s * CONFIG.rate_hz


def test_what_blocks_the_fingers_is_counted_and_the_hand_stopped(bench: Bench) -> None:
    def blocked() -> None:
        raise DeviceError("right", "the fingers did not reach 0.060 m; remove what blocks them")

    bench.hand.during = blocked
    bench.want(0.06)
    bench.cycle()
    assert bench.hand.calls == [("move", 0.06), ("stop",)]
    assert bench.reported()[-1]["blocked"] == 1


def test_a_call_that_may_block_is_promised_before_it_begins(bench: Bench) -> None:
    promised: list[int] = []
    bench.hand.during = lambda: promised.extend(report["due_ns"] for report in bench.reported())
    begin = monotonic_ns()
    bench.want(0.06)
    stroke_ns = int(0.08 / CONFIG.speed * 1e9)
    assert promised[-1] >= begin + stroke_ns


def test_a_process_that_hangs_is_found_and_a_new_one_takes_the_hand(tmp_path: Path) -> None:
    with endpoint() as far_end:
        follower = far_end.rig.followers["right"].model_copy(update={"address": far_end.address})
        rig = far_end.rig.model_copy(update={"followers": {"right": follower}})
        rings = create_rings(rig)
        links = {name: ring.address for name, ring in rings.items()}
        members = {"gripper-right": _start(tmp_path, rig, links)}
        os.kill(members["gripper-right"].process.pid or 0, signal.SIGSTOP)
        assert silent(members, monotonic_ns()) == []
        assert silent(members, members["gripper-right"].status["due_ns"] + 1) == ["gripper-right"]
        members["gripper-right"].join(0.0)
        again = _start(tmp_path, rig, links)
        again.stop()
        again.join(5.0)
        for ring in rings.values():
            ring.close()


def _start(logs: Path, *arguments: object) -> Child:
    rig, links = arguments
    child = Child("gripper-right", gripper.main, logs / "gripper.log", rig, "right", links)
    until = time.monotonic() + 30
    while not (child.ready and "due_ns" in child.status):
        for kind, data in child.reports():
            assert kind != "fault", data["message"]
            child.ready = child.ready or kind == "ready"
            child.status.update(data)
        assert time.monotonic() < until, "the gripper's process did not come up"
        time.sleep(0.02)
    return child
