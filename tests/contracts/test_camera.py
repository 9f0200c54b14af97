"""What any driver of a camera must do (hardware.interfaces.Camera). A new driver adds a factory."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest

from hardware.interfaces import Camera, DeviceTimeout
from hardware.samples import Frame, TimeSource, monotonic_ns
from tests.virtual_cameras import HEIGHT, WIDTH, camera_config, make_rig, studio

Factory = Callable[[], AbstractContextManager[Camera]]
TIMEOUT_S = 10.0


@contextmanager
def realsense_master() -> Generator[Camera]:
    with studio(make_rig(front=camera_config("1001", "master"))) as rig:
        yield rig.open("front")


@contextmanager
def realsense_off() -> Generator[Camera]:
    with studio(make_rig(front=camera_config("1001", "off"))) as rig:
        yield rig.open("front")


@contextmanager
def realsense_genlock() -> Generator[Camera]:
    rig = make_rig(front=camera_config("1001", "off"))
    trigger = rig.trigger.model_copy(update={"rate_hz": 30.0})
    rig = rig.model_copy(update={"trigger": trigger, "cameras": {"front": camera_config("1001", "genlock")}})
    with studio(rig) as running:
        running.world.start_sync_line(monotonic_ns())
        yield running.open("front")


@pytest.fixture(params=[realsense_master, realsense_off, realsense_genlock], ids=lambda f: f.__name__)
def camera(request: pytest.FixtureRequest) -> Iterator[Camera]:
    factory: Factory = request.param
    with factory() as camera:
        yield camera
        camera.close()


def read(camera: Camera, n: int) -> list[Frame]:
    return [camera.read(TIMEOUT_S) for _ in range(n)]


def test_says_what_it_is_before_it_streams(camera: Camera) -> None:
    info = camera.info()
    assert info.name == "front"
    assert info.driver
    assert info.model
    assert info.serial
    assert info.firmware
    assert info.options["sync_class"] in ("triggered", "slaved", "timestamped")


def test_gives_whole_pictures_in_the_order_they_were_taken(camera: Camera) -> None:
    camera.start()
    frames = read(camera, 15)
    assert {f.camera for f in frames} == {"front"}
    assert {f.color.shape for f in frames} == {(HEIGHT, WIDTH, 3)}
    assert {f.color.dtype for f in frames} == {np.dtype(np.uint8)}
    seqs = [f.stamp.seq for f in frames]
    assert len(frames) + camera.lost == seqs[-1] - seqs[0] + 1
    for field in ("seq", "ticks", "t_ns", "t_arrival_ns"):
        values = [getattr(f.stamp, field) for f in frames]
        assert values == sorted(set(values)), field


def test_stamps_lie_before_arrival_and_have_a_bound(camera: Camera) -> None:
    camera.start()
    before = monotonic_ns()
    frames = read(camera, 15)
    for frame in frames:
        assert frame.stamp.u_ns > 0
        assert frame.stamp.t_ns < frame.stamp.t_arrival_ns
        assert before < frame.stamp.t_arrival_ns <= monotonic_ns()
        assert frame.stamp.source in (TimeSource.DEVICE, TimeSource.MID_EXPOSURE)
        assert frame.exposure_us == 4000


def test_pictures_belong_to_the_reader(camera: Camera) -> None:
    camera.start()
    kept = camera.read(TIMEOUT_S)
    copy = kept.color.copy()
    read(camera, 25)
    assert kept.color.flags.owndata
    assert kept.color.flags.c_contiguous
    assert (kept.color == copy).all()


def test_times_out_when_nothing_comes(camera: Camera) -> None:
    with pytest.raises(DeviceTimeout, match=r"front"):
        camera.read(0.02)


def test_can_be_stopped_and_started_again(camera: Camera) -> None:
    camera.start()
    first = read(camera, 3)
    camera.close()
    camera.close()
    camera.start()
    second = read(camera, 3)
    assert second[0].stamp.t_ns > first[-1].stamp.t_ns
