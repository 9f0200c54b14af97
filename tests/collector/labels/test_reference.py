"""docs/reference/labels.md says what the code does."""

import json
import re
from pathlib import Path

from collector.episode.spoken import KINDS
from collector.labels import sidecar
from collector.labels.event import LabelEvent, LabelSet

PAGE = (Path(__file__).parents[3] / "docs/reference/labels.md").read_text()


def test_every_field_every_event_and_every_key_of_a_line_is_explained() -> None:
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    explained = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert {*LabelSet.model_fields, *KINDS, *LabelEvent.model_fields, "crc32"} <= explained


def test_its_line_is_one(tmp_path: Path) -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith('{"by"'))
    episode = tmp_path / "episode_000007.hdf5"
    sidecar.sidecar_of(episode).write_text(line + "\n")
    read = sidecar.read(episode, json.loads(line)["episode"])
    assert (read.events[0].set.given(), read.problems) == ({"score": 2}, ())
    sidecar.sidecar_of(episode).unlink()
    sidecar.append(episode, read.events[0])
    assert sidecar.sidecar_of(episode).read_text() == line + "\n"
