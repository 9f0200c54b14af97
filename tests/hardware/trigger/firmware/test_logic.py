"""The firmware's modules that need no chip, on CPython: clock, lines, flashes, captured words."""

from binascii import crc_hqx
from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.trigger.firmware.capture import Channel, ClockLost
from hardware.trigger.firmware.clock64 import RP2040_TIMER, RP2350_TIMER, Clock64, whole
from hardware.trigger.firmware.flashes import Flashes
from hardware.trigger.firmware.protocol import LineReader, crc16, line
from hardware.trigger.firmware.settings import period_cycles


class Timer(dict[int, int]):
    """Registers of a timer that goes on between two reads."""

    def __init__(self, now_us: int, step_us: int = 0, base: int = RP2040_TIMER) -> None:
        self.now_us, self._step_us, self._base = now_us, step_us, base

    def __getitem__(self, address: int) -> int:
        self.now_us += self._step_us
        return {0x24: self.now_us >> 32, 0x28: self.now_us & 0xFFFFFFFF}[address - self._base]


@given(st.integers(0, 2**40), st.integers(0, 3))
def test_the_clock_is_never_torn(start_us: int, step_us: int) -> None:
    near = (start_us >> 32 << 32) + 2**32 - 3  # the low half is about to wrap
    for begin in (start_us, near):
        timer = Timer(begin, step_us)
        before, now, after = timer.now_us, Clock64(timer, RP2040_TIMER).now_us(), timer.now_us
        assert before <= now <= after


def test_the_rp2350_has_its_timer_elsewhere() -> None:
    assert Clock64(Timer(2**33 + 7, base=RP2350_TIMER), RP2350_TIMER).now_us() == 2**33 + 7


@given(st.integers(0, 2**50), st.integers(0, 2**32 - 1))
def test_a_low_half_is_made_whole(t_us: int, later_us: int) -> None:
    assert whole(t_us & 0xFFFFFFFF, t_us + later_us) == t_us


@given(st.binary(max_size=60))
def test_the_check_sum_is_the_documents(data: bytes) -> None:
    assert crc16(data) == crc_hqx(data, 0xFFFF)


@given(st.lists(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="*"), min_size=1)))
def test_good_lines_come_through_whatever_came_before(fields: list[str]) -> None:
    body = " ".join(["P", *fields])
    if len(body) > 120:
        return
    reader = LineReader()
    heard = [reader.feed(byte) for byte in b"x" * 300 + b"\n\n" + line(body)]
    assert heard[-1] == ["P", *fields]
    assert reader.errors == 1


@given(st.binary(max_size=300))
def test_no_noise_is_taken_for_a_line(noise: bytes) -> None:
    reader = LineReader()
    assert not any(reader.feed(byte) for byte in noise + b"\n")
    assert reader.errors == sum(1 for part in (noise + b"\n").split(b"\n") if part)


class Words:
    """A capture counter that started at `start_us` of the clock and is fed by the test."""

    def __init__(self, start_us: int) -> None:
        self._start_us = start_us
        self._words: deque[int] = deque()
        self.lost = False

    def edge(self, t_us: int, level: int) -> None:
        counts = t_us - self._start_us + 1
        self._words.append(((0xFFFFFFFF - counts) & 0x7FFFFFFF) << 1 | level)

    def waiting(self) -> int:
        return len(self._words)

    def get(self) -> int:
        return self._words.popleft()

    def overflowed(self) -> bool:
        lost, self.lost = self.lost, False
        return lost


@given(st.integers(0, 2**45), st.lists(st.integers(20, 2**33), min_size=1, max_size=40))
def test_edges_keep_their_time_through_every_wrap_of_the_counter(start_us: int, gaps: list[int]) -> None:
    words, timer = Words(start_us), Timer(start_us)
    channel = Channel(words, Clock64(timer, RP2040_TIMER), start_us)
    for n, gap in enumerate(gaps):
        for _ in range(gap // 2**30):  # the firmware looks every millisecond; twice a wrap is enough
            timer.now_us += 2**30
            assert channel.next() is None
        t_us = timer.now_us + gap % 2**30
        timer.now_us = t_us + 9
        words.edge(t_us, 1 - n % 2)
        assert channel.next() == (1 - n % 2, t_us)
        assert channel.next() is None


@pytest.mark.parametrize("off_us", [-20, 20, 1000, 2**20])
def test_a_counter_that_contradicts_the_timer_is_not_believed(off_us: int) -> None:
    words, timer = Words(0), Timer(0)
    channel = Channel(words, Clock64(timer, RP2040_TIMER), 0)
    timer.now_us = 5_000_000
    assert channel.next() is None
    timer.now_us += 2
    words.edge(timer.now_us + off_us, 1)
    with pytest.raises(ClockLost):
        channel.next()


def test_a_line_that_is_low_at_the_start_did_not_fall() -> None:
    words, timer = Words(0), Timer(100)
    channel = Channel(words, Clock64(timer, RP2040_TIMER), 0)
    words.edge(1, 0)
    words.edge(50, 1)
    words.edge(90, 0)
    assert [channel.next(), channel.next(), channel.next()] == [(1, 50), (0, 90), None]


def phases(values: list[int]) -> Iterator[int]:
    return iter([*values, 0])


def test_each_flash_belongs_to_the_edge_a_phase_before_it() -> None:
    fed: list[tuple[int, int]] = []
    draws = phases([5000, 300, 17_000])
    flashes = Flashes(3000, lambda: next(draws), lambda phase, width: fed.append((phase, width)))
    assert fed == [(5000, 3000)]
    flashes.edge(7, 100_000)
    assert flashes.lamp(1, 105_001) is None
    assert fed == [(5000, 3000), (300, 3000)], "the next is there before the next edge"
    assert flashes.lamp(0, 108_001) == (7, 105_001, 3000)
    flashes.edge(8, 116_667)
    flashes.edge(9, 133_333)
    assert flashes.lamp(1, 133_633) is None
    assert flashes.lamp(0, 136_633) == (9, 133_633, 3000)


def test_a_flash_whose_edge_was_lost_is_not_told() -> None:
    draws = phases([5000, 5000])
    flashes = Flashes(3000, lambda: next(draws), lambda phase, width: None)
    flashes.edge(7, 100_000)
    assert flashes.lamp(1, 121_667) is None
    assert flashes.lamp(0, 124_667) is None
    flashes.edge(9, 133_333)
    assert flashes.lamp(1, 138_333) is None
    assert flashes.lamp(0, 141_333) == (9, 138_333, 3000)


@given(st.integers(100, 240_000))
def test_a_period_is_the_nearest_whole_number_of_cycles(rate_mhz: int) -> None:
    for clock_hz in (125_000_000, 150_000_000):
        assert abs(period_cycles(clock_hz, rate_mhz) * rate_mhz - clock_hz * 1000) <= rate_mhz / 2
        assert period_cycles(clock_hz, rate_mhz) < 2**32
    assert (period_cycles(125_000_000, 60_000), period_cycles(150_000_000, 60_000)) == (2_083_333, 2_500_000)
