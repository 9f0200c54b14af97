"""A virtual rig's fault costs a second try, from where the first began; a real one's ends the procedure."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from calibration.store import Store
from collector.calibrate import again as module
from collector.calibrate.again import again
from collector.calibrate.bench import Bench
from collector.calibrate.hands import NoHands, ScriptedHands
from collector.record import RigFault

FAULT = "right: the robot stopped itself"


@pytest.fixture
def did() -> list[str]:
    return []


@pytest.fixture
def bench(did: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    client: Any = SimpleNamespace(call=lambda verb, **_: did.append(verb))
    rig: Any = SimpleNamespace(wait_started=lambda: did.append("started"))
    monkeypatch.setattr(module, "_stands", lambda _bench, _arm: np.array([0.1, 0.2]))
    monkeypatch.setattr(module, "follower_goes", lambda _c, arm, _say: lambda q: did.append(f"{arm} to {q[1]}"))
    nothing: Any = None
    return Bench(nothing, Store(tmp_path), client, rig, {}, lambda what: did.append(what.partition(";")[0]))


def fails_once(did: list[str]) -> str:
    did.append("look")
    if did.count("look") == 1:
        raise RigFault(FAULT)
    return "found"


def test_after_a_fault_the_arm_goes_back_to_where_the_board_is_in_view(bench: Bench, did: list[str]) -> None:
    assert again(bench, ScriptedHands(bench.client), lambda: fails_once(did), "right") == "found"
    assert did == ["look", FAULT, "reset", "started", "right to 0.2", "look"]


def test_where_no_arm_moves_none_goes_back(bench: Bench, did: list[str]) -> None:
    assert again(bench, ScriptedHands(bench.client), lambda: fails_once(did)) == "found"
    assert did == ["look", FAULT, "reset", "started", "look"]


def test_a_real_rigs_fault_is_nobodys_to_reset(bench: Bench, did: list[str]) -> None:
    with pytest.raises(RigFault, match="stopped itself"):
        again(bench, NoHands(), lambda: fails_once(did), "right")
    assert did == ["look"]
