"""The store keeps what was found for good, and says what counts."""

import json
import math
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.errors import CalibrationError
from calibration.result import IntrinsicsResult
from calibration.store import Store, default_store, from_plain, plain, store_of
from hardware.config import RigConfig
from tests.calibration.results import check_result, lens_result, made, mount_result
from tests.episodes import rig_config


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_what_is_saved_comes_back_the_same_and_may_not_be_written_to(store: Store) -> None:
    result = lens_result()
    path = store.save(result, "front")
    assert path.name == "intrinsics-front-20260921T141320Z-00000000.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert store.load(path.stem) == result
    assert [p.name for p in store.root.iterdir()] == [path.name]


def test_nothing_is_ever_replaced(store: Store) -> None:
    path = store.save(lens_result(), "front")
    before = path.read_bytes()
    assert store.save(lens_result(), "front") == path
    with pytest.raises(CalibrationError, match="nothing is replaced"):
        store.save(lens_result(fx=540.0), "front")
    assert path.read_bytes() == before


def test_a_store_that_may_not_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CalibrationError, match=r"cannot be written"):
        Store(tmp_path / "file").save(lens_result(), "front")


def test_a_changed_file_is_refused_and_the_one_before_it_counts(store: Store) -> None:
    store.save(lens_result(seed=1, day=0), "front")
    path = store.save(lens_result(seed=2, day=1), "front")
    path.chmod(0o644)
    path.write_text(path.read_text().replace("533.1234567890123", "540.0"))
    with pytest.raises(CalibrationError, match="changed after it was saved"):
        store.load(path.stem)
    found = store.newest("intrinsics", "front")
    assert found is not None and found.made == made(0, 1)
    assert [problem.path for problem in store.problems()] == [path]


def test_foreign_files_are_named_and_hurt_nothing(store: Store) -> None:
    store.save(lens_result(), "front")
    name = "intrinsics-front-20270101T000000Z-"
    (store.root / "notes.txt").write_text("hello")
    (store.root / f"{name}aaaaaaaa.json").write_text("{}")
    (store.root / f"{name}bbbbbbbb.json").write_bytes(b"\xff\xfe")
    (store.root / f"{name}cccccccc.json").write_text("[1]")
    (store.root / f"{name}dddddddd.json").symlink_to(store.root / "gone")
    assert len(store.problems()) == 5
    assert store.newest("intrinsics", "front") == lens_result()
    assert len(store.results()) == 1


def test_a_file_of_a_later_version_asks_for_an_upgrade(store: Store) -> None:
    path = store.save(lens_result(), "front")
    told = json.loads(path.read_text()) | {"format_version": 2}
    other = store.root / "intrinsics-front-20270101T000000Z-aaaaaaaa.json"
    other.write_text(json.dumps(told))
    with pytest.raises(CalibrationError, match="upgrade"):
        store.load(other.stem)


def test_a_result_is_found_by_the_beginning_of_its_name_or_uuid(store: Store) -> None:
    store.save(lens_result(seed=0xABCDEF01), "front")
    store.save(mount_result(seed=0xABD00000), "front")
    assert store.load("intrinsics-fr") == lens_result(seed=0xABCDEF01)
    assert store.load("abd0").kind == "extrinsics"
    assert store.load(lens_result(seed=0xABCDEF01).made.uuid).kind == "intrinsics"
    with pytest.raises(CalibrationError, match="may be any of"):
        store.load("ab")
    with pytest.raises(CalibrationError, match="history lists them"):
        store.load("xyz")


def test_names_are_by_kind_and_subject_oldest_first(store: Store) -> None:
    for seed, day in enumerate((3, 1, 2)):
        store.save(lens_result(seed=seed, day=day), "front")
    store.save(check_result(), "cameras/front")
    names = store.names("intrinsics", "front")
    assert names == sorted(names, key=lambda name: name[-25:]) and len(names) == 3
    assert store.names(subject="cameras/front")[0].startswith("check-cameras_front-")
    assert [result.made.made_utc_ns for _, result in store.results("intrinsics")] == [
        made(d).made_utc_ns for d in (1, 2, 3)
    ]


def test_results_of_one_second_are_told_apart_by_the_nanosecond(store: Store) -> None:
    for seed, ns in ((9, 100), (1, 300), (5, 200)):
        store.save(lens_result(made=made(seed=seed).model_copy(update={"made_utc_ns": 10**18 + ns})), "front")
    found = store.newest("intrinsics", "front")
    assert found is not None and found.made.uuid == made(seed=1).uuid


def test_another_camera_in_its_place_does_not_get_its_calibration(store: Store) -> None:
    store.save(lens_result(serial="1", seed=1), "front")
    store.save(mount_result(serial="1", seed=2), "front")
    assert store.newest("intrinsics", "front", serial="2") is None
    assert store.newest("extrinsics", "front", serial="2") is None
    # A lens goes with its camera; where the camera is does not.
    assert store.newest("intrinsics", "side", serial="1") is not None
    assert store.newest("extrinsics", "side", serial="1") is None


def test_a_lens_of_another_size_of_picture_does_not_count(store: Store) -> None:
    store.save(lens_result(size=(640, 480)), "front")
    assert store.newest("intrinsics", "front", size=(848, 480)) is None
    assert store.newest("intrinsics", "front", size=(640, 480)) is not None


def test_one_store_a_rig_in_the_users_data_unless_its_file_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_store("cell").root == tmp_path / "clapboard/calibrations/cell"
    raw = rig_config(("front",))
    assert store_of(RigConfig.model_validate(raw)).root == tmp_path / "clapboard/calibrations/virtual"
    named = RigConfig.model_validate(raw | {"calibration": {"store": "there"}})
    assert store_of(named).root == Path("there")
    assert RigConfig.model_validate(raw | {"calibration": {"store": ""}}).calibration.store is None


@pytest.mark.parametrize("pin", ["front", "/intrinsics", "front/focus"])
def test_a_pin_of_nothing_is_refused(pin: str) -> None:
    with pytest.raises(ValueError, match="kinds are"):
        RigConfig.model_validate(rig_config(("front",)) | {"calibration": {"pins": {pin: "x"}}})


numbers = st.floats(allow_nan=False) | st.sampled_from([math.inf, -math.inf])


@settings(max_examples=50, deadline=None)
@given(numbers, st.dictionaries(st.text(max_size=5), numbers | st.none() | st.integers(), max_size=4))
def test_no_number_is_lost_and_the_json_is_strict(rms: float, figures: dict[str, float]) -> None:
    result = lens_result(rms_px=rms, uncertainty=figures, pictures=())
    text = json.dumps(plain(result), allow_nan=False)
    assert from_plain(json.loads(text)) == result


def test_what_is_not_a_number_comes_back_so() -> None:
    result = from_plain(json.loads(json.dumps(plain(lens_result(rms_px=math.nan)), allow_nan=False)))
    assert isinstance(result, IntrinsicsResult) and math.isnan(result.rms_px)
