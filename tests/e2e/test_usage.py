"""What is asked wrongly is answered in a sentence, with the right exit code and no traceback."""

from pathlib import Path

import pytest

from tests.conftest import Clap
from tests.e2e.rig import RIG, ROOT, TASK
from tests.e2e.rig import clap as clap_by_itself


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("record", "--rig", "none.yaml", "--task", TASK), 2, "none.yaml"),
        (("record", "--rig", RIG, "--task", TASK, "--set", "virtual.sede=1"), 2, "did you mean 'seed'"),
        (("record", "--rig", RIG, "--task", RIG), 2, "virtual.yaml"),
        (("record", "--rig", RIG), 2, "--task"),
        (("record", "--rig", RIG, "--task", TASK), 2, "--scene object='red cube' (or green cube)"),
        (("record", "--rig", RIG, "--task", TASK, "--scene", "start=near left"), 2, "--scene object='red cube'"),
        (("verify", "nowhere"), 2, "nowhere"),
        (("verify", ROOT / "docs"), 2, "episode_*.hdf5"),
        (("inspect", RIG), 2, "virtual.yaml"),
        (("export", "lerobot", ROOT / "docs", "x", "--version", "v9"), 2, "v9"),
        (("daemon", "status", "--rig", RIG), 3, "clap daemon run"),
        (
            ("record", "--rig", ROOT / "configs/rigs/franka_gello.yaml", "--task", TASK, "--truth", "t.h5"),
            2,
            "truth",
        ),
    ],
)
def test_a_wrong_call(clap: Clap, words: tuple[object, ...], code: int, says: str) -> None:
    ended, _, err = clap(*words)
    assert ended == code, err
    assert says in err


def test_a_shell_sees_the_same() -> None:
    ran = clap_by_itself("record", "--rig", "none.yaml", "--task", TASK)
    assert (ran.code, ran.out) == (2, "")
    assert "none.yaml" in ran.err
    assert "Traceback" not in ran.err


def test_a_real_rig_without_devices_names_what_is_missing(tmp_path: Path) -> None:
    rig = ROOT / "configs/rigs/franka_gello.yaml"
    ran = clap_by_itself(
        "record",
        "--rig",
        rig,
        "--task",
        TASK,
        "--scene",
        "object=red cube",
        "--out",
        tmp_path,
        "--set",
        "followers.right.address=127.9.9.9",
    )
    assert ran.code == 3
    assert "Traceback" not in ran.err
    assert any(device in ran.err for device in ("trigger", "front", "side", "wrist", "right"))
