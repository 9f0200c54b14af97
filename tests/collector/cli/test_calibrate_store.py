"""clap calibrate show, diff, history, report, import, export, as an engineer or a script meets them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from calibration.errors import CalibrationError
from calibration.store import Store
from collector.cli.app import app
from collector.cli.options import CHECK_FAILED, USAGE, Abort
from tests.calibration.results import check_result, lens_result, made, mount_result
from tests.episodes import RIG

SERIALS = {"front": "944122070101", "side": "944122070102", "wrist": "944122070103"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Front has been calibrated twice, and checked; side has a lens; wrist nothing."""
    kept = Store(tmp_path / "store")
    for seed, day in ((1, 0), (2, 5)):
        kept.save(lens_result("front", seed=seed, day=day, fx=533 + 0.3 * seed, model="k1k2"), "front")
        place = mount_result("front", seed=seed + 10, day=day, twist=(0.6 + 0.003 * seed, -0.4, 0.5, 2.0, 0.3, -0.2))
        kept.save(place, "front")
    for day in range(4):
        kept.save(check_result("front", seed=20 + day, day=6 + day, shift_px=0.3 + 0.2 * day), "front")
    kept.save(lens_result("side", serial=SERIALS["side"], seed=5, model="fisheye"), "side")
    return kept


def run(store: Store, *words: object, rig: bool = True) -> Result:
    rig_words = ("--rig", RIG) if rig else ()
    return CliRunner().invoke(app, ["calibrate", *map(str, (*words, "--store", store.root, *rig_words))])


def ended(found: Result, code: int) -> str:
    assert isinstance(found.exception, Abort) and found.exception.code == code, found.output
    return str(found.exception)


def test_what_counts_is_shown_and_what_is_missing_ends_it_with_1(store: Store) -> None:
    found = run(store, "show", "--json")
    assert "side, wrist" in ended(found, CHECK_FAILED)
    told: list[dict[str, Any]] = json.loads(found.stdout)
    counted = {(each["kind"], each["subject"]): each["result"] for each in told}
    assert counted["intrinsics", "front"]["made"]["uuid"] == made(seed=2).uuid
    assert counted["hand-eye", "wrist"] is None and counted["extrinsics", "side"] is None
    assert counted["check", "front"]["shift_px"] == pytest.approx(0.9)
    table = " ".join(run(store, "show").stdout.split())
    assert "not calibrated: clap calibrate hand-eye wrist" in table


def test_a_camera_or_a_result_is_shown_in_full(store: Store) -> None:
    assert made(seed=2).uuid in run(store, "show", "front").stdout
    assert "extrinsics of front" in run(store, "show", "front").stdout
    assert made(seed=1).uuid in run(store, "show", "00000001", rig=False).stdout
    file = store.root / f"{store.names('extrinsics', 'front')[0]}.json"
    assert json.loads(run(store, "show", file, "--json").stdout)[0]["kind"] == "extrinsics"
    with pytest.raises(CalibrationError, match="history lists them"):
        raise run(store, "show", "nobody").exception or AssertionError


def test_a_foreign_file_is_named_and_hurts_nothing(store: Store) -> None:
    (store.root / "intrinsics-front-20300101T000000Z-ffffffff.json").write_text("{}")
    found = run(store, "history")
    assert found.exit_code == 0 and "ffffffff.json is no calibration of clapboard" in " ".join(found.stderr.split())


def test_two_lenses_that_agree_are_the_same_and_two_places_that_do_not_are_not(store: Store) -> None:
    same = run(store, "diff", "00000001", "00000002", "--json")
    assert same.exit_code == 0 and json.loads(same.stdout)["same"] is True
    moved = run(store, "diff", *store.names("extrinsics", "front"))
    assert "not the same" in ended(moved, CHECK_FAILED) and "3.00 mm" in moved.stdout


def test_the_difference_has_a_page(store: Store, tmp_path: Path) -> None:
    run(store, "diff", "00000001", "front", "--html", tmp_path / "diff.html")
    assert "<svg" in (tmp_path / "diff.html").read_text()


def test_history_tells_what_changed_and_what_drifts(store: Store) -> None:
    found = run(store, "history", "front")
    text = " ".join(found.output.split())
    assert "front drifts by 0.20 px a day" in text
    told = json.loads(run(store, "history", "front", "--json").stdout)
    changes = {entry["name"]: entry["change"] for entry in told}
    assert changes[store.names("extrinsics", "front")[1]]["mm"] == pytest.approx(3.0)
    assert changes[store.names("intrinsics", "front")[0]] is None
    assert len(json.loads(run(store, "history", "--last", 2, "--json").stdout)) == 2
    assert "has nothing of nobody" in ended(run(store, "history", "nobody"), USAGE)


def test_a_report_is_a_page_of_all_that_counts(store: Store, tmp_path: Path) -> None:
    assert run(store, "report", "side", "--html", tmp_path / "side.html").exit_code == 0
    page = (tmp_path / "side.html").read_text()
    assert made(seed=5).uuid in page and made(seed=2).uuid not in page
    assert "give --rig" in ended(run(store, "report", "--html", tmp_path / "x.html", rig=False), USAGE)


def test_a_lens_goes_out_and_comes_back(store: Store, tmp_path: Path) -> None:
    for form in ("ros", "opencv", "kalibr"):
        out = tmp_path / f"{form}.yaml"
        assert run(store, "export", "front", "--format", form, "-o", out).exit_code == 0
        assert run(store, "import", out, "--camera", "wrist").exit_code == 0
        back = store.newest("intrinsics", "wrist", SERIALS["wrist"])
        assert back is not None and back.kind == "intrinsics"
        assert (back.K, back.model) == (lens_result("front", fx=533.6, model="k1k2").K, "k1k2")
        assert back.made.source.startswith(f"{form}:") and back.sigmas == {}


def test_a_camchain_holds_several_cameras(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "chain.yaml"
    unknown = run(store, "export", "front", "side", "--format", "kalibr", "-o", out)
    assert unknown.exit_code == 0 and "run clap calibrate extrinsics side" in " ".join(unknown.stderr.split())
    assert "T_cn_cnm1" not in yaml.safe_load(out.read_text())["cam1"]
    twist = (0.606, -0.4, 0.55, 2.0, 0.3, -0.2)
    store.save(mount_result("side", serial=SERIALS["side"], seed=30, day=6, twist=twist), "side")
    assert run(store, "export", "front", "side", "--format", "kalibr", "-o", out).exit_code == 0
    told = yaml.safe_load(out.read_text())
    assert list(told) == ["cam0", "cam1"]
    again = run(store, "import", out, "--camera", "wrist", "--part", "cam1")
    assert again.exit_code == 0 and "50.0 mm from the camera before it" in " ".join(again.output.split())
    wrong = run(store, "import", out, "--camera", "wrist")
    assert "say which one with --part" in str(wrong.exception)


def test_a_lens_for_other_pictures_is_kept_with_a_warning(store: Store, tmp_path: Path) -> None:
    store.save(lens_result("wide", size=(848, 480), seed=9, serial=""), "wide")
    out = tmp_path / "wide.yaml"
    run(store, "export", "wide", "--format", "ros", "-o", out)
    found = run(store, "import", out, "--camera", "wrist")
    assert "848x480, the rig's 640x480: this lens will not count" in " ".join(found.stderr.split())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("export", "front", "--format", "matlab", "-o", "x"), "one of ros, kalibr, opencv"),
        (("import", "gone.yaml", "--camera", "front"), "does not exist"),
        (("import", RIG, "--camera", "nobody"), "cameras are front, side, wrist"),
        (("import", RIG, "--camera", "front", "--format", "opencv", "--size", "big"), "WIDTHxHEIGHT"),
        (("export", "extrinsics-front-20260921T141320Z-0000000b", "--format", "ros", "-o", "x"), "no lens but"),
    ],
)
def test_a_wrong_word_is_said_to_be_wrong(store: Store, words: tuple[object, ...], why: str) -> None:
    assert why in ended(run(store, *words), USAGE)


def test_without_rig_and_store_nobody_knows_whose_calibrations() -> None:
    found = CliRunner().invoke(app, ["calibrate", "history"])
    assert "whose calibrations" in ended(found, USAGE)
