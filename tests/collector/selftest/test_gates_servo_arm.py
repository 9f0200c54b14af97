"""Gates of a servo arm and a base: judged as buses of servos are, at their own rates."""

import numpy as np
import pytest

from collector.selftest.evidence import Evidence, Rows
from collector.selftest.gate import Gate
from collector.selftest.joints import arm_gates, base_gates
from collector.selftest.span import Span
from hardware.config import DynamixelBaseConfig, WheelConfig
from hardware.rows import FLASH, PING, arm_row, base_row
from tests.hardware.arms.servo_arm_bench import aloha

RIG = aloha()
SECONDS = 5
PERIOD_NS = 10_000_000


def states(count: int = SECONDS * 100) -> Rows:
    rows = np.zeros(count, arm_row(6, read=True))
    at = 10**9 + np.arange(count) * PERIOD_NS
    rows["t_ns"], rows["seq"], rows["success_rate"] = at, np.arange(count), 1.0
    rows["u_ns"], rows["t_lo_ns"], rows["t_hi_ns"], rows["t_arrival_ns"] = (
        400_000,
        at - 100_000,
        at + 400_000,
        at + 500_000,
    )
    rows["servo_ticks"] = (at // 1_000_000)[:, None] + [5, 17_000, 3, 4, 900, 6]
    return rows


def judged(rows: Rows) -> dict[str, Gate]:
    span = Span(10**9, 10**9 + SECONDS * 10**9)
    gates = arm_gates(RIG, "left", Evidence({"arms/left": rows}, np.zeros(0, PING), np.zeros(0, FLASH)), span)
    return {gate.name: gate for gate in gates}


def failed(rows: Rows) -> set[str]:
    return {name for name, gate in judged(rows).items() if gate.verdict == "fail"}


def test_a_good_take_passes_every_gate() -> None:
    gates = judged(states())
    assert {gate.verdict for gate in gates.values()} == {"pass"}
    assert gates["gap p99"].value == pytest.approx(1.0)
    assert {"joint skew", "round trip", "stale", "retries", "clock steps", "stamp bound"} <= gates.keys()


def test_each_fault_fails_its_own_gate_and_no_other() -> None:
    stale = states()
    stale["servo_ticks"][100:300] = stale["servo_ticks"][100]
    slow = states()
    slow["t_lo_ns"] -= 9_000_000
    lost = states()
    lost["success_rate"] = 0.5
    noisy = states()
    noisy["seq"] = np.arange(len(noisy)) * 2
    assert "stale" in failed(stale)
    assert failed(slow) == {"round trip"}
    assert failed(lost) == {"commands lost"}
    assert failed(noisy) == {"retries"}
    rebooted = states()
    rebooted["servo_ticks"][250:, 1] -= 17_000
    assert failed(rebooted) == {"clock steps"}
    assert "longest gap" in failed(np.delete(states(), np.arange(100, 150)))


def test_no_samples_at_all_are_told_once() -> None:
    (gate,) = judged(states(0)).values()
    assert gate.name == "samples" and gate.verdict == "fail"


def test_a_base_is_judged_by_its_density() -> None:
    wheels = tuple(WheelConfig(id=id, at_m=(0.0, y), radius_m=0.05) for id, y in ((1, 0.2), (2, -0.2)))
    rig = RIG.model_copy(update={"bases": {"cart": DynamixelBaseConfig(port="virtual", wheels=wheels)}})
    rows = np.zeros(SECONDS * 50, base_row(2))
    rows["t_ns"] = rows["t_arrival_ns"] = 10**9 + np.arange(len(rows)) * 20_000_000
    span = Span(10**9, 10**9 + SECONDS * 10**9)
    gates = base_gates(rig, "cart", Evidence({"bases/cart": rows}, np.zeros(0, PING), np.zeros(0, FLASH)), span)
    assert {gate.name: gate.verdict for gate in gates} == {"samples": "pass", "longest gap": "pass", "gap p99": "pass"}
