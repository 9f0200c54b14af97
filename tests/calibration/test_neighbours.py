"""A camchain tells where each camera is from the one before: from calibrated places, or from the file it came from."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.errors import CalibrationError
from calibration.exchange import exported, imported, read_lens
from calibration.kalibr import read_camchain, step_of
from calibration.neighbours import Place, places, steps
from calibration.poses import Matrix, Vector, from_twist, inverse
from calibration.result import IntrinsicsResult, RigResult
from calibration.store import Store
from hardware.config import RigConfig
from tests.calibration.results import lens_result, made, mount_result, rows
from tests.episodes import rig_config

NAMES = ("front", "side", "top", "far")
RIG = RigConfig.model_validate(rig_config(("front", "side", "wrist")))
twists = st.lists(st.floats(-2, 2), min_size=6, max_size=6).map(np.array)


def chain_of(names: tuple[str, ...]) -> list[IntrinsicsResult]:
    return [lens_result(name, model="k1k2", serial="") for name in names]


def text_of(lenses: list[IntrinsicsResult], told: list[Matrix | str]) -> str:
    known = [None if isinstance(step, str) else step for step in told]
    return exported({lens.camera: lens for lens in lenses}, "kalibr", known)


def read_back(text: str) -> list[Matrix | None]:
    return [step_of(camera.extra) for camera in read_camchain(text).values()]


@settings(max_examples=30, deadline=None)
@given(st.lists(twists, min_size=2, max_size=4))
def test_where_all_cameras_are_survives_a_camchain(drawn: list[Vector]) -> None:
    T_base = [from_twist(twist) for twist in drawn]
    names = NAMES[: len(drawn)]
    placed = {name: Place("the base of right", T) for name, T in zip(names, T_base, strict=True)}
    lenses = chain_of(names)
    first, *rest = read_back(text_of(lenses, steps(lenses, placed, RIG)))
    assert first is None
    point = np.array([0.3, -0.2, 1.1, 1.0])
    seen = inverse(T_base[0]) @ point
    for T_cn_cnm1, T in zip(rest, T_base[1:], strict=True):
        assert T_cn_cnm1 is not None
        seen = T_cn_cnm1 @ seen
        assert np.allclose(seen, inverse(T) @ point, atol=1e-12)


def test_cameras_that_are_not_fixed_to_each_other_have_no_step_and_it_is_said_why() -> None:
    lenses = chain_of(("front", "wrist", "side"))
    placed = {"front": Place("the base of right", np.eye(4)), "wrist": Place("the hand of right", np.eye(4))}
    told = steps(lenses, placed, RIG)
    assert "front is known from the base of right and wrist from the hand of right" in str(told[0])
    assert "nobody knows where side is; run clap calibrate extrinsics side first" in str(told[1])
    assert read_back(text_of(lenses, told)) == [None, None, None]
    assert "give --rig" in str(steps(lenses, {}, None)[0])


def test_places_are_what_counts_in_the_store_each_in_its_arms_base(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(mount_result("front", serial=""), "front")
    store.save(mount_result("side", serial="", arm="left", twist=(0.1, 0.2, 0.3, 0.0, 0.1, 0.0)), "side")
    store.save(mount_result("wrist", serial="", kind="hand-eye"), "wrist")
    found = places(store, RIG)
    assert {name: place.frame for name, place in found.items()} == {
        "front": "the base of right", "side": "the base of left", "wrist": "the hand of right",
    }  # fmt: skip
    assert isinstance(steps(chain_of(("front", "side")), found, RIG)[0], str)


def test_bases_that_were_calibrated_together_tie_cameras_of_two_arms(tmp_path: Path) -> None:
    store = Store(tmp_path)
    T_right_left = from_twist(np.array([0.0, 0.9, 0.0, 0.0, 0.0, 3.0]))
    bases = {"right": rows(np.eye(4)), "left": rows(T_right_left)}
    store.save(
        RigResult(made=made(seed=7), mounts={}, bases=bases, base_sigmas={}, boards={}, rms_px=0.2), RIG.name
    )  # fmt: skip
    front, side = mount_result("front", serial=""), mount_result("side", serial="", arm="left", seed=3)
    store.save(front, "front")
    store.save(side, "side")
    [step] = steps(chain_of(("front", "side")), places(store, RIG), RIG)
    assert isinstance(step, np.ndarray)
    assert np.allclose(step, inverse(T_right_left @ np.array(side.T)) @ np.array(front.T), atol=1e-12)


def test_what_an_imported_chain_says_of_a_neighbour_goes_back_only_behind_that_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "theirs.yaml"
    three = chain_of(("front", "side", "top"))
    T = [from_twist(np.array([0.1 * n, 0.0, 0.0, 0.0, 0.0, 0.2])) for n in (1, 2)]
    path.write_text(exported({lens.camera: lens for lens in three}, "kalibr", T))
    text = path.read_text()
    front, side, top = (
        imported(read_lens(text, "kalibr", f"cam{n}"), "kalibr", path, name, "", made())
        for n, name in enumerate(("front", "side", "top"))
    )
    again = [front, side, top]
    assert text_of(again, steps(again, {}, None)) == text
    swapped = [front, top, side]
    assert read_back(text_of(swapped, steps(swapped, {}, None))) == [None, None, None]


@pytest.mark.parametrize(
    "rows_told", ["[[1, 0], [0, 1]]", "3", "[a, b, c, d]", "[[2,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]"]
)
def test_a_step_that_is_no_motion_is_refused(rows_told: str) -> None:
    text = exported({"front": lens_result(model="k1k2")}, "kalibr") + f"  T_cn_cnm1: {rows_told}\n"
    with pytest.raises(CalibrationError, match="T_cn_cnm1 is no"):
        read_camchain(text)
