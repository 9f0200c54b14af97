"""What the operator reads while calibrating fits the smallest terminal and says what to do next."""

import io

import numpy as np
import pytest
from rich.console import Console, RenderableType

from calibration.coverage import Coverage
from calibration.diversity import diversity
from calibration.poses import from_twist
from calibration.result import Line
from collector.calibrate.guide import Guide
from collector.calibrate.whole import Step
from collector.report.calibrate_all_table import all_table
from collector.report.calibrate_live import Screen, guide_view, screen
from tests.calibration.results import lens_result, mount_result

LONG = "wrist: The board is blurred by 3.4 px, more than 2.5: hold it still, or give the camera a shorter exposure."


def lines(shown: RenderableType) -> list[str]:
    console = Console(width=80, file=io.StringIO(), force_terminal=False)
    with console.capture() as capture:
        console.print(shown)
    return capture.get().splitlines()


def covered(views: int) -> Coverage:
    cells = np.arange(25).reshape(5, 5) * min(views, 1)
    return Coverage(views, cells, np.array([0, 3, 0, 0, 12, 0, 0, 1]) * min(views, 1), 0.5, 0.4 * min(views, 1), 0.9)


@pytest.mark.parametrize("views", [0, 1, 137])
def test_a_lens_s_guide_fits_and_names_the_next_move(views: int) -> None:
    guide = Guide(
        "Intrinsics of front", "Bring the board to the top left.", 75.0, {"front": views}, LONG, covered(views)
    )
    shown = lines(guide_view(guide))
    assert len(shown) <= 24
    assert max(map(len, shown)) <= 80
    text = "\n".join(shown)
    assert "Bring the board to the top left." in text
    assert "blurred by 3.4 px" in text
    assert f"front {views}" in text
    assert "1:15" in text
    assert "Enter" in text


def test_a_mount_s_guide_shows_how_far_the_hand_was_turned() -> None:
    rng = np.random.default_rng(0)
    poses = np.stack([from_twist(np.r_[rng.normal(0, 0.1, 3), rng.normal(0, [0.3, 0.2, 0.01])]) for _ in range(6)])
    guide = Guide("Mount of wrist", "Turn it.", 5.0, {"wrist": 6}, "", None, diversity(poses), 0.3)
    text = "\n".join(shown := lines(guide_view(guide)))
    assert len(shown) <= 24
    assert all(f"turned about {axis}" in text for axis in "xyz")
    assert "30%" in text
    assert "Enter" not in text  # a motion of the robot's is not ended half way by a look that is enough


def test_the_table_of_a_rig_fits_and_tells_true_errors_and_problems() -> None:
    bad = Line(name="rms", value=2.0, limit=0.5, unit="px", verdict="fail", remedy="again")
    steps = [
        Step("front", "intrinsics", 26.0, lens_result("front")),
        Step("wrist", "hand-eye", 70.0, mount_result("wrist", kind="hand-eye", arm="right", lines=(bad,))),
        Step("side", "extrinsics", 31.0, problem="side never saw the board at rest; hold it into view."),
    ]
    eye = np.eye(4).tolist()
    truth = {
        "cameras": {
            "front": {"K": [[533.0, 0, 341.0], [0, 533.0, 233.0], [0, 0, 1]]},
            "wrist": {"T_ee_camera": {"right": eye}},
        }
    }
    for known in (truth, None):
        shown = lines(all_table(steps, known))
        text = "\n".join(shown)
        assert max(map(len, shown)) <= 80
        assert "never saw" in text
        assert "fail" in text
        assert ("true error" in text) == (known is not None)
    assert "fx +0.12 px" in "\n".join(lines(all_table(steps, truth)))


def test_where_nobody_looks_on_nothing_is_shown_and_nothing_is_enough() -> None:
    out = io.StringIO()
    with screen(Console(file=out)) as shown:
        shown.show(Guide("t", "a", 0.0))
        shown.ask("Take the board.")
        assert not shown.enough()
    assert out.getvalue() == ""
    assert isinstance(shown, Screen)
