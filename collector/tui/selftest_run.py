"""The self-test beside the console."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from collector.control import Client, DaemonError
from collector.selftest.gate import Gate, Verdict, worst
from collector.session import State
from collector.tui.beside import Audience, Beside, Seat, Tell
from collector.tui.spawning import allow_spawning

_SECONDS = 30.0  # as clap selftest measures

Gates = Callable[[Sequence[Gate]], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `problem`: why there is no verdict, empty if there is one; `until_utc_ns`: the certificate's."""

    problem: str
    verdict: Verdict
    until_utc_ns: int


def self_test(seat: Seat, audience: Audience[Outcome], gates: Gates) -> Beside[Outcome]:
    """One self-test. `gates` is told, from its thread, all that are known; what was measured is discarded."""
    work = partial(_test, seat, gates)
    aborted = "aborted; the robots hold, nothing was kept"
    return Beside("selftest", work, lambda says: Outcome(says, "fail", 0), aborted, audience)


def _test(seat: Seat, gates: Gates, progress: Tell) -> Outcome:
    from collector.certify import conclude, measure  # a console is to start at once

    with seat.taken() as (client, rig):
        before = client.call("status")
        if before["state"] != State.IDLE:
            raise DaemonError(f"a self-test begins in IDLE; the session is {before['state']}")
        try:
            measured = measure(client, rig, _SECONDS, (), Path(before["out"]), progress)
        finally:
            give_back(client)
    progress("looking at the pictures", None)
    allow_spawning()
    test, certificate = conclude(rig, measured, progress, gates)
    progress("done", 1.0)
    gates(test.gates)
    return _kept(certificate, test.gates)


def give_back(client: Client) -> None:
    """The rig as it was before, wherever the test has ended: robots at rest, LED dark, no take, nobody armed."""
    for verb, words in _way_back(client):
        with suppress(DaemonError):
            client.call(verb, **words)


def _way_back(client: Client) -> Sequence[tuple[str, dict[str, Any]]]:
    with suppress(DaemonError):
        state = client.call("status")["state"]
        dark = ("sweep", {"width_us": 0, "span_us": 0})
        discard: list[tuple[str, dict[str, Any]]] = [("discard", {"why": "self-test"}), ("disarm", {})]
        match state:
            case State.RECORDING:
                return [("release", {}), dark, ("stop", {}), *discard]
            case State.REVIEW | State.ARMED:
                return [("release", {}), dark, *discard]
            case _:
                pass
    return [("release", {})]


def _kept(certificate: dict[str, Any], gates: Sequence[Gate]) -> Outcome:
    from collector.selftest.certificate import save

    save(certificate)
    until = int(certificate["made_utc_ns"]) + int(certificate["valid_hours"] * 3600 * 1e9)
    return Outcome("", worst(gates), until)
