"""The production driver against the virtual wheels."""

import os
import time

import numpy as np
import pytest

from hardware.arms.control_table import BUS_WATCHDOG, TORQUE_ENABLE, VELOCITY_LIMIT, WATCHDOG_REFLEX
from hardware.bases.dynamixel_base import DynamixelBase
from hardware.interfaces import DeviceLost, DeviceRefused, DeviceTimeout, ReflexError
from hardware.samples import BaseSample, monotonic_ns
from tests.hardware.bases.bench import Bench, bench, omni

AHEAD = np.array([0.15, np.nan, 0.0])
REST = np.array([0.0, np.nan, 0.0])


def drive(base: DynamixelBase, twist: np.ndarray, seconds: float) -> list[BaseSample]:
    """Samples while it is told so at 100 Hz, for `seconds` at least from the first command on."""
    samples: list[BaseSample] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(samples) < seconds * 100:
        base.command(twist)
        samples.append(base.read())
        time.sleep(0.01)
    return samples


def open_base(bed: Bench) -> DynamixelBase:
    return DynamixelBase("base", bed.config)


def test_it_goes_as_fast_as_it_is_told_and_says_so() -> None:
    with bench() as bed:
        base = open_base(bed)
        last = drive(base, np.array([0.15, np.nan, 0.3]), 0.6)[-1]
        assert last.twist[[0, 2]] == pytest.approx([0.15, 0.3], abs=0.005)
        assert np.isnan(last.twist[1])
        assert last.stamp.u_ns >= max(last.stamp.t_ns - last.t_lo_ns, last.t_hi_ns - last.stamp.t_ns)
        base.close()


def test_odometry_agrees_with_where_the_base_went() -> None:
    with bench(wheels=omni(), axes=("vx", "vy", "wz"), speed=0.1, turn=0.2) as bed:
        base = open_base(bed)
        base.read()
        drive(base, np.array([0.06, -0.04, 0.1]), 0.5)
        drive(base, np.array([0.0, 0.0, 0.0]), 0.4)
        told = base.read()
        _, _, heading = bed.body.pose
        # With this ring of wheels the mean angle is the turn; the pose is an arc, so compare that alone exactly.
        assert told.wheels.mean() * 0.05 / 0.2 == pytest.approx(heading, abs=0.002)
        assert np.hypot(*bed.body.pose[:2]) > 0.015
        base.close()


def test_angles_and_ticks_go_on_from_the_start() -> None:
    with bench(speed=0.2, turn=0.1, wheels=omni(), axes=("vx", "vy", "wz")) as bed:
        base = open_base(bed)
        first = base.read()
        samples = [first, *drive(base, np.array([0.0, 0.2, 0.0]), 0.5)]
        assert first.wheels == pytest.approx(np.zeros(3))
        # The wheel in front rolls at 4 rad/s.
        assert samples[-1].wheels[0] > 1.0
        assert np.diff([s.wheels[0] for s in samples]).min() >= 0
        assert np.diff([s.stamp.ticks for s in samples]).min() >= 0
        base.close()


def test_wheels_that_stopped_themselves_are_told_once_and_go_on_from_rest() -> None:
    with bench() as bed:
        base = open_base(bed)
        drive(base, AHEAD, 0.3)
        bed.trip()
        time.sleep(0.4)
        with pytest.raises(ReflexError) as stopped:
            for _ in range(10):
                base.read()
        assert stopped.value.reflex == WATCHDOG_REFLEX
        assert base.read().twist[0] == pytest.approx(0.0, abs=0.003)
        # The next command begins from rest.
        assert drive(base, AHEAD, 0.4)[-1].twist[0] == pytest.approx(0.15, abs=0.003)
        base.close()


def test_a_hardware_error_is_a_reflex_with_its_name() -> None:
    with bench() as bed:
        base = open_base(bed)
        drive(base, AHEAD, 0.1)
        bed.bus.chain.servos[1].fail(5, monotonic_ns())
        with pytest.raises(ReflexError, match=r"wheel 2 .*(?i:overload)"):
            drive(base, AHEAD, 2.0)
        base.close()


def test_stop_leaves_the_wheels_free() -> None:
    with bench() as bed:
        base = open_base(bed)
        drive(base, AHEAD, 0.1)
        base.stop()
        registers = [servo.registers for servo in bed.bus.chain.servos]
        assert [r.get(TORQUE_ENABLE) for r in registers] == [0, 0]
        assert [r.get(BUS_WATCHDOG) for r in registers] == [0, 0]
        base.close()


def test_speeds_that_the_wheels_cannot_reach_are_refused() -> None:
    with bench(speed=2.0) as bed, pytest.raises(DeviceRefused, match="lower `speed`"):
        open_base(bed)


def test_a_velocity_that_is_no_number_is_refused() -> None:
    with bench() as bed:
        base = open_base(bed)
        with pytest.raises(DeviceRefused, match="finite"):
            base.command(np.array([np.nan, 0.0, 0.0]))
        base.close()


def test_a_dead_bus_is_a_timeout_and_a_missing_port_is_lost() -> None:
    with bench() as bed:
        base = open_base(bed)
        bed.world.inject("base_dead", "base", for_s=10.0)
        with pytest.raises(DeviceTimeout):
            base.read()
        base.close()
    with pytest.raises(DeviceLost, match="cannot open"):
        DynamixelBase("base", bed.config.model_copy(update={"port": os.devnull + "x"}))


def test_the_velocity_limit_is_the_servos_own() -> None:
    with bench() as bed:
        for servo in bed.bus.chain.servos:
            servo.registers.set(VELOCITY_LIMIT, 10)
        with pytest.raises(DeviceRefused, match="Velocity Limit"):
            open_base(bed)
