"""The serial driver against ports and boxes that misbehave."""

from pathlib import Path

import pytest

from hardware.config import SerialBoxConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused, DeviceTimeout
from hardware.samples import BoxStatus, ClockPing, LedFlash, TriggerEdge, monotonic_ns
from hardware.trigger.box import SerialTriggerBox
from tests.hardware.trigger.odd_box import OPENING, line, odd_box


def test_a_port_that_is_not_there_is_named() -> None:
    with pytest.raises(DeviceLost, match=r"/dev/no-such-port.*trigger\.port"):
        SerialTriggerBox(SerialBoxConfig(port="/dev/no-such-port"))


def test_a_port_that_is_no_serial_port_is_named(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    with pytest.raises(DeviceLost, match="no serial port"):
        SerialTriggerBox(SerialBoxConfig(port=str(plain)))


def test_something_else_on_the_port_is_not_taken_for_a_box() -> None:
    with odd_box({}) as (config, say):
        say(b"login: ")
        with pytest.raises(DeviceTimeout, match="answers as a trigger box"):
            SerialTriggerBox(config)


def test_another_version_is_refused_with_the_remedy() -> None:
    with (
        odd_box({"HELLO": line("HELLO 2 rp2350 uid 2.0.0 150000000")}) as (config, _),
        pytest.raises(DeviceRefused, match=r"speaks protocol 2.*flash the firmware"),
    ):
        SerialTriggerBox(config)


def test_a_setting_that_the_box_refuses_names_the_reason() -> None:
    with (
        odd_box(OPENING | {"CFG": line("ERR CFG rate")}) as (config, _),
        pytest.raises(DeviceRefused, match="rate"),
    ):
        SerialTriggerBox(config)


def test_a_damaged_line_is_an_error_once_and_the_rest_is_read() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config)
        say(line("E 4 0 1 1000 0") + line("E 5 0 1 2000 0")[1:] + line("E 6 0 1 3000 0"))
        first = box.read(5)
        assert isinstance(first, TriggerEdge)
        assert first.stamp.u_ns >= 50_000_000, "no ping yet: the stamp can only be the arrival"
        with pytest.raises(DeviceError, match="damaged line"):
            box.read(5)
        with pytest.raises(DeviceError, match="1 trigger edges were lost before edge 6"):
            box.read(5)
        last = box.read(5)
        assert isinstance(last, TriggerEdge)
        assert last.stamp.seq == 6
        assert last.stamp.ticks == 3_000_000
        box.close()


def test_a_count_that_goes_back_is_a_restarted_box_that_is_set_up_again() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config)
        say(line("E 400 0 1 9000 0") + line("E 0 0 1 1000 0"))
        assert isinstance(box.read(5), TriggerEdge)
        with pytest.raises(DeviceError, match="restarted"):
            box.read(5)
        assert isinstance(box.read(5), TriggerEdge)
        assert box.read(0.05) is None
        box.close()


def test_each_channel_has_its_own_count_and_falling_edges_have_their_rises() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config.model_copy(update={"also": (1,), "falling": True}))
        say(line("E 9 0 1 1000 0") + line("E 9 0 0 1100 0") + line("E 2 1 1 1200 0") + line("E 10 0 1 2000 0"))
        found = [box.read(5) for _ in range(4)]
        assert box.read(0.05) is None
        box.close()
    assert [(e.stamp.seq, e.channel, e.rising) for e in found if isinstance(e, TriggerEdge)] == [
        (9, 0, True),
        (9, 0, False),
        (2, 1, True),
        (10, 0, True),
    ]


def test_a_flash_says_which_edge_set_it_off() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config)
        say(line("F 7 81250001 248 3000"))
        flash = box.read(5)
        box.close()
    assert isinstance(flash, LedFlash)
    assert (flash.stamp.seq, flash.stamp.ticks, flash.width_ns) == (7, 81_250_001_248, 3_000_000)


def test_a_box_that_answers_pings_but_has_ceased_to_report_is_started_again() -> None:
    with odd_box(OPENING | {"STOP": line("OK STOP")}) as (config, say):
        box = SerialTriggerBox(config)
        box.start()
        begin = monotonic_ns()
        id = box._pings
        with pytest.raises(DeviceError, match=r"restarted.*ceased to report"):
            while monotonic_ns() - begin < 20_000_000_000:
                box.ping()
                box_us = (monotonic_ns() - begin) // 1000 + 1_000_000
                say(line(f"R {id} {box_us} {box_us}"))
                id += 1
                box.read(0.1)
        box.close()


def test_another_box_on_the_same_port_is_refused() -> None:
    answers = dict(OPENING)
    with odd_box(answers) as (config, say):
        box = SerialTriggerBox(config)
        answers["HELLO"] = line("HELLO 1 odd another 1.0.0 125000000")
        say(line("E 4 0 1 9000 0") + line("E 0 0 1 1000 0"))
        assert isinstance(box.read(5), TriggerEdge)
        with pytest.raises(DeviceError, match="restarted"):
            box.read(5)
        assert isinstance(box.read(5), TriggerEdge)
        with pytest.raises(DeviceRefused, match="another box came"):
            box.read(5)
        box.close()


def test_a_clock_that_steps_is_an_error_and_the_estimate_starts_afresh() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config)
        for id, (rx, tx) in enumerate([(1_000_000, 1_000_040), (9_000_000, 9_000_040)]):
            box.ping()
            say(line(f"R {id} {rx} {tx}"))
            if id == 1:
                with pytest.raises(DeviceError, match="stepped"):
                    box.read(5)
            assert isinstance(box.read(5), ClockPing)
        assert box.clock is not None
        say(line("R 77 1 2") + line("STAT 1 2 3 4"))
        assert box.read(5) == BoxStatus(1, 2, 3, 4), "an answer that was not asked for is no fact"
        box.close()


def test_an_unplugged_box_is_named_at_once_lost_after_a_while_and_can_still_be_closed() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config)
        say(b"")
        with pytest.raises(DeviceError, match="went away") as named:
            box.read(5)
        assert not isinstance(named.value, DeviceLost)
        box.ping()
        with pytest.raises(DeviceLost, match="USB cable"):
            for _ in range(100):
                box.read(0.1)
        with pytest.raises(DeviceLost, match="away"):
            box.led(500, 2000)
        box.close()
