"""What check, leader and latency refuse before any device is opened: one sentence, exit 2."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.cli.calibrate import app
from collector.cli.calibrate_write import show_and_write
from collector.cli.options import USAGE, Abort
from hardware.config import RigConfig
from hardware.load import ConfigError, load
from tests.e2e.rig import RIG


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check"], "give --rig to look now, or --episode"),
        (["check", "--rig", str(RIG), "--episode", "x.hdf5"], "give --rig to look now, or --episode"),
        (["check", "--episode", "no.hdf5"], "does not exist"),
        (["check", "above", "--rig", str(RIG)], "no such camera; there are front, side, wrist"),
        (["check", "--rig", str(RIG), "--board", "paper"], "no board"),
        (["latency"], "give --rig to measure"),
        (["latency", "--rig", str(RIG), "--seconds", "3"], "at least"),
        (["leader", "left", "--rig", str(RIG)], "no such leader; there are right"),
        (["leader", "right", "--rig", str(RIG)], "run this at a terminal"),
        (["leader", "right", "--rig", str(RIG), "--poses", "1", "--set", "teleop.deadman=key"], "deadman"),
    ],
)
def test_usage_is_refused_in_a_sentence(words: list[str], says: str) -> None:
    told = CliRunner().invoke(app, words)
    assert isinstance(told.exception, Abort), told.output
    assert told.exception.code == USAGE and says in str(told.exception)


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG.read_text())
    return path


def test_a_change_is_shown_and_made_only_when_asked_for(rig: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = {("leaders", "right", "signs", 0): -1}
    show_and_write(rig, values, write=False)
    assert rig.read_text() == RIG.read_text() and "--write" in capsys.readouterr().err
    show_and_write(rig, values, write=True)
    assert load(RigConfig, rig).leaders["right"].signs[0] == -1
    (kept,) = rig.parent.glob("*.bak")
    assert kept.read_text() == RIG.read_text()
    show_and_write(rig, values, write=True)
    assert "says the same already" in capsys.readouterr().err and len(list(rig.parent.iterdir())) == 2


def test_a_change_that_makes_no_rig_leaves_the_file_as_it_was(rig: Path) -> None:
    with pytest.raises(ConfigError):
        show_and_write(rig, {("cameras", "front", "edge_to_exposure_end_u_us"): -5.0}, write=True)
    assert rig.read_text() == RIG.read_text() and len(list(rig.parent.iterdir())) == 1
