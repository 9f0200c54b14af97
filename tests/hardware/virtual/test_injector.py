"""The cameras' far end with its faults, through the SDK, against what the truth says."""

from pathlib import Path

import numpy as np
import pytest

from hardware.cameras.realsense import RealSenseCamera
from hardware.cameras.sdk import rs
from hardware.samples import Frame, monotonic_ns
from hardware.virtual.camera_device import SoftwareCamera
from hardware.virtual.sync_line import SyncLine
from hardware.virtual_config import CameraModel, VirtualConfig
from tests.virtual_cameras import camera_config, make_rig, studio

TIMEOUT_S = 10.0
WAITING = 64  # as many frames may wait in the driver's queue, from before


def read(camera: RealSenseCamera, n: int) -> list[Frame]:
    return [camera.read(TIMEOUT_S) for _ in range(n)]


def truth(folder: Path, camera: str) -> dict[int, list[int]]:
    """True instants by frame counter."""
    rows = np.fromfile(folder / f"cameras.{camera}.i64", dtype="<i8").reshape(-1, 2)
    found: dict[int, list[int]] = {}
    for seq, t_ns in rows.tolist():
        found.setdefault(seq, []).append(t_ns)
    return found


def test_pictures_that_slip_are_true_a_frame_earlier(tmp_path: Path) -> None:
    virtual = VirtualConfig(truth_dir=str(tmp_path))
    with studio(make_rig(virtual, front=camera_config("1001", "master"))) as rig:
        camera = rig.open("front")
        camera.start()
        clean = read(camera, 5)
        from_ns = monotonic_ns()
        rig.world.inject("index_slip", "front", from_ns)
        frames = read(camera, WAITING + 10)
        camera.close()
    true = truth(tmp_path, "front")
    period = 1e9 / 60
    first = clean[-1]
    asked_ahead_ns = 100_000_000  # pictures are asked for before they are exposed
    slipped = [frame for frame in frames if true[frame.stamp.seq][0] > from_ns + asked_ahead_ns]
    assert len(slipped) >= 5
    for frame in slipped:
        ((mid_ns,), (first_ns,)) = true[frame.stamp.seq], true[first.stamp.seq]
        told = frame.stamp.ticks - first.stamp.ticks
        assert mid_ns - first_ns == pytest.approx(told * 1000 - period, abs=100_000)


def test_exposure_that_changes_is_told_with_each_frame(tmp_path: Path) -> None:
    with studio(make_rig(front=camera_config("1001", "master"))) as rig:
        camera = rig.open("front")
        camera.start()
        read(camera, 3)
        rig.world.inject("exposure_change", "front", size=6000)
        assert 6000 in {f.exposure_us for f in read(camera, WAITING + 10)}
        rig.world.clear_faults()
        assert 4000 in {f.exposure_us for f in read(camera, WAITING + 10)[WAITING:]}
        camera.close()


def test_a_frame_that_comes_twice_is_true_once(tmp_path: Path) -> None:
    virtual = VirtualConfig(truth_dir=str(tmp_path))
    with studio(make_rig(virtual, front=camera_config("1001", "off"))) as rig:
        device = rig.bus.context.query_devices()[0]
        sensor = next(s for s in device.query_sensors() if s.get_info(rs.camera_info.name) == "RGB Camera")
        profile = next(
            p
            for p in sensor.get_stream_profiles()
            if (v := p.as_video_stream_profile()).width() == 424 and v.height() == 240 and v.fps() == 60
        )
        queue = rs.frame_queue(64, keep_frames=True)
        rig.world.inject("frame_double", "front")
        sensor.open(profile)
        sensor.start(queue)
        counters = [
            queue.wait_for_frame(10_000).get_frame_metadata(rs.frame_metadata_value.frame_counter) for _ in range(20)
        ]
        sensor.stop()
        sensor.close()
    assert counters[::2] == counters[1::2] == sorted(set(counters))
    true = truth(tmp_path, "front")
    assert all(len(true[counter]) == 1 for counter in counters)


def test_genlock_gives_one_frame_a_trigger_and_none_without(tmp_path: Path) -> None:
    rig_config = make_rig(VirtualConfig(truth_dir=str(tmp_path)), side=camera_config("1002"))
    trigger = rig_config.trigger.model_copy(update={"rate_hz": 30.0})
    cameras = {"side": camera_config("1002", "genlock")}
    rig_config = rig_config.model_copy(update={"trigger": trigger, "cameras": cameras})
    with studio(rig_config) as rig:
        camera = rig.open("side")
        camera.start()
        rig.world.start_sync_line(monotonic_ns() + 300_000_000)
        line = SyncLine(rig.rig, rig.world)
        frames = read(camera, 20)
        pulses = [line.edge_ns(k) for k in range(300)]
        camera.close()
    true = truth(tmp_path, "side")
    starts = [true[f.stamp.seq][0] - 2_000_000 - 790_000 for f in frames]
    nearest = [int(np.argmin(np.abs(np.subtract(pulses, start)))) for start in starts]
    first = frames[0].stamp.seq  # a renderer that falls behind loses pictures, not triggers
    assert [k - nearest[0] for k in nearest] == [frame.stamp.seq - first for frame in frames]
    assert max(abs(pulses[k] - start) for k, start in zip(nearest, starts, strict=True)) < 40_000


@pytest.mark.parametrize(
    ("firmware", "greatest"), [("5.12.3.9", 2), ("5.12.4.0", 258), ("5.12.12.100", 260), ("5.17.0.10", 260)]
)
def test_what_genlock_needs_came_with_its_firmware(firmware: str, greatest: int) -> None:
    camera = SoftwareCamera.build("1", "D455", np.eye(3), firmware=firmware)
    assert camera.stereo.get_option_range(rs.option.inter_cam_sync_mode).max == greatest


@pytest.mark.parametrize("model", ["D405", "D435", "D435I"])
def test_colour_of_some_models_never_follows_the_line(model: CameraModel) -> None:
    camera = SoftwareCamera.build("1", model, np.eye(3))
    assert camera.stereo.supports(rs.option.inter_cam_sync_mode) == (model != "D405")
    if model != "D405":
        camera.stereo.set_option(rs.option.inter_cam_sync_mode, 2)
    assert camera.sync_mode == 0
