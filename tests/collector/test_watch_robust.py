"""Whatever the rows hold and however they come, the watch goes on: nothing raises, and its figures are JSON."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.selftest.watch import Watch
from hardware import rows
from tests.collector.watch_streams import JOINTS, MS, SECOND, START_NS, Rows, Streams, feed, rig

TYPES = {
    "trigger": rows.EDGE,
    "cameras/front": rows.FRAME,
    "cameras/side": rows.FRAME,
    "leaders/right": rows.leader_row(JOINTS),
    "arms/right": rows.arm_row(JOINTS),
}
NUMBERS = st.one_of(st.integers(-5, 5), st.integers(0, 2**40), st.integers(-(2**52), 2**52))


@st.composite
def garbage(draw: st.DrawFn) -> tuple[str, Rows]:
    stream = draw(st.sampled_from(sorted(TYPES)))
    count = draw(st.integers(0, 5))
    found = np.zeros(count, TYPES[stream])
    for key in found.dtype.names or ():
        if found[key].dtype.kind == "i":
            drawn = draw(st.lists(NUMBERS, min_size=count, max_size=count))
            found[key] = np.array(drawn).astype(found[key].dtype).reshape(count, *[1] * (found[key].ndim - 1))
    if "rising" in (found.dtype.names or ()):
        found["rising"] = 1
    return stream, found


@settings(max_examples=50)
@given(st.lists(garbage(), max_size=12), st.integers(0, 2**50))
def test_any_rows(fed: list[tuple[str, Rows]], now: int) -> None:
    watch = Watch(rig())
    for stream, found in fed:
        watch.feed(stream, found)
        watch.take(now)
    json.dumps(watch.status(now), allow_nan=False)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5), st.sampled_from([1, 40, 400]))
def test_rows_in_any_order_and_as_late_as_they_like(seed: int, shuffled: float, late_ms: int) -> None:
    rng = np.random.default_rng(seed)
    streams = Streams(seed, 1.5)
    for stream, found in streams.rows.items():
        found["t_arrival_ns"] += (rng.exponential(late_ms, len(found)) * (rng.random(len(found)) < shuffled)).astype(
            np.int64
        ) * MS
        streams.rows[stream] = found[rng.permutation(len(found))] if shuffled > 0.25 else found
    watch = Watch(rig())
    feed(watch, streams.rows, streams.end_ns)
    json.dumps(watch.status(streams.end_ns + SECOND), allow_nan=False)


@settings(max_examples=10)
@given(st.sampled_from([10 * MS, 50 * MS, 300 * MS, 900 * MS]), st.integers(0, 10_000))
def test_a_clean_rig_is_clean_however_seldom_it_is_looked_at(step: int, seed: int) -> None:
    streams = Streams(seed, 4)
    assert feed(Watch(rig()), streams.rows, START_NS + 4 * SECOND, step) == []
