"""The serial driver against the virtual box, and against ports that misbehave."""

import os
import pty
import threading
import tty
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from hardware.clock.hull import stamp_two_sided
from hardware.config import SerialBoxConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused, DeviceTimeout
from hardware.rows import PING
from hardware.samples import BoxStatus, ClockPing, TriggerEdge
from hardware.trigger.box import SerialTriggerBox
from hardware.virtual.box_device import crc16
from tests.truth import truth_of
from tests.virtual_box import bench, hear


@pytest.mark.parametrize("mode", ["listen", "drive"])
def test_no_edge_is_further_from_the_truth_than_its_bound_live_or_refitted(mode: str, tmp_path: Path) -> None:
    with bench("drive" if mode == "drive" else "listen", tmp_path) as far_end:
        far_end.start_cameras()
        box = far_end.open()
        box.start()
        heard = hear(box, 150)
        box.close()
    true = truth_of(tmp_path, "trigger")
    stamps = [edge.stamp for edge in heard.edges]
    instants = np.array([true[s.seq] for s in stamps])
    assert all(abs(s.t_ns - t) <= s.u_ns for s, t in zip(stamps, instants.tolist(), strict=True))
    rows = np.array([(p.seq, p.t_sent_ns, p.ticks_rx, p.ticks_tx, p.t_received_ns) for p in heard.pings], PING)
    t_ns, u_ns = stamp_two_sided(rows, np.array([s.ticks for s in stamps]))
    assert (np.abs(t_ns - instants) <= u_ns).all()


def test_the_clock_is_known_before_the_first_edge() -> None:
    with bench() as far_end:
        box = far_end.open()
        assert box.clock is None
        box.start()
        assert box.clock is not None
        box.close()


def test_lost_edges_are_named_once_and_nothing_else_is_lost() -> None:
    with bench() as far_end:
        far_end.start_cameras()
        box = far_end.open()
        box.start()
        before = hear(box, 10)
        far_end.world.inject("edge_drop", "trigger", for_s=0.1)
        after = hear(box, 20)
        box.close()
    (error,) = after.errors
    assert "edges were lost" in str(error)
    assert not isinstance(error, DeviceLost | DeviceTimeout)
    seqs = [edge.stamp.seq for edge in before.edges + after.edges]
    steps = np.diff(seqs)
    assert (steps > 1).sum() == 1
    assert (steps >= 1).all()


def test_a_silent_box_is_named_and_heard_again_when_it_comes_back() -> None:
    with bench() as far_end:
        far_end.start_cameras()
        box = far_end.open()
        box.start()
        hear(box, 5)
        far_end.world.inject("box_silent", "trigger", for_s=2.6)
        errors = hear(box, 20).errors
        assert not hear(box, 5).errors
        box.close()
    assert any(isinstance(e, DeviceTimeout) and "silent" in str(e) for e in errors)
    assert any("edges were lost" in str(e) for e in errors)


def test_a_driving_box_starts_the_line_and_stops_it() -> None:
    with bench("drive") as far_end:
        box = far_end.open()
        assert far_end.world.sync_line_since_ns == 0
        box.start()
        assert far_end.world.sync_line_since_ns > 0
        hear(box, 3)
        box.close()
        again = far_end.open()
        assert far_end.world.sync_line_since_ns == 0
        again.close()


def test_a_box_that_was_left_running_is_taken_over() -> None:
    with bench() as far_end:
        far_end.start_cameras()
        first = far_end.open()
        first.start()
        hear(first, 3)
        first._port.close()  # as if the program had been killed
        second = far_end.open()
        second.start()
        heard = hear(second, 10)
        second.led(500, 2000)
        second.close()
    assert not heard.errors


def test_one_box_has_one_owner() -> None:
    with bench() as far_end:
        box = far_end.open()
        with pytest.raises(DeviceLost, match="another program"):
            far_end.open()
        box.close()


def test_led_times_out_of_range_are_refused() -> None:
    with bench() as far_end:
        box = far_end.open()
        with pytest.raises(DeviceRefused, match="LED"):
            box.led(0, 10**9)
        box.close()


# -- ports that misbehave --------------------------------------------------------------------------


def line(body: str) -> bytes:
    return f"{body}*{crc16(body.encode()):04X}\n".encode()


OPENING = {
    "HELLO": line("HELLO 1 odd uid 1.0.0 125000000"),
    "CFG": line("OK CFG"),
    "START": line("OK START"),
}


@contextmanager
def odd_box(answers: dict[str, bytes]) -> Generator[tuple[SerialBoxConfig, Callable[[bytes], None]], None, None]:
    """A far end with set answers; what it is given to say goes out as it is, b"" unplugs it."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    open_ends = [slave, master]

    def unplug() -> None:
        os.write(slave, b"\x04")
        thread.join()
        while open_ends:
            os.close(open_ends.pop())

    def say(data: bytes) -> None:
        if data:
            os.write(master, data)
        else:
            unplug()

    def answer() -> None:
        while b"\x04" not in (data := os.read(master, 4096)):
            for request in data.split(b"\n"):
                verb = request.split(b"*")[0].split(b" ")[0].decode()
                os.write(master, answers.get(verb, b""))

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield SerialBoxConfig(port=path), say
    finally:
        if open_ends:
            unplug()


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


def test_a_count_that_goes_back_is_a_restarted_box() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config)
        say(line("E 400 0 1 9000 0") + line("E 0 0 1 1000 0"))
        assert isinstance(box.read(5), TriggerEdge)
        with pytest.raises(DeviceError, match="restarted"):
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


def test_an_unplugged_box_is_lost_and_can_still_be_closed() -> None:
    with odd_box(OPENING) as (config, say):
        box = SerialTriggerBox(config)
        say(b"")
        with pytest.raises(DeviceLost, match="USB cable"):
            for _ in range(100):
                box.read(0.1)
        with pytest.raises(DeviceLost):
            box.ping()
        box.close()
