"""The tables of the e-manual: whole, without overlap, defaults within their ranges."""

import pytest

from hardware.arms.control_table import MODELS, ServoModel


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
        "xm430-w210": 1030,
    }
