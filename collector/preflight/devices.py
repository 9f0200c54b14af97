"""Each device by what its process last said. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from collector.preflight.check import Check
from collector.readiness import PROMPT_SECONDS
from hardware.config import RigConfig

Told = Mapping[str, Any]
Processes = Mapping[str, dict[str, Any]]

_RATE_SHARE = 0.02  # a stream's rate that is further off is told; the self-test proves far finer
_SILENT_MS = 500.0  # collector.readiness
_MISSED_SHARE = 0.01


def device_checks(rig: RigConfig, processes: Processes) -> Iterator[Check]:
    """What a daemon's status says by process, judged. Of one that has ended the last figures tell nothing."""
    yield from _processes(processes)
    there = {name: told for name, told in processes.items() if told.get("alive")}
    gone = processes.keys() - there.keys()
    sync, capture = there.get("sync", {}), there.get("capture", {})
    if "sync" not in gone:
        yield _trigger(rig, sync)
    cameras: Mapping[str, Told] = capture.get("cameras", {})
    streams: Mapping[str, Told] = sync.get("streams", {})
    for name in rig.cameras if "capture" not in gone else ():
        yield _camera(rig, name, cameras.get(name), streams.get(f"cameras/{name}", {}))
    for name in rig.leaders:
        if (process := f"leader-{name}") not in gone:
            yield _bus("leader", name, there.get(process, {}))
    for name in rig.followers:
        if (process := f"arm-{name}") not in gone:
            yield _arm(rig, name, there.get(process, {}))
    for name in rig.bases:
        if (process := f"base-{name}") not in gone:
            yield _bus("base", name, there.get(process, {}))


def _processes(processes: Processes) -> Iterator[Check]:
    """Those that are not there, and what each has warned of: the same words once for all."""
    dead = [name for name, told in processes.items() if not told.get("alive")]
    coming = [name for name, told in processes.items() if told.get("alive") and not told.get("ready")]
    if dead:
        yield Check("process", ", ".join(dead), "fail", "has ended", "reset starts it again; its log says why")
    if coming:
        yield Check("process", ", ".join(coming), "wait", "its device has not answered yet")
    if processes and not dead and not coming:
        yield Check("process", "", "ok", f"all {len(processes)} are there, and so are their devices")
    warned: dict[str, list[str]] = {}
    for name, told in processes.items():
        if text := told.get("warning"):
            warned.setdefault(str(text), []).append(name)
    for text, names in warned.items():
        says, *rest = re.split("[:;] ", text, maxsplit=1)
        yield Check("process", ", ".join(names), "warn", says, "".join(rest))


def _trigger(rig: RigConfig, told: Told) -> Check:
    bound, limits = told.get("bound_us"), rig.gates.clock_bound_us
    stream: Told = told.get("streams", {}).get("trigger", {})
    rate = stream.get("rate_hz")
    if bound is None:
        return Check("trigger", "", "wait", "the box's clock is not known yet")
    if not told.get("edges"):
        return Check(
            "trigger", "", "fail", "no edge on the sync line",
            "check the master camera, its sync mode and the wiring of pins 5 and 9",
        )  # fmt: skip
    says = f"{_hz(rate)}, clock known to {bound:.0f} us"
    if bound > limits[1]:
        return Check(
            "trigger", "", "fail", f"{says}, the limit is {limits[1]:.0f}",
            "wait a minute, or put the box on a USB port of its own",
        )  # fmt: skip
    if _off(rate, rig.trigger.rate_hz):
        return Check("trigger", "", "warn", f"{says}; {rig.trigger.rate_hz:g} Hz are configured", _RATE_REMEDY)
    if told.get("faults"):
        last = f"{says}; it stumbled {told['faults']} times, last: {told.get('last_fault')}"
        return Check("trigger", "", "warn", last, "check its USB cable; clap sync watch shows each fault")
    return Check("trigger", "", "ok", says)


_RATE_REMEDY = "check the rig file's rate and the camera's exposure; clap sync watch shows every stream"


def _camera(rig: RigConfig, name: str, told: Told | None, stream: Told) -> Check:
    if told is None:
        return Check("camera", name, "wait", "it is being opened")
    frames, age_ms = told.get("frames", 0), told.get("age_ms")
    if not frames or age_ms is None or age_ms > _SILENT_MS:
        return Check("camera", name, "fail", "no frames come", "check its cable, its sync mode and the sync line")
    config, rate = rig.cameras[name], stream.get("rate_hz")
    lost, prompt_s = told.get("lost", 0) + told.get("overflowed", 0), told.get("prompt_s", 0)
    says = f"{_hz(rate)}, newest {age_ms:.0f} ms old, {lost} of {frames + lost} frames lost"
    if prompt_s < PROMPT_SECONDS:
        return Check(
            "camera", name, "wait", f"{says}; it has come promptly for {prompt_s} s of {PROMPT_SECONDS}",
            "if this stays, free the CPU: end other programs",
        )  # fmt: skip
    wanted = config.fps if config.sync == "off" else rig.trigger.rate_hz
    if _off(rate, wanted):
        return Check("camera", name, "warn", f"{says}; {wanted:g} Hz are configured", _RATE_REMEDY)
    if lost > rig.recording.drop_budget * (frames + lost):
        return Check("camera", name, "warn", says, "give it a USB 3 port of another controller, or free the CPU")
    return Check("camera", name, "ok", says)


def _bus(name: str, subject: str, told: Told) -> Check:
    """A leader or a base: what is read from its bus."""
    kind = "leader" if name == "leader" else "base"
    reads = told.get("reads")
    if not reads:
        if not told.get("ready"):
            return Check(kind, subject, "wait", "it is being opened")
        return Check(kind, subject, "fail", "nothing is read from its bus", "check its power and its USB cable")
    missed = told.get("missed", 0)
    words = [f"{missed} of {reads + missed} reads missed"]
    if (celsius := told.get("temperature")) is not None:
        words.append(f"servos up to {celsius:.0f} deg C")
    if feel := told.get("feel"):
        words.append(str(feel))
    says = ", ".join(words)
    if missed > _MISSED_SHARE * (reads + missed):
        return Check(kind, subject, "warn", says, "check the bus's cable and plugs, and the adapter's latency timer")
    return Check(kind, subject, "ok", says)


def _arm(rig: RigConfig, name: str, told: Told) -> Check:
    if not told.get("cycles"):
        if not told.get("ready"):
            return Check("arm", name, "wait", "it is being opened")
        return Check("arm", name, "fail", "no states come", "check its power, its network cable, and that FCI is on")
    rate, teleop, why = (
        told.get("success_rate", 0.0),
        str(told.get("teleop", "?")),
        str(told.get("reason", "")).rstrip("."),
    )
    state = f"{teleop}: {why[:1].lower()}{why[1:]}" if why and teleop != "FOLLOW" else teleop
    says = ", ".join(filter(None, (state, f"{rate:.0%} of commands arrive", _far(told))))
    match teleop:
        case "FAULT":
            return Check("arm", name, "fail", says, "look at the robot, clear its surroundings, then reset")
        case "ALIGN" | "RAMP":
            return Check("arm", name, "wait", says, "hold the leader still")
        case _ if rate < rig.teleop.success_rate:
            return Check("arm", name, "warn", says, "free the CPU, and give the robot a network card of its own")
        case "FOLLOW":
            return Check("arm", name, "ok", says)
        case _:
            return Check("arm", name, "warn", says, "hold the leader still, then approach: the robot goes to it")


def _far(told: Told) -> str:
    """The joint that is furthest from its leader."""
    told_errors: list[float | None] = told.get("error") or []
    errors = [(abs(error), joint) for joint, error in enumerate(told_errors, 1) if error is not None]
    if not errors or told.get("teleop") == "FOLLOW":
        return ""
    error, joint = max(errors)
    return f"joint {joint} is {error:.2f} rad from the leader"


def _hz(rate: float | None) -> str:
    return "rate not known" if rate is None else f"{rate:.1f} Hz"


def _off(rate: float | None, wanted: float) -> bool:
    return rate is not None and abs(rate - wanted) > _RATE_SHARE * wanted
