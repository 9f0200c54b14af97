"""The self-test as a client runs it: one take through the daemon, the LED first, then motion; then the verdict."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from collector.attach import Progress
from collector.control import Client
from collector.episode.reader import Episode
from collector.labels.task import TaskConfig
from collector.provenance import software
from collector.record import Rig, RigFault
from collector.selftest.certificate import Certificate, certify
from collector.selftest.check import check
from collector.selftest.evidence import Evidence
from collector.selftest.gate import Gate
from collector.selftest.gather import from_episode
from collector.selftest.look import Look, look, with_looks
from collector.selftest.machine import machine_gates
from collector.selftest.motion_joints import JointLag, joint_lag
from collector.selftest.result import SelfTest
from hardware.config import RigConfig
from hardware.virtual_config import FaultConfig

LEAST_MOTION_S = 8.0
"""A self-test lasts the LED's time and this at least."""

_TASK = TaskConfig(name="selftest", instruction="self-test: rest, then move every joint for a while")
_WORKERS = 2
_NICE = 19
_SWEEP_BEFORE_S = 0.5  # the first frames of a take tell nothing of the LED

Gates = Callable[[Sequence[Gate]], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """A sealed take, what the processes counted while it ran, the devices that it is of, and their machine.

    sweep: why the box did not flash, or not stop, as it was told.
    """

    episode: Path
    counters: dict[str, Any]
    devices: dict[str, Any]
    machine: list[Gate]
    seconds: float
    sweep: str = ""


def measure(
    client: Client, rig: RigConfig, seconds: float, faults: Sequence[FaultConfig], out: Path, progress: Progress
) -> Measured:
    """Record the take on a rig that a daemon runs, robots at rest under the flashing LED, then following; discard it.

    `rig`: as its file describes it; `out`: the folder that episodes will go to, whose disk is tried.
    Raises RigFault, DaemonError.
    """
    session = Rig(client, progress)
    session.arm("selftest")
    session.rest()
    take = session.begin(_TASK, seconds, {"outcome": "self-test"})
    if rig.virtual is not None:
        client.call("inject", faults=[fault.model_dump() for fault in faults])
    session.wait(take, _SWEEP_BEFORE_S, "self-test: LED")
    period_us = 1e6 / rig.trigger.rate_hz
    lit: str = client.call("sweep", width_us=rig.selftest.led_width_us, span_us=round(period_us))["problem"]
    session.wait(take, rig.selftest.led_s, "self-test: robots at rest, the box flashes its LED")
    dark: str = client.call("sweep", width_us=0, span_us=0)["problem"]
    try:
        session.follow()
    except RigFault:
        session.status()  # a rig that cannot follow is judged by what moved; one in FAULT is not
    session.wait(take, seconds, "self-test: move the leader, every joint, without haste")
    after = session.status()
    recorded = session.finish(take)
    if recorded.status != "complete":
        session.discard()
        session.disarm()
        raise RigFault(f"the self-test's take ended as {recorded.status}: {recorded.problem}")
    session.wait_sealed()
    if rig.virtual is not None:
        client.call("inject", faults=[])
    kept = session.discard()
    session.disarm()
    with Episode(kept) as episode:
        devices = episode.provenance["provenance"]["devices"]
    counters = counted(take.before["processes"], after["processes"])
    return Measured(kept, counters, devices, machine_gates(session.rig(), devices, out), seconds, lit or dark)


def conclude(
    rig: RigConfig, measured: Measured, progress: Progress, so_far: Gates = lambda gates: None
) -> tuple[SelfTest, Certificate]:
    """What the take proves. `so_far`: told the gates that are known, more at each call."""
    test = judge(rig, measured, progress, so_far)
    certificate = certify(rig, test.gates, measured.devices, software(), time.time_ns())
    facts = _facts(certificate, measured.seconds) | _teleoperation(rig, test.evidence)
    return replace(test, facts=facts), certificate


def judge(rig: RigConfig, measured: Measured, progress: Progress, so_far: Gates = lambda gates: None) -> SelfTest:
    """Everything that follows from a sealed take; a process a camera, since this is all computing.

    At the lowest priority: the robots are still held by processes that must not wait for it.
    """
    so_far(measured.machine)
    looks: dict[str, Look] = {}
    with ProcessPoolExecutor(_WORKERS, get_context("spawn"), os.nice, (_NICE,)) as pool:
        looking = [pool.submit(look, measured.episode, name) for name in rig.cameras]
        with Episode(measured.episode) as episode:
            evidence = replace(from_episode(episode), counters=measured.counters, sweep=measured.sweep)
        so_far([*check(rig, evidence, None, None), *measured.machine])
        for done in as_completed(looking):
            looks[done.result().camera] = done.result()
            progress(f"looked at the pictures of {', '.join(looks)}", len(looks) / len(looking))
    looks = {name: looks[name] for name in rig.cameras}
    evidence = with_looks(evidence, looks, measured.counters)
    leds = {name: found.led for name, found in looks.items() if found.led is not None}
    lags = {pair: lag for found in looks.values() for pair, lag in found.lags.items()}
    return SelfTest([*check(rig, evidence, leds, lags), *measured.machine], evidence, leds, lags)


def _facts(certificate: Certificate, seconds: float) -> dict[str, str]:
    """The head of a report."""
    devices = [
        " ".join(filter(None, (name, told["model"], told["serial"], told["firmware"])))
        for name, told in certificate["devices"].items()
    ]
    return {
        "rig": certificate["rig"],
        "made": f"{datetime.fromtimestamp(certificate['made_utc_ns'] * 1e-9, UTC):%Y-%m-%d %H:%M:%S} UTC",
        "measured": f"{seconds:g} s",
        "host": " ".join(certificate["host"].values()),
        "devices": "; ".join(devices),
        "software": " ".join(f"{name} {version}" for name, version in certificate["software"].items() if version),
        "not proven": "; ".join(certificate["not_proven"]) or "nothing left out",
        "certificate": certificate["uuid"],
    }


def _teleoperation(rig: RigConfig, evidence: Evidence) -> dict[str, str]:
    """How far each follower was behind its leader: told, and no gate, since it bears on feel and not on time."""
    told: dict[str, str] = {}
    for arm, follower in rig.followers.items():
        reads, states = (evidence.streams.get(name) for name in (f"leaders/{follower.leader}", f"arms/{arm}"))
        if reads is not None and states is not None:
            lag = joint_lag(follower.leader, arm, reads, states)
            known = isinstance(lag, JointLag)
            told[f"{arm} behind {follower.leader}"] = (
                f"{lag.lag_ns * 1e-6:.1f} ms, sigma {lag.sigma_ns * 1e-6:.1f}" if known else lag.reason
            )
    return told


def counted(before: Any, after: Any) -> dict[str, Any]:
    """By process, every number of its status as the difference of two; what is no number as it is at the end."""
    told = cast(dict[str, Any], after)
    return {key: _difference(before.get(key), value) for key, value in told.items()}


def _difference(before: Any, after: Any) -> Any:
    match before, after:
        case dict(), dict():
            return counted(before, after)
        case (bool(), _) | (_, bool()):
            return after
        case int() | float(), int() | float():
            return after - before
        case _:
            return after
