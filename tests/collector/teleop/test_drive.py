from math import hypot, inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.teleop.drive import STALE_NS, STOP_S, Allowed, Drive, Told
from hardware.config import DynamixelBaseConfig, WheelConfig

MS = 1_000_000
PERIOD = 20 * MS
BOTH, KEYS, NOBODY = Allowed(True, True), Allowed(False, True), Allowed(False, False)
WHEELS = [WheelConfig(id=i + 1, at_m=at, radius_m=0.08) for i, at in enumerate([(0.0, 0.2), (0.0, -0.2), (0.2, 0.0)])]
TOLERANCE = 1e-9


def base(*axes: str) -> DynamixelBaseConfig:
    return DynamixelBaseConfig.model_validate(
        {"port": "virtual", "wheels": WHEELS, "axes": axes or ("vx", "wz"), "speed": 0.5, "turn": 1.0}
    )


class Bed:
    """A drive that is asked every 20 ms; the stick is read anew each time."""

    def __init__(self, config: DynamixelBaseConfig | None = None) -> None:
        self.drive, self.now = Drive(config or base()), 10**12

    def go(self, seconds: float, stick: tuple[float, float] | None = None, allowed: Allowed = BOTH) -> list[Told]:
        told: list[Told] = []
        for _ in range(round(seconds * 50)):
            self.now += PERIOD
            if stick is not None:
                self.drive.on_stick(self.now - MS, *stick)
            told.append(self.drive.update(self.now, allowed))
        return told

    def ready(self) -> "Bed":
        self.go(0.1, (0.0, 0.0))
        return self


def test_full_stick_is_full_speed_and_a_let_go_stick_is_rest() -> None:
    bed = Bed().ready()
    fast = bed.go(1.5, (1.0, 0.5))[-1]
    assert fast.sent[[0, 2]] == pytest.approx([0.5, 0.5])
    assert np.isnan(fast.sent[1])
    assert bed.go(1.0, (0.0, 0.0))[-1].sent[[0, 2]] == pytest.approx([0.0, 0.0])


def test_keys_beat_the_stick_and_count_for_their_time_only() -> None:
    bed = Bed().ready()
    bed.drive.on_keys(bed.now, -0.2, 0.0, 0.0)
    assert bed.go(0.3, (1.0, 0.0))[-1].sent[0] == pytest.approx(-0.2)
    assert bed.go(2.0, (1.0, 0.0))[-1].sent[0] == pytest.approx(0.5)


def test_it_rests_within_0_3_s_when_the_stick_falls_silent() -> None:
    bed = Bed().ready()
    bed.go(1.5, (1.0, 1.0))
    bed.go(STALE_NS * 1e-9 + 0.02)
    silent = bed.go(0.3)
    assert not bed.drive.moving
    assert "stale" in silent[-1].reason


@pytest.mark.parametrize("allowed", [NOBODY, KEYS])
def test_the_stick_moves_nothing_unless_the_arms_follow(allowed: Allowed) -> None:
    bed = Bed().ready()
    told = bed.go(0.5, (1.0, 0.0), allowed)
    assert all(not t.sent[[0, 2]].any() for t in told)
    assert told[-1].requested[0] == pytest.approx(0.5)
    assert told[-1].reason


def test_keys_drive_while_the_arms_are_idle() -> None:
    bed = Bed()
    bed.go(0.1, allowed=KEYS)
    bed.drive.on_keys(bed.now, 0.3, 0.0, 0.0)
    assert bed.go(0.36, allowed=KEYS)[-1].sent[0] == pytest.approx(0.3)


def test_a_stick_that_is_held_while_the_arms_engage_does_not_start_the_base() -> None:
    bed = Bed()
    bed.go(0.5, (1.0, 0.0), NOBODY)
    waiting = bed.go(0.5, (1.0, 0.0), BOTH)[-1]
    assert not bed.drive.moving
    assert "let go" in waiting.reason
    bed.go(0.1, (0.0, 0.0))
    bed.go(0.1, (1.0, 0.0))
    assert bed.drive.moving


@pytest.mark.parametrize("what", ["halt", "halted"])
def test_after_a_halt_the_stick_must_be_let_go_first(what: str) -> None:
    bed = Bed().ready()
    bed.go(1.0, (1.0, 0.0))
    getattr(bed.drive, what)()
    bed.go(0.3, (1.0, 0.0))
    assert not bed.drive.moving
    bed.go(0.1, (0.0, 0.0))
    bed.go(0.1, (1.0, 0.0))
    assert bed.drive.moving


def test_wheels_that_stopped_by_themselves_begin_again_from_rest() -> None:
    bed = Bed().ready()
    bed.go(1.0, (1.0, 0.0))
    bed.drive.halted()
    assert bed.go(0.02, (1.0, 0.0))[-1].sent[0] == pytest.approx(0.0)


numbers = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([nan, inf, -inf, 0.0, 1.0, -1.0])
moments = st.tuples(
    st.integers(-500 * MS, 900 * MS),  # time gone since the last cycle; clocks of the readers may even go back
    st.none() | st.tuples(st.integers(0, 300 * MS), numbers, numbers),
    st.none() | st.tuples(numbers, numbers, numbers),
    st.sampled_from([BOTH, KEYS, NOBODY]),
    st.sampled_from(["", "", "", "halt"]),
)


@given(st.lists(moments, max_size=60), st.sampled_from([("vx", "wz"), ("vx", "vy", "wz"), ("vx",)]))
def test_speed_and_its_change_stay_within_the_limits_whatever_comes(
    stream: list[tuple[int, tuple[int, float, float] | None, tuple[float, float, float] | None, Allowed, str]],
    axes: tuple[str, ...],
) -> None:
    config = base(*axes)
    drive, now, before = Drive(config), 10**12, np.zeros(3)
    drive.update(now, BOTH)
    hardest = max(config.acceleration, config.speed / STOP_S), max(config.acceleration, config.turn / STOP_S)
    for gone, stick, keys, allowed, verb in stream:
        now += gone
        if stick is not None:
            drive.on_stick(now - stick[0], *stick[1:])
        if keys is not None:
            drive.on_keys(now, *keys)
        if verb:
            drive.halt()
        told = drive.update(now, allowed)
        sent = np.nan_to_num(told.sent)
        vx, vy, wz = (sent - before).tolist()
        seconds = min(max(gone, 0) * 1e-9, 0.04)
        stopping = bool(told.reason) or not np.nan_to_num(told.requested).any()
        assert hypot(vx, vy) <= (hardest[0] if stopping else config.acceleration) * seconds + TOLERANCE
        assert abs(wz) <= (hardest[1] if stopping else config.acceleration) * seconds + TOLERANCE
        assert hypot(sent[0], sent[1]) <= config.speed + TOLERANCE
        assert abs(sent[2]) <= config.turn + TOLERANCE
        assert [np.isnan(v) for v in told.sent] == [axis not in axes for axis in ("vx", "vy", "wz")]
        before = sent
    for _ in range(round((max(STALE_NS * 1e-9, config.keys_ms * 1e-3) + 0.3) * 50)):
        now += PERIOD
        drive.update(now, BOTH)
    assert not drive.moving
