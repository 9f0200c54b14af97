"""What is asked wrongly is answered in a sentence, with the right exit code and no traceback."""

from pathlib import Path

import pytest

from tests.e2e.rig import RIG, ROOT, TASK, clap


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("record", "--rig", "none.yaml", "--task", TASK), 2, "none.yaml"),
        (("record", "--rig", RIG, "--task", TASK, "--set", "virtual.sede=1"), 2, "did you mean 'seed'"),
        (("record", "--rig", RIG, "--task", RIG), 2, "virtual.yaml"),
        (("record", "--rig", RIG), 2, "--task"),
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
def test_a_wrong_call(words: tuple[object, ...], code: int, says: str) -> None:
    ran = clap(*words)
    assert ran.code == code, ran.err
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_a_real_rig_without_devices_names_what_is_missing(tmp_path: Path) -> None:
    rig = ROOT / "configs/rigs/franka_gello.yaml"
    ran = clap(
        "record",
        "--rig",
        rig,
        "--task",
        TASK,
        "--out",
        tmp_path,
        "--set",
        "followers.right.address=127.9.9.9",
    )
    assert ran.code == 3
    assert "Traceback" not in ran.err
    assert any(device in ran.err for device in ("trigger", "front", "side", "wrist", "right"))
