import os
import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hardware.samples import monotonic_ns
from hardware.virtual.film import develop, led_shows
from hardware.virtual.film_strip import SLOTS, FilmStrip
from hardware.virtual.scene_paint import Picture, Region
from hardware.virtual.sync_line import SyncLine
from hardware.virtual.world import FollowerState, World
from hardware.virtual_config import VirtualConfig
from tests.virtual_cameras import HEIGHT, WIDTH, camera_config, make_rig

WORLD = f"test-{os.getpid()}"  # shared memory is the whole machine's
RIG = make_rig(front=camera_config("1001", "master"))


class Gauge:
    """A picture of a follower's opening: 1000 times its metres, in every pixel."""

    def render(self, picture: Picture, stale: Region | None, state: FollowerState | None, led: bool) -> Region:
        picture[:] = 255 if state is None else round(state.width * 1000)
        return slice(0, HEIGHT), slice(0, WIDTH)


def test_pictures_show_the_instants_asked_for() -> None:
    world = World.create(VirtualConfig(), ("right",))
    now = monotonic_ns()
    for ms in range(200):  # the hand opens by 1 mm a millisecond
        state = FollowerState(now + ms * 1_000_000, np.zeros(7), ms * 1e-3, np.zeros(3))
        world.publish("right", state)
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
            slot = strip.request(t)
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
        slot = strip.request(111)
        others = [strip.request(200 + t) for t in range(SLOTS)]
        assert others[-1] == slot  # round the strip: the first slot is asked anew
        strip.deliver(slot, 111)
        assert strip.picture(slot, 200 + SLOTS - 1) is None
        assert (slot, 200 + SLOTS - 1) in list(strip.pending())
    finally:
        strip.close(unlink=True)


def test_renderer_that_comes_back_takes_the_strip_up_again() -> None:
    killed = FilmStrip.create(WORLD, "again", 4, 6)
    camera = FilmStrip.attach(WORLD, "again", 4, 6)
    second = FilmStrip.create(WORLD, "again", 4, 6)
    slot = camera.request(7)
    second.pixels(slot)[:] = 9
    second.deliver(slot, 7)
    picture = camera.picture(slot, 7)
    assert picture is not None
    assert (picture == 9).all()
    del picture
    for strip in (killed, camera):
        strip.close()
    second.close(unlink=True)


@given(
    phase=st.integers(0, 16_000_000),
    width=st.integers(1, 5_000_000),
    k=st.integers(0, 100),
    after=st.integers(0, 16_000_000),
)
def test_led_shows_when_a_flash_meets_an_exposure(phase: int, width: int, k: int, after: int) -> None:
    exposure = 4_000_000
    world = World.create(VirtualConfig(), ())
    world.start_sync_line(world.epoch_ns)
    line = SyncLine(RIG, world)
    mid = line.edge_ns(k) + after
    flashes = [line.edge_ns(i) + phase for i in range(max(0, k - 3), k + 4)]
    meets = any(on < mid + exposure // 2 and on + width > mid - exposure // 2 for on in flashes)
    assert led_shows(line, (phase, width), mid, exposure) == meets
    assert not led_shows(line, (phase, 0), mid, exposure)
    world.close(unlink=True)
