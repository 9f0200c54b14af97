"""What counts for a rig, and what an episode carries of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.embed import counting, embedded
from calibration.errors import CalibrationError
from calibration.factory import factory_lens
from calibration.result import RigResult
from calibration.store import Store, from_plain
from hardware.config import RigConfig
from tests.calibration.results import lens_result, made, mount_result, rows
from tests.episodes import rig_config

SERIALS = {"front": "944122070000", "wrist": "944122070001"}
FACTORY = {"K": "610.5 611 320.25 240", "distortion": "inverse_brown_conrady 0 0 0 0 0"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def rig(pins: dict[str, str] | None = None) -> RigConfig:
    raw: dict[str, Any] = rig_config(("front", "wrist"))
    return RigConfig.model_validate(raw | {"calibration": {"pins": pins or {}}})


def fill(store: Store, day: float = 0, seed: int = 0, **changes: Any) -> str:
    """A calibrated front camera; the name of its lens."""
    found = lens_result(serial=SERIALS["front"], size=(64, 64), day=day, seed=seed, **changes)
    place = mount_result(serial=SERIALS["front"], intrinsics=found.made.uuid, day=day, seed=seed + 1)
    store.save(place, "front")
    return store.save(found, "front").stem


def test_a_calibrated_camera_is_embedded_in_full(store: Store) -> None:
    fill(store)
    told = json.loads(json.dumps(embedded(store, rig()), allow_nan=False))["front"]
    lens, mount = from_plain(told["intrinsics"]), from_plain(told["mount"])
    assert lens == lens_result(serial=SERIALS["front"], size=(64, 64))
    assert mount == mount_result(serial=SERIALS["front"], intrinsics=lens.made.uuid)
    assert told["source"] == "calibrated" and "note" not in told
    assert np.array_equal(told["K"], lens_result(size=(64, 64)).K)
    assert told["parameters"].split()[:5] == ["fx", "fy", "cx", "cy", "k1"] and len(told["sigmas"]) == 9
    assert np.array_equal(told["T_base_camera"], mount_result().T) and told["arm"] == "right"
    assert (told["uuid"], told["date"]) == (made().uuid, "2026-09-21T14:13:20Z")


def test_a_camera_on_a_wrist_is_told_in_the_frame_of_the_end_effector(store: Store) -> None:
    store.save(mount_result("wrist", kind="hand-eye", serial=SERIALS["wrist"]), "wrist")
    store.save(mount_result("wrist", kind="extrinsics", serial=SERIALS["wrist"], day=1), "wrist")
    told = embedded(store, rig())["wrist"]
    assert "T_ee_camera" in told and "T_base_camera" not in told


def test_what_is_not_calibrated_has_the_makers_lens(store: Store) -> None:
    told = embedded(store, rig(), {"front": FACTORY, "wrist": {}})
    assert told["front"]["source"] == "factory" and told["wrist"]["source"] == "none"
    assert told["front"]["K"] == [[610.5, 0, 320.25], [0, 611, 240], [0, 0, 1]]
    assert told["front"]["model"] == "pinhole" and told["front"]["distortion"] == []
    assert "K" not in told["wrist"]


@pytest.mark.parametrize(
    ("distortion", "model", "count"),
    [
        ("none 0 0 0 0 0", "pinhole", 0),
        ("brown_conrady 0.1 0 0 0 0", "5p", 5),
        ("inverse_brown_conrady 0.1 0 0 0 0", "inverse_brown_conrady", 5),
        ("kannala_brandt4 0.1 0.2 0 0 0", "fisheye", 4),
    ],
)
def test_the_makers_models_are_told_by_opencvs_names_where_they_are_the_same(
    distortion: str, model: str, count: int
) -> None:
    found = factory_lens({"K": "1 1 0 0", "distortion": distortion})
    assert found is not None
    assert (found["model"], len(found["distortion"])) == (model, count)
    assert found["maker"] == distortion.split()[0]


@pytest.mark.parametrize("options", [{}, {"K": "1 2 3"}, {"K": "1 2 3 x", "distortion": "none"}, {"K": "1 2 3 4"}])
def test_a_camera_that_says_nothing_of_its_lens_has_no_factory_lens(options: dict[str, str]) -> None:
    assert factory_lens(options) is None


def test_a_pinned_result_counts_whatever_is_newer(store: Store) -> None:
    pinned = fill(store)
    fill(store, day=3, seed=7, fx=540.0)
    assert embedded(store, rig())["front"]["uuid"] == made(seed=7).uuid
    assert embedded(store, rig({"front/intrinsics": pinned}))["front"]["uuid"] == made().uuid


def test_a_pin_of_something_else_is_an_error_and_no_reason_not_to_record(store: Store) -> None:
    mount = store.save(mount_result(serial=SERIALS["front"]), "front").stem
    for name, why in (("gone", "has no calibration"), (mount, "which is no intrinsics of front")):
        with pytest.raises(CalibrationError, match=why):
            counting(store, rig({"front/intrinsics": name}), "intrinsics", "front")
        told = embedded(store, rig({"front/intrinsics": name}), {"front": FACTORY})["front"]
        assert told["source"] == "factory" and why in told["note"]


def test_a_place_found_with_another_lens_is_said_to_be(store: Store) -> None:
    fill(store)
    store.save(lens_result(serial=SERIALS["front"], size=(64, 64), day=1, seed=9), "front")
    assert "another lens" in embedded(store, rig())["front"]["note"]


def whole_rig(of: str = "right", day: float = 0) -> RigResult:
    """The front camera 10 cm along x."""
    T = np.eye(4)
    T[0, 3] = 0.1
    told = {"kind": "extrinsics", "of": of, "T": rows(T), "sigma_mm": 0.2, "sigma_deg": 0.02, "intrinsics": made().uuid}
    return RigResult(
        made=made(day, 50), mounts={"front": told}, bases={"right": rows(np.eye(4))}, base_sigmas={"right": (0, 0)},
        boards={}, rms_px=0.3,
    )  # fmt: skip


def test_the_whole_rigs_calibration_counts_where_it_is_newer(store: Store) -> None:
    fill(store, day=1)
    store.save(whole_rig(day=0), "virtual")
    assert embedded(store, rig())["front"]["mount_uuid"] == made(seed=1).uuid
    store.save(whole_rig(day=2).model_copy(update={"made": made(2, 51)}), "virtual")
    told = embedded(store, rig())["front"]
    assert (told["mount_uuid"], told["arm"], told["T_base_camera"][0][3]) == (made(seed=51).uuid, "right", 0.1)
    assert from_plain(told["mount"]).kind == "rig" and told["mount_sigma_mm"] == 0.2


def test_a_pin_goes_before_what_is_newer_whichever_of_the_two_has_it(store: Store) -> None:
    fill(store, day=1)
    place = store.names("extrinsics")[0]
    whole = store.save(whole_rig(day=2), "virtual").stem
    assert embedded(store, rig({"front/extrinsics": place}))["front"]["mount"]["kind"] == "extrinsics"
    fill(store, day=3, seed=20)
    assert embedded(store, rig())["front"]["mount"]["kind"] == "extrinsics"
    assert embedded(store, rig({"virtual/rig": whole}))["front"]["mount"]["kind"] == "rig"


def test_the_place_of_a_camera_that_was_exchanged_does_not_count(store: Store) -> None:
    whole = whole_rig()
    for day, (serial, counts) in enumerate({SERIALS["front"]: True, "another": False}.items()):
        mounts = {"front": whole.mounts["front"] | {"serial": serial}}
        store.save(whole.model_copy(update={"mounts": mounts, "made": made(day, 60 + day)}), "virtual")
        assert ("T_base_camera" in embedded(store, rig())["front"]) == counts


def test_a_rig_told_in_a_cameras_frame_places_nothing_in_a_base(store: Store) -> None:
    store.save(whole_rig(of="side"), "virtual")
    assert "T_base_camera" not in embedded(store, rig())["front"]


def test_what_nobody_told_is_left_out(store: Store) -> None:
    fill(store, rms_px=float("nan"), holdout_rms_px=float("nan"), sigmas={}, covariance=())
    told = embedded(store, rig())["front"]
    assert "rms_px" not in told and "sigmas" not in told
    json.dumps(told, allow_nan=False)
