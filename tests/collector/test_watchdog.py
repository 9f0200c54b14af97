from dataclasses import dataclass, field
from typing import Any

import pytest

from collector.watchdog import silent

S = 1_000_000_000
NOW = 100 * S


@dataclass
class Process:
    ready: bool = True
    ending: bool = False
    alive: bool = True
    heard_ns: int = NOW - S
    status: dict[str, Any] = field(default_factory=lambda: {"due_ns": NOW - 1})


def test_a_gripper_that_breaks_its_promise_is_to_be_replaced() -> None:
    members = {"gripper-right": Process(), "gripper-left": Process(status={"due_ns": NOW + 1})}
    assert silent(members, NOW) == ["gripper-right"]


def test_an_arm_is_never_replaced() -> None:
    assert silent({"arm-right": Process(), "capture": Process()}, NOW) == []


@pytest.mark.parametrize(
    "process",
    [Process(ready=False), Process(ending=True), Process(alive=False), Process(status={})],
    ids=["starting", "ending", "dead", "no promise yet"],
)
def test_a_gripper_that_is_not_at_work_is_left_alone(process: Process) -> None:
    assert silent({"gripper-right": process}, NOW) == []


@pytest.mark.parametrize("ready", [False, True], ids=["never ready", "never promised"])
def test_a_gripper_that_hangs_at_its_start_is_to_be_replaced(ready: bool) -> None:
    process = Process(ready=ready, heard_ns=NOW - 60 * S, status={})
    assert silent({"gripper-right": process}, NOW) == ["gripper-right"]


def test_what_an_earlier_life_promised_does_not_hold_for_a_new_start() -> None:
    assert silent({"gripper-right": Process(ready=False, status={"due_ns": NOW - S})}, NOW) == []
