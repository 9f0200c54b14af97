"""However frames come and go: each is handed on once, in order, or counted; no more wait than may."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.processes.capture_limits import why_failed
from collector.processes.capture_pictures import Pictures
from hardware.config import RecordingConfig
from hardware.rows import FRAME

EVENTS = st.one_of(
    st.integers(0, 3).map(lambda lost: ("frame", lost)), st.sampled_from([("drain", 0), ("pause", 0), ("go on", 0)])
)


@given(events=st.lists(EVENTS, max_size=60), capacity=st.integers(1, 5))
def test_every_frame_is_handed_on_or_counted(events: list[tuple[str, int]], capacity: int) -> None:
    pictures = Pictures(capacity)
    came, accepted, drained, lost, run, worst = 0, list[int](), list[int](), 0, 0, 0
    for kind, count in events:
        match kind:
            case "frame":
                lost += count
                if pictures.accepts(count):
                    row = np.zeros(1, FRAME)
                    row["seq"] = came
                    pictures.put(row, b"")
                    accepted.append(came)
                    worst, run = max(worst, run + count), 0
                elif not pictures.paused:
                    run += count + 1
                    worst = max(worst, run)
                came += 1
            case "drain":
                drained += [int(row["seq"][0]) for row, _ in pictures.drain()]
            case _:
                pictures.paused = kind == "pause"
        assert pictures.waiting <= pictures.peak <= capacity
    drained += [int(row["seq"][0]) for row, _ in pictures.drain()]
    assert drained == accepted
    assert (pictures.offered, pictures.lost) == (came, lost)
    assert len(drained) + pictures.dropped + pictures.skipped == came
    assert pictures.worst_in_a_row == worst


def test_a_camera_within_its_limits_is_no_reason_to_end_a_take() -> None:
    pictures = Pictures(10)
    pictures.accepts(6)  # of 600 in ten seconds
    limits = RecordingConfig(drop_budget=0.01, drops_in_a_row=6)
    assert why_failed("front", pictures, 60, limits) == ""
    pictures.accepts(1)
    assert "7 of 600 frames, over recording.drop_budget 0.01" in why_failed("front", pictures, 60, limits)
