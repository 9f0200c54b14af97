"""The serial driver against the virtual box."""

from pathlib import Path

import numpy as np
import pytest

from hardware.clock.hull import stamp_two_sided
from hardware.interfaces import DeviceLost, DeviceRefused, DeviceTimeout
from hardware.rows import PING
from hardware.samples import TimeSource
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
        after = hear(box, 20, errors=1)
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
        far_end.world.inject("box_silent", "trigger")
        (silent,) = hear(box, errors=1).errors
        far_end.world.clear_faults()
        (lost,) = hear(box, 5, errors=1).errors
        assert not hear(box, 5).errors
        box.close()
    assert isinstance(silent, DeviceTimeout)
    assert "silent" in str(silent)
    assert "edges were lost" in str(lost)


def test_a_box_that_reset_is_named_once_set_up_as_it_was_and_its_clock_tied_anew(tmp_path: Path) -> None:
    with bench(truth_dir=tmp_path) as far_end:
        far_end.start_cameras()
        box = far_end.open()
        box.start()
        hear(box, 10)
        far_end.world.inject("box_reset", "trigger")
        heard = hear(box, 20)
        box.close()
    (error,) = heard.errors
    assert "restarted" in str(error)
    assert error.device == "trigger"
    stamps = [edge.stamp for edge in heard.edges]
    new = stamps[int(np.argmin([s.ticks for s in stamps])) :]
    assert len(new) > 5
    assert [s.seq for s in new] == list(range(len(new)))
    assert all(s.source is TimeSource.DEVICE for s in new)
    assert np.median(np.diff([s.t_ns for s in new])) == pytest.approx(1e9 / 60, rel=1e-2)


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
        first._present().close()  # as if the program had been killed
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
