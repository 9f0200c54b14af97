"""The scene renderer's process: each camera's picture at the true middle of its exposure."""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

import cv2
import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.config import RigConfig
from hardware.samples import monotonic_ns
from hardware.virtual.board import Boards
from hardware.virtual.film_strip import SLOTS, FilmStrip
from hardware.virtual.led import Flashes
from hardware.virtual.scene import Scene
from hardware.virtual.scene_paint import Picture, Region
from hardware.virtual.sync_line import SyncLine
from hardware.virtual.world import FollowerState, World, seed_for

_SETTLE_NS = 3_500_000  # by then the robot's far end has published its state of the instant
_LED_NOISE = 0.03  # standard deviation a frame, as a share of the glow
_IDLE_NS = 4_000_000  # cameras ask a period ahead, so looking this often misses nothing


class Renderer(Protocol):
    """What draws one camera's view; hardware.virtual.scene.Scene is the real one."""

    def render(
        self,
        picture: Picture,
        stale: Region | None,
        states: Mapping[str, FollowerState],
        led: float,
        board: Matrix | None,
    ) -> Region:
        """Paint `picture`, (H, W, 3) RGB; returns the region to give as `stale` when it is painted anew.

        `states`: of the followers that have told any, by name.
        `led`: how bright the box's LED is, 0 dark .. 1 lit all through the exposure, and noise on it.
        `board`: T_world_board (4, 4) of the second board, if somebody has it.
        """
        ...


def serve_scene(rig: RigConfig, world: World, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Render for every camera of the rig until `stop`. On no wire, so its endpoint is empty."""
    cv2.setNumThreads(1)  # for pictures this small, waking a second thread costs more than it saves
    develop(rig, world, {name: Scene(rig, name) for name in rig.cameras}, ready, stop)


def develop(
    rig: RigConfig,
    world: World,
    renderers: Mapping[str, Renderer],
    ready: Callable[[str], None],
    stop: threading.Event,
) -> None:
    """Serve the strips of the cameras in `renderers`, oldest picture first, until `stop`."""
    cameras = {name: rig.cameras[name] for name in renderers}
    boards = Boards.of(rig, world)
    flashes = Flashes(world, SyncLine(rig, world))
    noise = np.random.default_rng(seed_for(world.config, "scene/led"))
    strips = {n: FilmStrip.create(world.name, n, c.height, c.width) for n, c in cameras.items()}
    stale: dict[str, list[Region | None]] = {name: [None] * SLOTS for name in strips}
    ready("")
    try:
        while not stop.is_set():
            waiting = [(t, name, slot, exposure) for name, s in strips.items() for slot, t, exposure in s.pending()]
            t_ns, name, slot, exposure_ns = min(waiting, default=(0, "", 0, 0))
            wait_ns = t_ns + _SETTLE_NS - monotonic_ns() if waiting else _IDLE_NS
            if wait_ns > 0:
                stop.wait(min(wait_ns, _IDLE_NS) * 1e-9)
                continue
            known = {follower.name: world.state_at(follower.name, t_ns) for follower in world.followers}
            states = {follower: state for follower, state in known.items() if state is not None}
            led = flashes.share_lit(t_ns - exposure_ns // 2, t_ns + exposure_ns // 2)
            if world.fault("led_dark", name, t_ns):
                led = 0.0
            led += _LED_NOISE * noise.standard_normal()
            before = stale[name][slot]
            board = boards.at(t_ns, states)
            stale[name][slot] = renderers[name].render(strips[name].pixels(slot), before, states, led, board)
            strips[name].deliver(slot, t_ns)
    finally:
        for strip in strips.values():
            strip.close(unlink=True)
