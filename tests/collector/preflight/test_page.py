"""Every line of the pre-flight is explained, and nothing that is none."""

import re

from collector.preflight.check import NAMES
from tests.e2e.rig import ROOT

PAGE = ROOT / "docs/how-to/morning-checks.md"


def test_every_line_of_the_pre_flight_is_on_the_page() -> None:
    lines = PAGE.read_text().partition("## The lines")[2]
    assert re.findall(r"^\| `(\w+)` ", lines, re.MULTILINE) == list(NAMES)
