import os
import threading
from collections.abc import Mapping

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.samples import monotonic_ns
from hardware.virtual.film import develop
from hardware.virtual.film_strip import SLOTS, FilmStrip
from hardware.virtual.scene_paint import Picture, Region
from hardware.virtual.world import Follower, FollowerState, World
from hardware.virtual_config import VirtualConfig
from tests.virtual_cameras import HEIGHT, WIDTH, camera_config, make_rig

WORLD = f"test-{os.getpid()}"  # shared memory is the whole machine's
RIG = make_rig(front=camera_config("1001", "master"))


class Gauge:
    """A picture of the followers' openings: 1000 times their sum in metres, in every pixel."""

    def render(
        self,
        picture: Picture,
        stale: Region | None,
        states: Mapping[str, FollowerState],
        led: float,
        board: Matrix | None,
    ) -> Region:
        picture[:] = round(sum(state.width for state in states.values()) * 1000)
        return slice(0, HEIGHT), slice(0, WIDTH)


def test_pictures_show_the_instants_asked_for() -> None:
    followers = tuple(Follower(name, "viperx300s", name) for name in ("right", "left", "silent"))
    world = World.create(VirtualConfig(), followers)
    now = monotonic_ns()
    for ms in range(200):  # the hands open by 1 mm a millisecond
        for name, share in (("right", 0.75), ("left", 0.25)):
            world.publish(name, FollowerState(now + ms * 1_000_000, np.zeros(6), share * ms * 1e-3, np.zeros(3)))
    ready, stop = threading.Event(), threading.Event()
    renderer = threading.Thread(
        target=lambda: develop(RIG, world, {"front": Gauge()}, lambda _endpoint: ready.set(), stop)
    )
    renderer.start()
    assert ready.wait(10)
    strip = FilmStrip.attach(world.name, "front", HEIGHT, WIDTH)
    try:
        for ms in (5, 60, 61, 62, 120, 150):
            t = now + ms * 1_000_000
            slot = strip.request(t, 4_000_000)
            while (picture := strip.picture(slot, t)) is None:
                threading.Event().wait(0.001)
            assert (picture == ms).all()
    finally:
        strip.close()
        stop.set()
        renderer.join()
        world.close(unlink=True)


def test_slot_waits_for_the_picture_asked_last() -> None:
    strip = FilmStrip.create(WORLD, "waits", 4, 6)
    try:
        slot = strip.request(111, 50)
        others = [strip.request(200 + t, 50) for t in range(SLOTS)]
        assert others[-1] == slot  # round the strip: the first slot is asked anew
        strip.deliver(slot, 111)
        assert strip.picture(slot, 200 + SLOTS - 1) is None
        assert (slot, 200 + SLOTS - 1, 50) in list(strip.pending())
    finally:
        strip.close(unlink=True)


def test_renderer_that_comes_back_takes_the_strip_up_again() -> None:
    killed = FilmStrip.create(WORLD, "again", 4, 6)
    camera = FilmStrip.attach(WORLD, "again", 4, 6)
    second = FilmStrip.create(WORLD, "again", 4, 6)
    slot = camera.request(7, 50)
    second.pixels(slot)[:] = 9
    second.deliver(slot, 7)
    picture = camera.picture(slot, 7)
    assert picture is not None
    assert (picture == 9).all()
    del picture
    for strip in (killed, camera):
        strip.close()
    second.close(unlink=True)
