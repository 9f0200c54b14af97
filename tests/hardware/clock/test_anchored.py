"""The live box clock through resets: it says so, counts them, and its bound holds again at once."""

import numpy as np
import pytest

from hardware.clock.anchored import LATE_NS, AnchoredHull
from hardware.samples import ClockPing
from tests.hardware.clock.sim import as_ping
from tests.hardware.clock.wild import MS, box, box_clock

SECOND = 10**9


def steady(n: int, ticks_ns: int = 7 * SECOND) -> list[ClockPing]:
    sent = 10**12 + np.arange(n) * SECOND // 10
    ticks = ticks_ns + np.arange(n) * SECOND // 10
    return [
        ClockPing(i, s, t + 100_000, t + 130_000, s + 300_000)
        for i, (s, t) in enumerate(zip(sent.tolist(), ticks.tolist(), strict=True))
    ]


def test_the_live_bound_holds_before_and_after_every_reset() -> None:
    stamped = stepped = 0
    for seed in range(150):
        pings, edges, true = box(seed)
        reset_ns = box_clock(np.random.default_rng(seed)).reset_ns
        hull, tied_again = AnchoredHull(), False
        events = [(int(p["t_received_ns"]), 0, i) for i, p in enumerate(pings)]
        events += [(int(e["t_arrival_ns"]), 1, i) for i, e in enumerate(edges)]
        for arrival, is_edge, i in sorted(events):
            if not is_edge:
                hull.update(as_ping(pings[i]))
                tied_again = arrival >= reset_ns
                continue
            ticks = int(edges["ticks"][i])
            hull.heard(ticks, arrival)
            fit = hull.fit()
            # From a step to the next answer to a ping, only a step of seconds shows in an edge.
            if fit is None or (true[i] >= reset_ns) != tied_again:
                continue
            stamped += 1
            assert abs(fit.to_host_ns(ticks) - true[i]) <= fit.bound_ns(ticks)
        stepped += hull.steps > 0
    assert stamped > 20_000
    assert stepped > 30


@pytest.mark.parametrize("jump_ns", [-7 * SECOND - 100_000, -5 * MS, 5 * MS, 10**15])
def test_a_step_is_counted_told_and_survived(jump_ns: int) -> None:
    hull, pings = AnchoredHull(), steady(60)
    for ping in pings[:30]:
        assert hull.update(ping) is None
    moved = [ClockPing(p.seq, p.t_sent_ns, p.ticks_rx + jump_ns, p.ticks_tx + jump_ns, p.t_received_ns) for p in pings]
    step = hull.update(moved[30])
    assert step is not None and hull.steps == 1
    assert step.by_ns == pytest.approx(jump_ns, abs=MS)
    assert step.t_ns == pytest.approx(moved[30].t_sent_ns, abs=MS)
    for ping in moved[31:]:
        assert hull.update(ping) is None
    fit = hull.fit()
    assert fit is not None
    ticks = moved[-1].ticks_rx
    assert abs(fit.to_host_ns(ticks) - (moved[-1].t_sent_ns + 100_000)) <= fit.bound_ns(ticks)
    assert ("started anew" in str(step)) == (jump_ns < -SECOND)


def test_an_edge_of_a_box_that_restarted_is_noticed_before_it_is_stamped() -> None:
    hull = AnchoredHull()
    for ping in steady(30):
        hull.update(ping)
    now = 10**12 + 3 * SECOND
    assert hull.heard(10 * SECOND, now + 200_000) is None
    step = hull.heard(40_000, now + 300_000)
    assert step is not None and step.restarted and hull.steps == 1
    assert hull.fit() is None
    assert hull.heard(50_000, now + 400_000) is None


def test_an_edge_from_the_future_is_noticed_and_a_late_one_is_not() -> None:
    hull = AnchoredHull()
    for ping in steady(30):
        hull.update(ping)
    now = 10**12 + 3 * SECOND
    assert hull.heard(10 * SECOND - LATE_NS + 100 * MS, now) is None
    assert hull.heard(10 * SECOND + 50 * MS, now) is not None
