"""What an export refuses, and that it leaves nothing half-made."""

import errno
import json
from pathlib import Path

import pytest

from collector.export.lerobot_v21 import export_lerobot_v21
from collector.export.plan import ExportError
from tests.collector.export.conftest import CAMERAS
from tests.episodes import Faults, edited, make_episode


def test_an_existing_folder_is_never_touched(folder: Path, exported: Path, whole: Path) -> None:
    before = sorted(exported.rglob("*"))
    with pytest.raises(ExportError, match="exists"):
        export_lerobot_v21([whole], exported)
    assert sorted(exported.rglob("*")) == before


def test_what_an_interrupted_export_left_is_replaced(folder: Path, whole: Path) -> None:
    out = folder / "resumed"
    (folder / "resumed.tmp" / "videos").mkdir(parents=True)
    export_lerobot_v21([whole], out)
    assert out.is_dir()
    assert not (folder / "resumed.tmp").exists()


def test_a_stranger_in_the_way_is_left_alone(folder: Path, whole: Path) -> None:
    stranger = folder / "mine.tmp" / "thesis.txt"
    stranger.parent.mkdir()
    stranger.write_text("years")
    with pytest.raises(ExportError, match="no unfinished export"):
        export_lerobot_v21([whole], folder / "mine")
    assert stranger.read_text() == "years"


def test_a_failure_leaves_nothing_behind(folder: Path, whole: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "writing rows":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_lerobot_v21([whole], folder / "stopped", progress=stop)
    assert not list(folder.glob("stopped*"))


def test_ctrl_c_stops_the_encoders(folder: Path, whole: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "encoding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_lerobot_v21([whole], folder / "halted", progress=stop)
    assert not list(folder.glob("halted*"))


def test_an_episode_without_instruction_is_refused(folder: Path) -> None:
    silent = make_episode(folder / "silent", seconds=1.0, cameras=("front",), labels={"instruction": " "})
    with pytest.raises(ExportError, match=r"no instruction.*label it"):
        export_lerobot_v21([silent], folder / "unsaid")


def test_recordings_that_were_cut_short_are_left_out_and_named(folder: Path, whole: Path) -> None:
    cut = make_episode(folder / "cut", seed=4, seconds=1.0, cameras=CAMERAS, faults=Faults(ended=False))
    report = export_lerobot_v21([cut, whole], folder / "some")
    assert report.skipped == {str(cut): "interrupted"}
    assert report.sources == 1
    with pytest.raises(ExportError, match="none of 1 episodes"):
        export_lerobot_v21([cut], folder / "none")


def test_recordings_that_were_cut_short_can_be_asked_for_and_say_so(folder: Path) -> None:
    cut = make_episode(folder / "kill", seed=4, seconds=1.0, cameras=CAMERAS, faults=Faults(ended=False))
    report = export_lerobot_v21([cut], folder / "asked", cut_short=True)
    assert report.sources == 1
    told = json.loads((folder / "asked/meta/clapboard.json").read_text())
    assert [source["status"] for source in told["sources"]] == ["interrupted"]


def test_episodes_of_another_rig_are_refused(folder: Path, whole: Path) -> None:
    other = make_episode(folder / "other", seed=5, seconds=1.0, cameras=("front",))
    with pytest.raises(ExportError, match=r"cameras.*export them apart"):
        export_lerobot_v21([whole, other], folder / "mixed")


def test_the_same_episode_twice_is_refused(folder: Path, whole: Path) -> None:
    with pytest.raises(ExportError, match="same episode"):
        export_lerobot_v21([whole, whole], folder / "twice")


def test_a_rate_that_the_stamps_deny_is_refused(folder: Path, whole: Path) -> None:
    slow = folder / "slow.hdf5"
    with edited(whole, slow) as file:
        text = file["provenance"].asstr()[()].replace('"rate_hz": 60.0', '"rate_hz": 30.0')
        file["provenance"][()] = text
    with pytest.raises(ExportError, match=r"recorded at (59|60)\.\d+ Hz.*30"):
        export_lerobot_v21([slow], folder / "squeezed")


def test_a_file_that_is_no_episode_is_named(folder: Path) -> None:
    stray = folder / "stray.hdf5"
    stray.write_text("text")
    with pytest.raises(ExportError, match=r"stray\.hdf5 cannot be read"):
        export_lerobot_v21([stray], folder / "never")


def test_a_damaged_picture_is_named_and_leaves_nothing(folder: Path, whole: Path) -> None:
    damaged = folder / "damaged.hdf5"
    with edited(whole, damaged) as file:
        file["streams/cameras/wrist/jpeg"][50] = 0
    with pytest.raises(ExportError, match=r"damaged\.hdf5.*camera wrist at step \d+.*clap verify"):
        export_lerobot_v21([damaged], folder / "broken")
    assert not list(folder.glob("broken*"))


def test_a_full_disk_is_named(folder: Path, whole: Path) -> None:
    def full(what: str, done: int, total: int) -> None:
        if what == "writing rows":
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ExportError, match=r"no room left for .*full"):
        export_lerobot_v21([whole], folder / "full", progress=full)
    assert not list(folder.glob("full*"))
