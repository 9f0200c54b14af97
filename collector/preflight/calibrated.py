"""Whether lenses and places of the cameras are known, are those of these cameras, and were found to hold of late."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from calibration.drift import FAIL_PX, WARN_PX, Drift, drifts
from calibration.embed import embedded, mount_kind
from calibration.errors import CalibrationError
from calibration.result import CheckResult
from calibration.store import Store
from collector.preflight.check import Check
from hardware.config import RigConfig

_HOUR_NS: Final = 3_600_000_000_000
_LATER: Final = "record all the same; leave the cameras where they stand, so that a later calibration holds"

Told = dict[str, Any]


def calibration_checks(rig: RigConfig, store: Store, utc_ns: int) -> list[Check]:
    """A line a camera, or one for all where none is calibrated; before them pins that name nothing."""
    told = embedded(store, rig)
    known = {name for name, entry in told.items() if _known(entry)}
    pins = list(_pins(rig, store))
    if not known:
        return [*pins, Check("calibration", "", "warn", f"not calibrated: {', '.join(rig.cameras)}", _LATER)]
    checks = [result for _, result in store.results("check") if isinstance(result, CheckResult)]
    by_camera = drifts(checks)
    return [*pins, *(_camera(rig, store, name, told[name], by_camera.get(name), utc_ns) for name in rig.cameras)]


def _known(entry: Told) -> bool:
    return entry["source"] == "calibrated" or "mount_uuid" in entry


def _pins(rig: RigConfig, store: Store) -> Iterator[Check]:
    for pin, name in rig.calibration.pins.items():
        try:
            store.load(name)
        except CalibrationError as error:
            yield Check("calibration", pin, "fail", str(error), f"pin another one in calibration.pins.{pin}, or none")


def _camera(rig: RigConfig, store: Store, name: str, entry: Told, drift: Drift | None, utc_ns: int) -> Check:
    """The worst of what there is to say."""
    again = f"clap calibrate {mount_kind(rig, name)} {name}"
    if missing := _missing(rig, store, name, entry):
        return missing
    current = (entry.get("uuid", ""), entry["mount_uuid"])
    if drift is not None and drift.calibration != current:
        drift = None
    age_days = (utc_ns - min(_ns(entry["date"]), _ns(entry["mount_date"]))) / (24 * _HOUR_NS)
    shift = "never checked" if drift is None else f"{drift.px[-1]:.1f} px off {_ago(utc_ns - drift.t_utc_ns[-1])}"
    says = f"lens and place known, {age_days:.0f} days old, {shift}"
    if drift is not None and drift.px[-1] > FAIL_PX:
        return Check("calibration", name, "fail", f"{says}; the limit is {FAIL_PX:g}", again)
    if note := entry.get("note"):
        return Check("calibration", name, "warn", str(note), again)
    if drift is not None and (drift.px[-1] > WARN_PX or drift.drifting or drift.knocked_utc_ns):
        return Check("calibration", name, "warn", says, drift.says)
    if age_days > rig.calibration.max_age_days:
        old = f"{says}; {rig.calibration.max_age_days:g} days are allowed"
        return Check("calibration", name, "warn", old, again)
    if drift is None or utc_ns - drift.t_utc_ns[-1] > rig.calibration.check_hours * _HOUR_NS:
        return Check("calibration", name, "warn", says, f"show it a board: clap calibrate check {name}")
    return Check("calibration", name, "ok", says)


def _missing(rig: RigConfig, store: Store, name: str, entry: Told) -> Check | None:
    """What of a camera is not known, and whether another camera had its name."""
    lacks = {"intrinsics": entry["source"] != "calibrated", mount_kind(rig, name): "mount_uuid" not in entry}
    kinds = [kind for kind, lacking in lacks.items() if lacking]
    if not kinds:
        return None
    other = next((serial for kind in kinds if (serial := _other_serial(rig, store, name, kind))), "")
    what = " and ".join({"intrinsics": "lens"}.get(kind, "place") for kind in kinds)
    says = f"its {what} is not calibrated" if len(kinds) == 1 else f"its {what} are not calibrated"
    if other:
        says += f"; those of the camera {other}, which had its name, do not count"
    remedy = ", then ".join(f"clap calibrate {kind} {name}" for kind in kinds)
    return Check("calibration", name, "warn", f"{says}{_note(entry)}", remedy)


def _other_serial(rig: RigConfig, store: Store, name: str, kind: str) -> str:
    """Of the camera that the newest result under this name is of, if it is another one."""
    last = store.newest(kind, name)
    serial = getattr(last, "serial", "")
    return serial if serial and serial != rig.cameras[name].serial else ""


def _note(entry: Told) -> str:
    return f"; {entry['note']}" if entry.get("note") else ""


def _ns(date: str) -> int:
    return int(datetime.fromisoformat(date).timestamp()) * 10**9


def _ago(ns: int) -> str:
    hours = ns / _HOUR_NS
    return f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago"
