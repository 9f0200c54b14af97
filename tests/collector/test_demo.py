"""The demo's takes: what a busy machine spoils is taken again, and said."""

import io
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from collector.demo import demonstrate
from collector.record import Rig, RigFault
from collector.recorded import Recorded
from tests.collector.session_rig import TASK

WHOLE = ("complete", "")
HELD = ("complete", "stopped following after 3.3 s: the leader is silent")
CUT = ("truncated", "the disk was full")


class Session:
    """Takes that end as listed."""

    def __init__(self, *endings: tuple[str, str]) -> None:
        self._endings = iter(endings)
        self.did: list[str] = []

    def record(self, *_: Any) -> Recorded:
        status, problem = next(self._endings)
        self.did.append("record")
        return Recorded(Path(f"{len(self.did)}.hdf5"), "u", status, 10.0, 0.01, {}, problem=problem)

    def keep(self) -> None:
        self.did.append("keep")

    def discard(self) -> None:
        self.did.append("discard")


def demonstrated(session: Session) -> tuple[list[Recorded], str]:
    console = Console(file=io.StringIO(), width=200)
    episodes = demonstrate(cast(Rig, session), TASK, {"instruction": "pick"}, console)
    return episodes, cast(io.StringIO, console.file).getvalue()


def test_a_spoilt_take_is_discarded_and_taken_again() -> None:
    session = Session(WHOLE, HELD, CUT, WHOLE)
    episodes, said = demonstrated(session)
    assert session.did == ["record", "keep", "record", "discard", "record", "discard", "record", "keep"]
    assert [episode.ending for episode in episodes] == ["complete", "complete"]
    assert [line.partition(": ")[2] for line in said.splitlines()] == [HELD[1], CUT[1]]


def test_a_machine_that_spoils_every_other_take_is_named() -> None:
    with pytest.raises(RigFault, match=r"4 takes were spoilt, the last one: stopped following .* this machine busy"):
        demonstrated(Session(HELD, HELD, WHOLE, HELD, HELD))
