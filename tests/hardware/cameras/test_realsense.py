"""The production driver against the virtual cameras."""

import time
from pathlib import Path

import numpy as np
import pytest

from hardware.cameras.realsense import RealSenseCamera
from hardware.interfaces import DeviceLost
from hardware.samples import Frame, monotonic_ns
from hardware.virtual.sync_line import SyncLine
from hardware.virtual_config import VirtualCameraConfig, VirtualConfig
from tests.truth import truth_of
from tests.virtual_cameras import camera_config, make_rig, studio

ONE = {"front": camera_config("1001", "master")}
TIMEOUT_S = 10.0  # far beyond any frame's; only a hang runs into it


def read(camera: RealSenseCamera, n: int) -> list[Frame]:
    return [camera.read(TIMEOUT_S) for _ in range(n)]


@pytest.mark.live
def test_stamps_agree_with_the_truth_within_their_bound(tmp_path: Path) -> None:
    with studio(make_rig(VirtualConfig(truth_dir=str(tmp_path)))) as rig:
        cameras = {name: rig.open(name) for name in rig.rig.cameras}
        for camera in cameras.values():
            camera.start()
        frames = {name: read(camera, 60) for name, camera in cameras.items()}
        for camera in cameras.values():
            camera.close()
    for name, taken in frames.items():
        truth = truth_of(tmp_path, f"cameras/{name}")
        known = taken[30:]  # by now one at least came without delay, however busy the machine
        assert all(abs(f.stamp.t_ns - truth[f.stamp.seq]) <= f.stamp.u_ns for f in known)
        # The device stamps themselves follow the truth to jitter, drift and one count.
        ticks = np.array([f.stamp.ticks for f in taken])
        true_us = np.array([truth[f.stamp.seq] for f in taken]) / 1000
        residual = (ticks - ticks[0]) - (true_us - true_us[0])
        assert np.abs(residual).max() < 2 + 50e-6 * np.ptp(true_us)


def test_slave_is_exposed_with_its_master(tmp_path: Path) -> None:
    with studio(make_rig(VirtualConfig(truth_dir=str(tmp_path)))) as rig:
        cameras = {name: rig.open(name) for name in ("front", "side")}
        for camera in cameras.values():
            camera.start()
        frames = {name: read(camera, 30) for name, camera in cameras.items()}
        line = SyncLine(rig.rig, rig.world)
        pulses = [line.edge_ns(k) for k in range(line.index_at(monotonic_ns()) + 1)]
        for camera in cameras.values():
            camera.close()
    for name, taken in frames.items():
        truth = truth_of(tmp_path, f"cameras/{name}")
        ends = np.array([truth[f.stamp.seq] + 2_000_000 for f in taken])
        # A slave runs free until the line starts, and two more exposures were planned by then.
        ends = ends[ends > pulses[0]][2:]
        assert len(ends) > 10
        apart = np.abs(np.array(pulses)[None, :] - ends[:, None]).min(axis=1)
        assert apart.max() < 15_000 + 6 * 2_000


def test_pictures_come_through_bit_by_bit_and_stay() -> None:
    with studio(make_rig(**ONE)) as rig:
        camera = rig.open("front")
        camera.start()
        frames = read(camera, 20)
        camera.close()
        rendered = rig.pictures["front"].rendered
    counts = [int.from_bytes(f.color[0, 0].tobytes()) for f in frames]
    assert counts == sorted(set(counts))
    assert all((f.color == rendered[n]).all() for f, n in zip(frames, counts, strict=True))


def test_clock_wrap_passes_unnoticed() -> None:
    model = VirtualCameraConfig(start_us=2**32 - 2_000_000)  # when the world begins; starting takes a while
    with studio(make_rig(VirtualConfig(camera=model), **ONE)) as rig:
        camera = rig.open("front")
        camera.start()
        frames = [camera.read(TIMEOUT_S)]
        while frames[-1].stamp.ticks < 2**32 + 200_000:
            frames.append(camera.read(TIMEOUT_S))
        camera.close()
    ticks, seqs = [f.stamp.ticks for f in frames], [f.stamp.seq for f in frames]
    assert ticks[0] < 2**32 < ticks[-1]
    assert np.diff(ticks) / np.diff(seqs) == pytest.approx(16_667, abs=30)
    assert all(f.sensor_ticks == f.stamp.ticks - 2000 for f in frames)


@pytest.mark.parametrize("ahead_us", [-5_000_000, -4000, 5000])
def test_a_clock_that_is_set_keeps_its_stamps_within_their_bound(tmp_path: Path, ahead_us: int) -> None:
    with studio(make_rig(VirtualConfig(truth_dir=str(tmp_path)), **ONE)) as rig:
        camera = rig.open("front")
        camera.start()
        before = read(camera, 60)
        rig.world.inject("clock_jump", "front", size=ahead_us)
        after = read(camera, 60)
        camera.close()
    truth = truth_of(tmp_path, "cameras/front")
    known = [*before[30:], *after]
    off_us = np.diff([f.stamp.ticks for f in known]) - np.diff([truth[f.stamp.seq] for f in known]) / 1000
    assert np.abs(off_us).max() == pytest.approx(abs(ahead_us), abs=1000)  # it was set
    assert all(abs(f.stamp.t_ns - truth[f.stamp.seq]) <= f.stamp.u_ns for f in known)
    assert (np.diff([f.stamp.t_ns for f in known]) > 0).all()


def test_frames_dropped_on_the_way_are_counted_not_replaced() -> None:
    with studio(make_rig(**ONE)) as rig:
        camera = rig.open("front")
        camera.start()
        frames = read(camera, 10)
        rig.world.inject("frame_drop", "front", for_s=0.2)
        while camera.lost == 0:
            frames.append(camera.read(TIMEOUT_S))
        frames += read(camera, 10)
        camera.close()
        dropped = rig.bus.counts()["front"][1]
    counters = [f.stamp.seq for f in frames]
    assert camera.lost >= dropped > 5
    assert counters[-1] - counters[0] + 1 == len(frames) + camera.lost


def test_host_that_starves_loses_the_oldest_frames_and_counts_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hardware.cameras.realsense._QUEUE_FRAMES", 8)
    with studio(make_rig(**ONE)) as rig:
        camera = rig.open("front")
        camera.start()
        frames = read(camera, 2)
        start = rig.bus.counts()["front"][0]
        while rig.bus.counts()["front"][0] < start + 20:
            time.sleep(0.01)
        frames += read(camera, 12)
        camera.close()
    counters = [f.stamp.seq for f in frames]
    assert camera.lost >= 10
    assert counters[-1] - counters[0] + 1 == len(frames) + camera.lost


def test_unplugged_camera_is_named_with_the_remedy_and_can_be_reopened() -> None:
    with studio(make_rig(**ONE)) as rig:
        camera = rig.open("front")
        camera.start()
        before = read(camera, 3)
        rig.world.inject("camera_unplug", "front")
        with pytest.raises(DeviceLost, match=r"cameras\.front: camera 1001 is unplugged; check its cable"):
            read(camera, 600)
        rig.world.clear_faults()
        camera.close()
        assert rig.world.sync_line_since_ns == 0
        again = rig.open("front")
        again.start()
        after = read(again, 3)
        again.close()
    assert after[0].stamp.seq > before[-1].stamp.seq


def test_one_unplugged_camera_leaves_the_others_alone() -> None:
    with studio(make_rig()) as rig:
        front, side = rig.open("front"), rig.open("side")
        front.start()
        side.start()
        read(side, 3)
        rig.world.inject("camera_unplug", "side")
        with pytest.raises(DeviceLost, match="1002"):
            read(side, 600)
        assert len(read(front, 30)) == 30
        front.close()
        side.close()


def test_far_end_threads_can_be_told_apart() -> None:
    with studio(make_rig()) as rig:
        assert len(set(rig.bus.thread_ids)) == 2
        assert all(Path(f"/proc/self/task/{ident}").exists() for ident in rig.bus.thread_ids)
