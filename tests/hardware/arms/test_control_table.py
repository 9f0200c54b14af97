"""The tables of the e-manual: whole, without overlap, defaults within their ranges."""

import math

import pytest

from hardware.arms.control_table import CURRENT_LIMIT, GOAL_CURRENT, PRESENT_CURRENT
from hardware.arms.servo_models import MODELS, ServoModel


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_registers_do_not_overlap(model: ServoModel) -> None:
    for row, following in zip(model.registers, model.registers[1:], strict=False):
        assert row.address + row.size <= following.address


@pytest.mark.parametrize("name", MODELS)
def test_initial_values_are_allowed_values(name: str) -> None:
    for row in MODELS[name].registers:
        if row.writable:
            assert row.low <= row.initial <= row.high


def test_model_numbers_are_the_vendors() -> None:
    assert {m.name: m.number for m in MODELS.values()} == {
        "xl330-m288": 1200,
        "xl330-m077": 1190,
        "xc330-t288": 1220,
        "xl430-w250": 1060,
        "xm430-w210": 1030,
        "xm430-w350": 1020,
        "xm540-w270": 1120,
    }


def test_a_servo_that_measures_no_current_has_no_torque_constant_and_no_current_registers() -> None:
    xl430, xm540 = MODELS["xl430-w250"], MODELS["xm540-w270"]
    assert math.isnan(xl430.motor.nm_a)
    assert xm540.motor.nm_a == pytest.approx(2.409, abs=1e-3)  # e-manual, docs/en/dxl/x/xm540-w270
    addresses = {row.address for row in xl430.registers}
    assert not addresses & {CURRENT_LIMIT, GOAL_CURRENT} and PRESENT_CURRENT in addresses
