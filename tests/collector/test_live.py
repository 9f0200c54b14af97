"""Looking at a rig from outside: what is seen, how old it may be, and that a looker's end changes nothing."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.links import Ring, RingReader, RingWriter, look_row, preview_row
from collector.live import Live
from hardware import rows
from hardware.samples import monotonic_ns

LOOKER = """
import json, sys, time
from collector.live import Live
live = Live(json.loads(sys.argv[1]))
print(live.picture("front").rgb.shape, flush=True)
time.sleep(60 if sys.argv[2] == "stay" else 0)
"""


class Rig:
    """The daemon's side: memory, and its writers."""

    def __init__(self) -> None:
        self.rings = {
            "previews/front": Ring(preview_row(64, 48), 4),
            "looks/front": Ring(look_row(128, 96), 4),
            "arms/right": Ring(rows.arm_row(7), 8),
        }
        self.writers = {name: RingWriter(ring.address) for name, ring in self.rings.items()}

    @property
    def links(self) -> dict[str, Any]:
        """As the daemon answers."""
        return json.loads(json.dumps({name: asdict(ring.address) for name, ring in self.rings.items()}))

    def expose(self, t_ns: int, grey: int) -> None:
        self.writers["previews/front"].write((t_ns, grey, np.full((48, 64, 3), grey, np.uint8)))

    def show(self, t_ns: int, grey: int) -> None:
        self.writers["looks/front"].write((t_ns, grey, np.full((96, 128, 3), grey, np.uint8)))

    def move(self, t_ns: int, q: float, force: float = 3.0) -> None:
        stamp = (t_ns, 0, 0, t_ns, 0)
        self.writers["arms/right"].write((*stamp, q, q, 0.0, 0.0, force, force, 0.0, 1.0))

    def close(self) -> None:
        for end in (*self.writers.values(), *self.rings.values()):
            end.close()


@pytest.fixture
def daemon() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


@pytest.fixture
def live(daemon: Rig) -> Iterator[Live]:
    live = Live(daemon.links)
    yield live
    live.close()


def test_the_newest_picture_is_seen_with_its_instant(daemon: Rig, live: Live) -> None:
    assert live.picture("front") is None
    daemon.expose(100, 7)
    daemon.expose(200, 9)
    picture = live.picture("front")
    assert picture is not None
    assert picture.t_ns == 200
    assert picture.rgb.shape == (48, 64, 3)
    assert (picture.rgb == 9).all()


def test_a_picture_that_was_taken_stays_as_it_is_when_newer_ones_come(daemon: Rig, live: Live) -> None:
    daemon.expose(1, 1)
    first = live.picture("front")
    assert first is not None
    for grey in range(2, 20):
        daemon.expose(grey, grey)
    assert (first.rgb == 1).all()


def test_whole_pictures_are_seen_when_they_are_shown(daemon: Rig, live: Live) -> None:
    daemon.expose(100, 7)
    assert live.look("front") is None
    daemon.show(100, 7)
    whole = live.look("front")
    assert whole is not None
    assert (whole.t_ns, whole.rgb.shape) == (100, (96, 128, 3))
    assert (whole.rgb == 7).all()
    assert live.look("top") is None


def test_where_an_arm_is_comes_with_its_instant(daemon: Rig, live: Live) -> None:
    assert live.arm("right") is None
    now_ns = monotonic_ns()
    daemon.move(now_ns, 0.5)
    arm = live.arm("right")
    assert arm is not None
    assert (int(arm["t_ns"]), arm["q"].tolist(), arm["O_T_EE"].shape) == (now_ns, [0.5] * 7, (16,))
    daemon.move(now_ns - 600_000_000, 0.5)
    assert live.arm("right") is None
    assert live.arm("left") is None


def test_joints_and_wrench_are_those_of_this_moment(daemon: Rig, live: Live) -> None:
    daemon.move(monotonic_ns(), 0.5)
    joints, wrench = live.joints("right"), live.wrench("right")
    assert joints is not None
    assert wrench is not None
    assert joints.tolist() == [0.5] * 7
    assert wrench.tolist() == [3.0] * 6


def test_an_arm_that_fell_silent_has_no_joints(daemon: Rig, live: Live) -> None:
    daemon.move(monotonic_ns() - 600_000_000, 0.5)
    assert live.joints("right") is None
    assert live.wrench("right") is None


def test_an_arm_that_does_not_measure_force_has_no_wrench(daemon: Rig, live: Live) -> None:
    daemon.move(monotonic_ns(), 0.5, force=float("nan"))
    assert live.joints("right") is not None
    assert live.wrench("right") is None


def test_what_the_rig_does_not_have_says_nothing(live: Live) -> None:
    assert live.cameras == ("front",)
    assert live.picture("top") is None
    assert live.wrench("left") is None


def test_nobody_can_write_into_the_daemons_memory_through_it(daemon: Rig, live: Live) -> None:
    daemon.expose(1, 1)
    live.picture("front")
    with pytest.raises(ValueError, match="read-only"):
        live._readers["previews/front"]._rows["seq"] = 5


def test_what_a_daemon_left_is_seen_until_the_next_ones_links_come(daemon: Rig) -> None:
    first = Rig()
    live = Live(first.links)
    first.expose(1, 1)
    assert live.picture("front") is not None
    late = Live(first.links)
    first.close()
    picture = live.picture("front")
    assert picture is not None
    assert picture.t_ns == 1
    assert late.picture("front") is None  # its memory went before it was looked at
    for looker in (live, late):
        looker.attach(daemon.links)
        daemon.expose(2, 2)
        picture = looker.picture("front")
        assert picture is not None
        assert picture.t_ns == 2
        looker.close()
        assert looker.picture("front") is None


@pytest.mark.parametrize("end", [0, signal.SIGKILL, signal.SIGTERM])
def test_the_rig_goes_on_when_a_looker_ends(daemon: Rig, end: int) -> None:
    daemon.expose(1, 1)
    told = [json.dumps(daemon.links), "stay" if end else "go"]
    looker = subprocess.Popen([sys.executable, "-c", LOOKER, *told], stdout=subprocess.PIPE, text=True)
    with looker:
        assert looker.stdout is not None
        assert looker.stdout.readline().strip() == "(48, 64, 3)"
        if end:
            looker.send_signal(end)
        assert looker.wait(30) == -end
    for ring in daemon.rings.values():
        assert (Path("/dev/shm") / ring.address.name).exists()
    reader = RingReader(daemon.rings["previews/front"].address)
    daemon.expose(2, 2)
    assert reader.drain()["t_ns"].tolist() == [2]
    reader.close()
