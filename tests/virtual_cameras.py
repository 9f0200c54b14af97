"""Virtual cameras for tests: world, renderer (in a thread, with pictures of the test's own) and bus."""

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.cameras.realsense import RealSenseCamera
from hardware.config import RealSenseConfig, RigConfig, SerialBoxConfig
from hardware.virtual.cameras import VirtualCameras, add_virtual_cameras
from hardware.virtual.film import develop
from hardware.virtual.scene_paint import Picture, Region
from hardware.virtual.world import FollowerState, World
from hardware.virtual_config import VirtualConfig

WIDTH, HEIGHT = 424, 240


def camera_config(serial: str, sync: str = "slave", **changes: object) -> RealSenseConfig:
    values = {"serial": serial, "sync": sync, "width": WIDTH, "height": HEIGHT, **changes}
    return RealSenseConfig.model_validate(values)


def make_rig(virtual: VirtualConfig | None = None, /, **cameras: RealSenseConfig) -> RigConfig:
    """A rig of cameras alone; by default a master `front` and a slave `side`."""
    cameras = cameras or {"front": camera_config("1001", "master"), "side": camera_config("1002")}
    masters = [c for c in cameras.values() if c.sync == "master"]
    return RigConfig(
        name="test",
        trigger=SerialBoxConfig(port="virtual", mode="listen" if masters else "drive"),
        cameras=cameras,
        leaders={},
        followers={},
        virtual=virtual or VirtualConfig(),
    )


class Noise:
    """Pictures that differ from one to the next: noise with the count of pictures in its corner."""

    def __init__(self, config: RealSenseConfig) -> None:
        rng = np.random.default_rng(int(config.serial))
        self.shape = (config.height, config.width, 3)
        self._picture = rng.integers(0, 256, self.shape, dtype=np.uint8)
        self.rendered: list[NDArray[np.uint8]] = []

    def render(
        self,
        picture: Picture,
        stale: Region | None,
        states: Mapping[str, FollowerState],
        led: float,
        board: Matrix | None,
    ) -> Region:
        self._picture[0, 0] = np.frombuffer(len(self.rendered).to_bytes(3), np.uint8)
        self.rendered.append(self._picture.copy())
        picture[:] = self._picture
        return slice(0, self.shape[0]), slice(0, self.shape[1])


@dataclass(frozen=True)
class Studio:
    """What a test gets."""

    rig: RigConfig
    world: World
    bus: VirtualCameras
    pictures: dict[str, Noise]

    def open(self, name: str) -> RealSenseCamera:
        return RealSenseCamera(name, self.rig.cameras[name], self.bus.context)


@contextmanager
def studio(rig: RigConfig) -> Generator[Studio]:
    """Everything but the driver; ends without a thread or a block of shared memory left."""
    assert rig.virtual is not None
    world = World.create(rig.virtual, ())
    pictures = {name: Noise(config) for name, config in rig.cameras.items()}
    ready, stop = threading.Event(), threading.Event()
    renderer = threading.Thread(target=lambda: develop(rig, world, pictures, lambda _endpoint: ready.set(), stop))
    renderer.start()
    try:
        assert ready.wait(10)
        bus = add_virtual_cameras(rig, tuple(rig.cameras), world)
        try:
            yield Studio(rig, world, bus, pictures)
        finally:
            bus.close()
    finally:
        stop.set()
        renderer.join()
        world.close(unlink=True)
