"""A value changes in the rig's file and nothing else does: comments, layout, order stay."""

from pathlib import Path

import pytest
import yaml

from collector.calibrate.rig_text import Key, with_values
from hardware.load import ConfigError

RIG = (Path(__file__).parents[3] / "configs/rigs/virtual.yaml").read_text()
BLOCK = """\
cameras:
  front:   # the near one
    serial: "1"
    sync: slave  # see the wiring

  # a comment between
  side: {serial: "2"}
leaders:
  right:
    signs:
      - 1    # base
      - -1
    offsets_rad: [3.1416, 0.0]
"""


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        (RIG, ("leaders", "right", "signs", 1), 1),
        (RIG, ("leaders", "right", "offsets_rad", 6), 1.25),
        (RIG, ("leaders", "right", "grip", "open_rad"), 2.5),
        (RIG, ("cameras", "wrist", "edge_to_exposure_end_us"), -41.5),
        (BLOCK, ("leaders", "right", "signs", 0), -1),
        (BLOCK, ("cameras", "front", "edge_to_exposure_end_us"), 12.0),
        (BLOCK, ("cameras", "side", "edge_to_exposure_end_us"), 12.0),
        (BLOCK.rstrip("\n"), ("leaders", "right", "rate_hz"), 100),
    ],
)
def test_one_value_changes_or_is_added_and_all_else_stays(text: str, key: Key, value: float) -> None:
    new = with_values(text, {key: value})
    wanted = at = yaml.safe_load(text)
    for part in key[:-1]:
        at = at[part]
    at[key[-1]] = value
    assert yaml.safe_load(new) == wanted
    kept = sum(line in new.splitlines() for line in text.splitlines())
    assert kept >= len(text.splitlines()) - 1, "at most one line differs"


def test_several_values_of_one_line_change_together() -> None:
    values: dict[Key, float | int] = {("leaders", "right", "signs", joint): -1 for joint in range(7)}
    assert yaml.safe_load(with_values(RIG, values))["leaders"]["right"]["signs"] == [-1] * 7


@pytest.mark.parametrize(
    "key", [("leaders", "left", "signs", 0), ("leaders", "right", "signs", 9), ("leaders", "right", "signs")]
)
def test_what_has_no_place_in_the_file_is_named(key: Key) -> None:
    with pytest.raises(ConfigError, match=r"leaders\."):
        with_values(RIG, {key: 1})
