"""The certificate: what a self-test found, of which devices, with which software; and whether it still holds."""

import hashlib
import json
import os
import platform
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from collector.selftest.gate import Gate, worst
from collector.selftest.lag import unseen_arms
from hardware.config import RigConfig

Certificate = dict[str, Any]

FORMAT = "clapboard-certificate"
_HOUR_NS = 3_600_000_000_000
# What may differ between two starts of the same rig: where its far ends happened to listen.
_ENDPOINTS = ("port", "address")
_IDENTITY = ("model", "serial", "firmware")


def certify(
    rig: RigConfig, gates: list[Gate], devices: Mapping[str, Any], software: Mapping[str, Any], utc_ns: int
) -> Certificate:
    """The certificate of one self-test. `devices`: DeviceInfo as dictionaries, nested by process."""
    certificate: Certificate = {
        "format": FORMAT,
        "version": 1,
        "uuid": str(uuid.uuid4()),
        "rig": rig.name,
        "made_utc_ns": utc_ns,
        "valid_hours": rig.selftest.certificate_hours,
        "verdict": worst(gates),
        "gates": [gate.to_dict() for gate in gates],
        "not_proven": _not_proven(rig),
        "devices": _flat(devices),
        "rig_sha256": rig_hash(rig),
        "host": {"name": platform.node(), "kernel": platform.release(), "machine": platform.machine()},
        "software": dict(software),
    }
    return certificate | {"sha256": _hash(certificate)}


def why_invalid(certificate: Certificate | None, rig: RigConfig, devices: Mapping[str, Any], utc_ns: int) -> str:
    """The first reason why a certificate does not hold here and now; empty if it holds."""
    if certificate is None:
        return "there is no certificate"
    if certificate.get("sha256") != _hash({k: v for k, v in certificate.items() if k != "sha256"}):
        return "the certificate was changed after it was made"
    if certificate["verdict"] == "fail":
        failed = [f"{g['subject']}: {g['name']}" for g in certificate["gates"] if g["verdict"] == "fail"]
        return f"the last self-test failed ({failed[0]}{' and others' if len(failed) > 1 else ''})"
    age_ns = utc_ns - certificate["made_utc_ns"]
    if not 0 <= age_ns <= rig.selftest.certificate_hours * _HOUR_NS:
        return f"the certificate is {age_ns / _HOUR_NS:.1f} h old, {rig.selftest.certificate_hours:g} h are allowed"
    if certificate["rig_sha256"] != rig_hash(rig):
        return "the rig file's devices were changed since the self-test"
    return _other_device(certificate["devices"], _flat(devices))


def rig_hash(rig: RigConfig) -> str:
    """SHA-256 of what of a rig's configuration bears on its timing; not of where its ports are."""
    told = rig.model_dump(mode="json", include={"trigger", "cameras", "leaders", "followers"})
    return _hash(_without(told, _ENDPOINTS))


def folder(rig_name: str) -> Path:
    """Where the certificates of a rig are kept (XDG base directories: state)."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "clapboard" / "certificates" / rig_name


def save(certificate: Certificate) -> Path:
    """Keep it for good; the newest one of a rig counts."""
    made = datetime.fromtimestamp(certificate["made_utc_ns"] * 1e-9, UTC)
    path = folder(certificate["rig"]) / f"{made:%Y%m%dT%H%M%S}.{certificate['made_utc_ns'] % 10**9:09d}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(certificate, indent=1))
    temporary.rename(path)
    return path


def newest(rig_name: str) -> Certificate | None:
    """The last one made for a rig; one that cannot be read counts as none."""
    found = sorted(folder(rig_name).glob("*.json"))
    try:
        told = json.loads(found[-1].read_text()) if found else None
    except (OSError, ValueError):
        return None
    match told:
        case {"format": "clapboard-certificate"}:
            return cast(Certificate, told)
        case _:
            return None


def _not_proven(rig: RigConfig) -> list[str]:
    """What this rig's configuration leaves out, in words."""
    led = [f"exposure of cameras/{name}: it cannot see the LED" for name in rig.selftest.without_led]
    lag = [f"lag of cameras/{name} to the joints: it sees no marker" for name in rig.selftest.without_motion]
    return led + lag + [f"timing of arms/{name}: no camera sees it move" for name in unseen_arms(rig)]


def _flat(devices: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Device infos by process, and by camera within the process that has several."""
    found: dict[str, dict[str, Any]] = {}
    for process, told in devices.items():
        found |= {process: told} if "serial" in told else {f"{process}/{name}": info for name, info in told.items()}
    return found


def _other_device(certified: Mapping[str, Any], present: Mapping[str, Any]) -> str:
    for name in sorted(certified.keys() | present.keys()):
        then, now = certified.get(name), present.get(name)
        if then is None or now is None:
            return f"{name} is {'new' if then is None else 'gone'} since the self-test"
        for key in _IDENTITY:
            if then[key] != now[key]:
                return f"{name} has another {key} than in the self-test ({now[key]}, was {then[key]})"
    return ""


def _without(value: Any, keys: tuple[str, ...]) -> Any:
    if not isinstance(value, dict):
        return value
    told = cast(dict[str, Any], value)
    return {key: _without(item, keys) for key, item in told.items() if key not in keys}


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
