"""The pre-flight as text: the same lines as on the console."""

from rich.console import Console

from collector.preflight.told import PreflightTold
from collector.report.preflight_table import preflight_table
from tests.tui.preflight_facts import morning


def test_each_check_is_a_line_with_what_to_do() -> None:
    console = Console(width=160, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(preflight_table(PreflightTold.of(morning())))
    text = captured.get()
    assert "Pre-flight: fail" in text
    side = next(line for line in text.splitlines() if "camera side" in line)
    assert "no frames come" in side
    assert "check its cable" in side
