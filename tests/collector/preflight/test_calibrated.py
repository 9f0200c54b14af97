"""Before the first take one knows of each camera: is it calibrated, since when, did it hold when last checked?"""

from pathlib import Path
from typing import Any

import pytest

from calibration.result import CheckResult, IntrinsicsResult, Made, MountResult
from calibration.store import Store, store_of
from collector.preflight.calibrated import calibration_checks
from collector.preflight.check import Check
from tests.collector.preflight.rig_facts import rig

DAY_NS = 86_400 * 10**9
NOW_NS = 1_790_000_000 * 10**9
EYE = tuple(tuple(float(row == column) for column in range(4)) for row in range(4))
SERIALS = {"front": "944122070101", "side": "944122070102", "wrist": "944122070103"}


def made(days_ago: float) -> Made:
    return Made(made_utc_ns=NOW_NS - round(days_ago * DAY_NS))


def lens(camera: str, days_ago: float = 1.0, serial: str = "") -> IntrinsicsResult:
    return IntrinsicsResult(
        made=made(days_ago), camera=camera, serial=serial or SERIALS[camera], width=640, height=480, model="k1k2",
        K=((470.0, 0.0, 320.0), (0.0, 470.0, 240.0), (0.0, 0.0, 1.0)), dist=(0.0, 0.0),
        names=("fx", "fy", "cx", "cy", "k1", "k2"), sigmas={}, covariance=(), rms_px=0.1, holdout_rms_px=0.1,
        board={}, pictures=(),
    )  # fmt: skip


def mount(camera: str, intrinsics: str, days_ago: float = 1.0) -> MountResult:
    return MountResult(
        kind="hand-eye" if camera == "wrist" else "extrinsics", made=made(days_ago), camera=camera,
        serial=SERIALS[camera], arm="right", T=EYE, T_board=EYE, sigma_mm=0.3, sigma_deg=0.03, covariance=(),
        rms_px=0.1, holdout_mm=0.4, holdout_deg=0.05, robot_sigma_m=3e-4, robot_sigma_rad=8e-4, poses=20,
        intrinsics=intrinsics, board={}, pictures=(),
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def calibrate(store: Store, *cameras: str, days_ago: float = 1.0) -> dict[str, tuple[str, str]]:
    uuids: dict[str, tuple[str, str]] = {}
    for camera in cameras:
        glass = lens(camera, days_ago)
        place = mount(camera, glass.made.uuid, days_ago)
        store.save(glass, camera)
        store.save(place, camera)
        uuids[camera] = glass.made.uuid, place.made.uuid
    return uuids


def check(store: Store, camera: str, of: tuple[str, str], px: float, days_ago: float = 0.1) -> None:
    found = CheckResult(made=made(days_ago), camera=camera, intrinsics=of[0], mount=of[1], shift_px=px)
    store.save(found, camera)


def lines(store: Store, *sets: str) -> dict[str, Check]:
    config = rig(f"calibration.store={store.root}", *sets)
    return {found.subject: found for found in calibration_checks(config, store_of(config), NOW_NS)}


def test_without_any_calibration_one_line_names_all_cameras(store: Store) -> None:
    (only,) = lines(store).values()
    assert only.state == "warn" and only.says == "not calibrated: front, side, wrist" and "leave" in only.remedy


def test_a_camera_that_was_checked_today_is_well(store: Store) -> None:
    uuids = calibrate(store, *SERIALS)
    for camera, of in uuids.items():
        check(store, camera, of, 0.3)
    told = lines(store)
    assert [found.state for found in told.values()] == ["ok", "ok", "ok"]
    assert "0.3 px off 2 h ago" in told["front"].says


@pytest.mark.parametrize(
    ("px", "days_ago", "state", "words"),
    [
        (2.6, 0.1, "fail", "clap calibrate extrinsics front"),
        (1.4, 0.1, "warn", "holds"),
        (0.3, 3.0, "warn", "clap calibrate check front"),
    ],
)
def test_the_last_check_counts(store: Store, px: float, days_ago: float, state: str, words: str) -> None:
    uuids = calibrate(store, *SERIALS, days_ago=5)
    check(store, "front", uuids["front"], px, days_ago)
    found = lines(store)["front"]
    assert found.state == state and words in found.remedy


def test_a_check_of_an_older_calibration_counts_no_more(store: Store) -> None:
    old = calibrate(store, "front", days_ago=9)
    check(store, "front", old["front"], 5.0)
    calibrate(store, *SERIALS, days_ago=1)
    found = lines(store)["front"]
    assert found.state == "warn" and "never checked" in found.says


def test_what_is_missing_is_named_with_its_command(store: Store) -> None:
    calibrate(store, "front")
    store.save(lens("wrist"), "wrist")
    told = lines(store)
    assert told["wrist"].says == "its place is not calibrated"
    assert told["wrist"].remedy == "clap calibrate hand-eye wrist"
    assert told["side"].remedy == "clap calibrate intrinsics side, then clap calibrate extrinsics side"


def test_another_camera_under_the_old_name_is_told_by_its_serial(store: Store) -> None:
    calibrate(store, "front", "wrist")
    store.save(lens("side", serial="777"), "side")
    assert "the camera 777" in lines(store)["side"].says


def test_an_old_calibration_warns_and_the_rig_s_file_says_when(store: Store) -> None:
    uuids = calibrate(store, "front", days_ago=120)
    check(store, "front", uuids["front"], 0.2)
    assert lines(store)["front"].state == "warn"
    assert lines(store, "calibration.max_age_days=365")["front"].state == "ok"


def test_a_drift_warns_before_it_is_too_far(store: Store) -> None:
    uuids = calibrate(store, "front", days_ago=20)
    for n, px in enumerate((0.2, 0.31, 0.39, 0.5, 0.61, 0.7)):
        check(store, "front", uuids["front"], px, days_ago=5.1 - n)
    found = lines(store)["front"]
    assert found.state == "warn" and "loose screw" in found.remedy


def test_a_pin_that_names_nothing_fails(store: Store) -> None:
    calibrate(store, "front")
    found = lines(store, 'calibration.pins={"front/intrinsics": "intrinsics-front-gone"}')
    assert found["front/intrinsics"].state == "fail" and "pin another" in found["front/intrinsics"].remedy


def test_a_place_found_with_another_lens_warns(store: Store) -> None:
    calibrate(store, "front", days_ago=3)
    store.save(lens("front", 1.0), "front")
    found: Any = lines(store)["front"]
    assert found.state == "warn" and "another lens" in found.says
