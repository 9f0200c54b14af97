"""Torque to the operator's hand: the leader's driver in current mode on a virtual bus."""

import time

import numpy as np
import pytest

from hardware.arms import dynamixel_currents
from hardware.arms.control_table import (
    BUS_WATCHDOG,
    CURRENT_LIMIT,
    GOAL_CURRENT,
    HARDWARE_ERROR_STATUS,
    OPERATING_MODE,
    PRESENT_CURRENT,
    PRESENT_TEMPERATURE,
    TORQUE_ENABLE,
)
from hardware.arms.dynamixel import DynamixelLeader
from hardware.config import FeelConfig, GripConfig
from hardware.interfaces import DeviceRefused
from tests.hardware.arms.bench import Bench, bench

SPRING = FeelConfig(mode="spring", torque_nm=0.2)
ONE_NM = 1470 / 0.52  # mA of an XL330-M288


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full torque from the start, a look at the servos with every read, a watchdog that bears a busy machine."""
    monkeypatch.setattr(dynamixel_currents, "_RAMP_NS", 1)
    monkeypatch.setattr(dynamixel_currents, "_LOOK_NS", 0)
    watch(monkeypatch, units=127)


def watch(monkeypatch: pytest.MonkeyPatch, units: int) -> None:
    """Bus Watchdog, 20 ms."""
    monkeypatch.setattr(dynamixel_currents, "WATCHDOG_UNITS", units)
    monkeypatch.setattr(dynamixel_currents, "_WATCHDOG_NS", units * 20_000_000)


def registers(rig: Bench, address: int) -> list[int]:
    """Of the joints' servos."""
    rig_ids = (*rig.config.ids, *rig.config.shadows)
    return [servo.registers.get(address) for servo in rig.bus.chain.servos if servo.id in rig_ids]


def press(leader: DynamixelLeader, tau: list[float]) -> None:
    """Give a torque and make sure that the servos have heard of it: a sync write has no answer."""
    leader.feel(np.array(tau))
    leader.read()


def test_opening_enters_current_mode_under_the_watchdog_with_no_torque_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch(monkeypatch, units=5)
    with bench(feel=SPRING) as rig:
        leader = DynamixelLeader("right", rig.config)
        assert registers(rig, OPERATING_MODE) == [0, 0, 0]
        assert registers(rig, TORQUE_ENABLE) == [1, 1, 1]
        assert registers(rig, BUS_WATCHDOG) == [5, 5, 5]
        assert registers(rig, GOAL_CURRENT) == [0, 0, 0]
        assert rig.bus.chain.servos[3].registers.get(TORQUE_ENABLE) == 0  # the grip's
        assert leader.info().options["torque_nm"] == "0.2"
        sample = leader.read()
        assert sample.tau is not None and not sample.tau.any()
        leader.close()
        assert rig.bus.chain.servos[0].registers.get(TORQUE_ENABLE) == 0


def test_torque_becomes_current_in_the_direction_of_the_followers_joints() -> None:
    with bench(feel=SPRING) as rig:
        leader = DynamixelLeader("right", rig.config)
        press(leader, [0.05, 0.05, -0.1])
        sample = leader.read()
        goal = registers(rig, GOAL_CURRENT)
        present = np.array(registers(rig, PRESENT_CURRENT), np.uint16).view(np.int16).tolist()
        leader.close()
    assert goal == [round(0.05 * ONE_NM), round(-0.05 * ONE_NM), round(-0.1 * ONE_NM)]  # signs 1, -1, 1
    assert present == pytest.approx(goal, abs=2)
    assert sample.tau == pytest.approx([0.05, 0.05, -0.1], abs=1 / ONE_NM)


def test_it_never_gives_more_than_told_or_half_of_the_servo_or_its_current_limit() -> None:
    with bench(feel=SPRING) as rig:
        rig.bus.chain.servos[2].registers.set(CURRENT_LIMIT, 100)
        leader = DynamixelLeader("right", rig.config)
        press(leader, [9.0, -9.0, 9.0])
        told = registers(rig, GOAL_CURRENT)
        leader.close()
    assert told == [int(0.2 * ONE_NM), int(0.2 * ONE_NM), 100]
    with bench(feel=SPRING.model_copy(update={"torque_nm": 2.0})) as rig:
        leader = DynamixelLeader("right", rig.config)
        press(leader, [9.0, 0.0, 0.0])
        most = registers(rig, GOAL_CURRENT)[0]
        leader.close()
    assert most == int(0.26 * ONE_NM)


def test_what_is_no_number_is_no_torque() -> None:
    with bench(feel=SPRING) as rig:
        leader = DynamixelLeader("right", rig.config)
        press(leader, [float("nan"), float("inf"), 0.1])
        told = registers(rig, GOAL_CURRENT)
        leader.close()
    assert told == [0, 0, round(0.1 * ONE_NM)]


def test_torque_rises_slowly_after_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamixel_currents, "_RAMP_NS", 3600_000_000_000)
    with bench(feel=SPRING) as rig:
        leader = DynamixelLeader("right", rig.config)
        press(leader, [0.2, 0.2, 0.2])
        told = registers(rig, GOAL_CURRENT)
        leader.close()
    assert max(map(abs, told)) <= 3


def test_a_silent_host_lets_go_and_the_next_read_arms_again(monkeypatch: pytest.MonkeyPatch) -> None:
    watch(monkeypatch, units=5)
    with bench(feel=SPRING) as rig:
        leader = DynamixelLeader("right", rig.config)

        def pressed() -> bool:
            press(leader, [0.1, 0.1, 0.1])
            return all(registers(rig, GOAL_CURRENT))

        assert any(pressed() for _ in range(100))  # more than one only on a machine that stalls
        time.sleep(0.15)  # as a stopped process
        sample = leader.read()
        assert sample.tau is not None and not sample.tau.any()
        assert registers(rig, GOAL_CURRENT) == [0, 0, 0]
        assert registers(rig, BUS_WATCHDOG) == [5, 5, 5]
        assert any(pressed() for _ in range(100))
        assert leader.feel_off == ""
        leader.close()


def test_heat_ends_all_torque_until_it_is_opened_again() -> None:
    with bench(feel=SPRING) as rig:
        leader = DynamixelLeader("right", rig.config)
        assert np.isnan(leader.temperature)
        for _ in range(3):
            press(leader, [0.1, 0.1, 0.1])
        assert leader.temperature == 33
        hot = rig.bus.chain.servos[1].registers
        hot.set(PRESENT_TEMPERATURE, 71)
        for _ in range(20):  # a look may be lost
            press(leader, [0.1, 0.1, 0.1])
        assert leader.temperature == 71
        assert "servo 2 has 71 deg C, 70 is the limit" in leader.feel_off
        assert registers(rig, TORQUE_ENABLE) == [0, 0, 0]
        hot.set(PRESENT_TEMPERATURE, 40)
        for _ in range(6):
            press(leader, [0.1, 0.1, 0.1])
        sample = leader.read()
        assert sample.tau is not None and not sample.tau.any()
        assert registers(rig, TORQUE_ENABLE) == [0, 0, 0]
        leader.close()
        again = DynamixelLeader("right", rig.config)
        assert again.feel_off == ""
        again.close()


@pytest.mark.parametrize(("bits", "why"), [(1 << 5, "overload"), (0, "it restarted")])
def test_a_servo_that_lost_its_torque_ends_it_for_all(bits: int, why: str) -> None:
    with bench(feel=SPRING) as rig:
        leader = DynamixelLeader("right", rig.config)
        rig.bus.chain.servos[2].registers.set(TORQUE_ENABLE, 0)
        rig.bus.chain.servos[2].registers.set(HARDWARE_ERROR_STATUS, bits)
        for _ in range(20):
            press(leader, [0.1, 0.1, 0.1])
        assert leader.feel_off.startswith(f"servo 3 lost its torque ({why}")
        assert registers(rig, TORQUE_ENABLE) == [0, 0, 0]
        leader.close()


def test_a_free_leader_takes_no_torque_and_says_none() -> None:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
        sample = leader.read()
        assert sample.tau is None
        assert leader.temperature == 33
        with pytest.raises(DeviceRefused, match=r"opened without torque; set feel\.mode"):
            leader.feel(np.zeros(3))
        assert registers(rig, TORQUE_ENABLE) == [0, 0, 0]
        assert registers(rig, OPERATING_MODE) == [3, 3, 3]
        leader.close()


def test_a_servo_without_current_mode_is_refused() -> None:
    with (
        bench(feel=SPRING, model="xl430-w250", baud=1_000_000) as rig,
        pytest.raises(DeviceRefused, match=r"xl430-w250 has no current mode.*set feel\.mode to free"),
    ):
        DynamixelLeader("right", rig.config)


def test_a_doubled_joint_shares_its_torque_between_both_servos() -> None:
    with bench(feel=SPRING, shadows={4: 2}) as rig:
        leader = DynamixelLeader("right", rig.config)
        press(leader, [0.1, 0.1, 0.1])
        sample = leader.read()
        assert registers(rig, TORQUE_ENABLE) == [1, 1, 1, 1]
        first, second, third, shadow = registers(rig, GOAL_CURRENT)
        leader.close()
    assert first == third == round(0.1 * ONE_NM)
    assert second == shadow == round(-0.05 * ONE_NM)
    assert sample.tau == pytest.approx([0.1, 0.1, 0.1], abs=2 / ONE_NM)
    assert sample.q.shape == (3,)


def test_a_shadow_that_obeys_nobody_is_refused() -> None:
    with bench(shadows={4: 2}) as rig:
        rig.bus.chain.servos[-1].registers.set(12, 255)
        with pytest.raises(DeviceRefused, match="servo 4 should obey servo 2 too, but its Secondary ID is 255"):
            DynamixelLeader("right", rig.config)


def test_a_grip_may_be_of_another_model() -> None:
    with bench(grip=GripConfig(id=8, open_rad=3.4, closed_rad=2.7, model="xc330-t288")) as rig:
        leader = DynamixelLeader("right", rig.config)
        assert leader.read().grip == pytest.approx(0.25, abs=0.01)
        leader.close()
