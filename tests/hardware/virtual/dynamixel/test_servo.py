"""A servo's clock, turns, clear and motion at chosen instants."""

import math

from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.control_table import (
    RAD_PER_COUNT,
)
from hardware.arms.servo_models import MODELS
from hardware.virtual.crystal import Crystal
from hardware.virtual.dynamixel.chain import ServoChain, wire_ns
from hardware.virtual.dynamixel.servo import BOOT_NS, Servo
from hardware.virtual.dynamixel.servo_horn import Angle, Held, Wheel
from hardware.virtual.dynamixel.wire import Error, Instruction

BAUD = 4_000_000


def servo(angle: Angle, id: int = 1, model: str = "xl330-m288", ppm: float = 0.0) -> Servo:
    return Servo(MODELS[model], id, BAUD, Held(angle), Crystal(0, 0, ppm, 0.0, 1), 10_000, 0)


def word(made: Servo, address: int, size: int, t_ns: int) -> int:
    data = made.read(address, size, t_ns)
    assert isinstance(data, bytes)
    return int.from_bytes(data, "little", signed=size == 4)


@given(st.integers(0, 10**12))
def test_the_tick_counts_milliseconds_modulo_32768(t_ns: int) -> None:
    assert word(servo(lambda _: (0.0, 0.0)), 120, 2, t_ns) == t_ns // 1_000_000 % 32768


def test_a_reboot_restarts_the_tick_and_the_turns() -> None:
    made = servo(lambda t_ns: (t_ns * 1e-9 * 2 * math.pi, 2 * math.pi))  # one turn a second
    assert word(made, 132, 4, 3_500_000_000) == 3 * 4096 + 2048
    made.reboot(10_000_000_000)
    boot = 10_000_000_000 + BOOT_NS
    assert not made.hears(BAUD, boot - 1)
    assert word(made, 120, 2, boot + 5_000_000) == 5
    assert word(made, 132, 4, boot) == round(0.2 * 4096)


def test_clear_takes_the_turns_away_only_at_rest() -> None:
    still = servo(lambda t_ns: (min(t_ns * 1e-9, 3.25) * 2 * math.pi, 0.0))
    assert word(still, 132, 4, 4_000_000_000) == 3 * 4096 + 1024
    assert still.clear(b"\x01DXL\x22", 4_000_000_000) == Error.NONE
    assert word(still, 132, 4, 4_000_000_000) == 1024
    moving = servo(lambda t_ns: (t_ns * 1e-9 * 20, 20.0))
    assert moving.clear(b"\x01DXL\x22", 4_000_000_000) == Error.RESULT_FAIL


def test_velocity_mode_turns_at_the_goal_velocity() -> None:
    made = servo(lambda _: (1000 * RAD_PER_COUNT, 0.0))
    assert made.write(11, b"\x01", 0) == Error.NONE
    assert made.write(64, b"\x01", 0) == Error.NONE
    assert made.write(104, (100).to_bytes(4, "little"), 0) == Error.NONE  # 22.9 rev/min
    assert word(made, 132, 4, 1_000_000_000) == 1000 + round(22.9 / 60 * 4096)
    assert word(made, 128, 4, 1_000_000_000) == 100


def test_a_wheels_speed_follows_its_goal_with_a_lag_and_it_stays_where_it_runs_out() -> None:
    made = Servo(MODELS["xm430-w350"], 1, BAUD, Wheel(0.0, 0), Crystal(0, 0, 0.0, 0.0, 1), 10_000, 0)
    for address, data in ((11, b"\x01"), (64, b"\x01"), (104, (100).to_bytes(4, "little"))):
        assert made.write(address, data, 0) == Error.NONE
    assert 0 < word(made, 128, 4, 20_000_000) < 60
    assert word(made, 128, 4, 1_000_000_000) == 100
    assert made.write(64, b"\x00", 1_000_000_000) == Error.NONE
    assert word(made, 128, 4, 2_000_000_000) == 0
    assert word(made, 132, 4, 2_000_000_000) == word(made, 132, 4, 3_000_000_000) > 1500


def test_a_second_servo_obeys_its_secondary_id_silently_and_never_in_the_eeprom() -> None:
    first, second = servo(lambda _: (0.0, 0.0), 1), servo(lambda _: (0.0, 0.0), 2)
    assert second.write(12, b"\x01", 0) == Error.NONE
    chain = ServoChain([first, second])
    answer = chain.answer(Instruction(1, 0x03, bytes([65, 0, 1]), 13, True), 0, BAUD)
    assert answer is not None and answer.latches.keys() == {1}
    chain.answer(Instruction(1, 0x03, bytes([9, 0, 7]), 13, True), 0, BAUD)
    chain.answer(Instruction(0xFE, 0x83, bytes([84, 0, 2, 0, 1, 99, 0]), 17, True), 0, BAUD)
    assert [word(made, 65, 1, 0) for made in (first, second)] == [1, 1]
    assert [word(made, 84, 2, 0) for made in (first, second)] == [99, 99]
    assert [word(made, 9, 1, 0) for made in (first, second)] == [7, 250]


def test_a_servo_without_current_control_refuses_its_modes() -> None:
    made = servo(lambda _: (0.0, 0.0), model="xl430-w250")
    assert made.write(11, b"\x00", 0) == made.write(11, b"\x05", 0) == Error.DATA_RANGE
    assert made.write(11, b"\x04", 0) == Error.NONE
    assert made.write(102, b"\x10\x00", 0) == Error.ACCESS


def test_reverse_mode_and_homing_offset_shift_what_is_read() -> None:
    made = servo(lambda _: (-300 * RAD_PER_COUNT, 0.0))
    assert made.write(20, (50).to_bytes(4, "little"), 0) == Error.NONE
    assert word(made, 132, 4, 0) == 4096 - 300 + 50
    assert made.write(10, b"\x01", 0) == Error.NONE
    made.reboot(0)
    assert word(made, 132, 4, BOOT_NS) == 300 + 50


def test_the_answer_takes_its_return_delay_and_its_wire_time() -> None:
    chain = ServoChain([servo(lambda _: (0.0, 0.0))])
    answer = chain.answer(Instruction(1, 0x02, bytes([132, 0, 4, 0]), 14, True), 1_000_000, BAUD)
    assert answer is not None
    assert answer.latches == {1: 1_010_000}
    assert answer.t_done_ns == 1_010_000 + 500_000 + wire_ns(15, BAUD)


def test_servos_on_another_baud_rate_hear_nothing() -> None:
    chain = ServoChain([servo(lambda _: (0.0, 0.0))])
    assert chain.answer(Instruction(1, 0x01, b"", 10, True), 0, 1_000_000) is None


def test_unknown_and_damaged_instructions_are_refused() -> None:
    chain = ServoChain([servo(lambda _: (0.0, 0.0))])
    unknown = chain.answer(Instruction(1, 0x77, b"", 10, True), 0, BAUD)
    damaged = chain.answer(Instruction(1, 0x02, bytes(4), 14, False), 0, BAUD)
    assert unknown is not None and unknown.data[8] == Error.INSTRUCTION
    assert damaged is not None and damaged.data[8] == Error.CRC


def test_a_missing_servo_cuts_a_fast_answer_short() -> None:
    chain = ServoChain([servo(lambda _: (0.0, 0.0), id) for id in (1, 3)])
    read = Instruction(0xFE, 0x8A, bytes([132, 0, 4, 0, 1, 2, 3]), 17, True)
    answer = chain.answer(read, 0, BAUD)
    assert answer is not None
    assert answer.latches.keys() == {1}
    assert int.from_bytes(answer.data[5:7], "little") + 7 > len(answer.data)
