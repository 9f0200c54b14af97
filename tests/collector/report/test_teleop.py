"""Teleoperation on the terminal: what the keys mean, and that everything worth knowing is on the screen."""

from typing import Any

import pytest
from rich.console import Console, RenderableType

from collector.report.keys import key_names
from collector.report.teleop_live import ask_for, clutched, help_line
from collector.report.teleop_table import summary_table, teleop_view
from collector.teleop_desk import summary
from hardware.config import RigConfig
from tests.robots import base, robots, servo_follower

ARM: dict[str, Any] = {
    "alive": True, "ready": True, "teleop": "ALIGN", "reason": "Move joint 2 of the leader by -0.40 rad.", "cause": "",
    "error": [0.01, 0.4, -1.2, None, 0.0, 0.0], "success_rate": 0.99, "success_min": 0.91, "cycles": 900, "lost": 4,
    "robot_lag_ms": 31.0, "lag": {"p50_ms": 10.2, "p95_ms": 12.4, "max_ms": 55.0}, "holds": {"tracking": 2},
    "faults": {}, "rejected": {"jump": 7}, "limit_hits": {"velocity/4": 12, "velocity/1": 1},
    "approaches": 0, "clutches": 0, "warning": "real-time priority is not permitted",
}  # fmt: skip


def rig(**teleop: Any) -> RigConfig:
    config = robots({"left": servo_follower(6, "left", gripper=True)}, {"base": base("vx", "wz")})
    return config.model_copy(update={"teleop": config.teleop.model_copy(update=teleop)})


def status(fault: dict[str, Any] | None = None) -> dict[str, Any]:
    leader = {"reads": 400, "missed": 1, "temperature": 41.0, "feel": "gravity"}
    wheels = {"sent": [0.2, float("nan"), -0.1], "measured": [0.19, float("nan"), -0.1], "reason": "", "reads": 3}
    processes = {"arm-left": ARM, "leader-left": leader, "base-base": wheels}
    return {"state": "FAULT" if fault else "IDLE", "fault": fault, "processes": processes}


def text(shown: RenderableType) -> str:
    console = Console(width=240, record=True, file=open("/dev/null", "w"))
    with console.capture() as capture:
        console.print(shown)
    console.file.close()
    return capture.get()


def test_the_view_shows_state_reason_errors_lags_limits_and_warnings() -> None:
    shown = text(teleop_view(status(), rig(), "q: quit"))
    for part in (
        "ALIGN", "Move joint 2 of the leader", "+0.40", "-1.20", "10.2 / 12.4 / 55.0", "31 ms", "99%", "91%", "jump 7",
        "velocity 13", "tracking 2", "gravity, 41 deg C", "+0.20 - -0.10", "real-time priority", "q: quit",
    ):  # fmt: skip
        assert part in shown, part


def test_a_fault_is_named_at_the_top() -> None:
    shown = text(teleop_view(status({"message": "arm-left has stopped answering"}), rig(), ""))
    assert "FAULT  arm-left has stopped answering" in shown.splitlines()[0]


def test_a_rig_that_starts_is_shown_too() -> None:
    assert "starting" in text(teleop_view({"state": "STARTING", "fault": None, "processes": {}}, rig(), ""))


def test_the_summary_has_a_row_an_arm() -> None:
    told = {"left": summary({}, ARM)}
    shown = text(summary_table(told, "8 s"))
    assert "10.2 / 12.4 / 55.0" in shown
    assert "jump 7" in shown


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"e", ["e"]),
        (b"\x1b[A", ["up"]),
        (b"\x1bOB ", ["down", " "]),
        (b"  \x1b[C\x1b[Dq", [" ", " ", "right", "left", "q"]),
        (b"\xff", ["�"]),
    ],
)
def test_bytes_become_keys(data: bytes, names: list[str]) -> None:
    assert key_names(data) == names


def test_keys_become_verbs() -> None:
    config = rig()
    assert [ask_for(key, config, is_clutched=False) for key in "eacr "] == [
        ("engage", {}), ("approach", {}), ("clutch", {}), ("reset", {}), ("release", {}),
    ]  # fmt: skip
    assert ask_for("c", config, is_clutched=True) == ("unclutch", {})
    assert ask_for("?", config, is_clutched=False) is None
    assert ask_for("up", config, is_clutched=False) == ("drive", {"vx": 0.5, "vy": 0.0, "wz": 0.0})
    assert ask_for("right", config, is_clutched=False) == ("drive", {"vx": 0.0, "vy": 0.0, "wz": -1.0})


def test_with_a_deadman_the_space_bar_is_held_and_x_lets_go() -> None:
    config = rig(deadman="key", clutch=True)
    assert ask_for(" ", config, is_clutched=False) == ("deadman", {})
    assert ask_for("x", config, is_clutched=False) == ("release", {})
    assert "hold space" in help_line(config)
    assert "clutch" in help_line(config)


def test_only_keys_that_do_something_are_offered() -> None:
    config = robots({"left": servo_follower(6, "left", gripper=False)})
    assert "arrows" not in help_line(config)
    assert "clutch" not in help_line(config)
    assert ask_for("up", config, is_clutched=False) is None


def test_a_clutched_arm_is_known_by_its_cause() -> None:
    assert not clutched(status())
    assert clutched({"processes": {"arm-left": ARM | {"cause": "clutched"}}})
