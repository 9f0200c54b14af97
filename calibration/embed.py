"""What of the store counts for a rig, and how an episode carries it."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from calibration.errors import CalibrationError
from calibration.factory import factory_lens
from calibration.lens_model import parameter_names
from calibration.result import IntrinsicsResult, MountResult, Result, RigResult
from calibration.store import Store, holds, plain
from hardware.config import RigConfig


def counting(store: Store, rig: RigConfig, kind: str, subject: str) -> Result | None:
    """The result that counts: the pinned one, or the newest that holds for what the rig's file says is there.

    Of a camera: by its serial, intrinsics by its pictures' size too. Raises CalibrationError where a pin names none.
    """
    camera = rig.cameras.get(subject)
    serial, size = (camera.serial, (camera.width, camera.height)) if camera else ("", None)
    pin = rig.calibration.pins.get(f"{subject}/{kind}")
    if pin is None:
        return store.newest(kind, subject, serial, size)
    result = store.load(pin)
    if result.kind != kind or not holds(result, subject, serial, size):
        raise CalibrationError(
            f"calibration.pins {subject}/{kind} names {pin}, which is no {kind} of {subject} as the rig's file has it"
            " (camera's serial, size of its pictures); pin another one, or none"
        )
    return result


def placing(store: Store, rig: RigConfig, camera: str) -> MountResult | RigResult | None:
    """What tells a camera's place: the pinned result, else its own or the whole rig's, whichever is newer; or nothing.

    The rig's does not where another camera is there now, nor in the frame of another camera: a rig without arms has no
    base. Raises CalibrationError as `counting` does.
    """
    kind, pins = mount_kind(rig, camera), rig.calibration.pins
    found, whole = counting(store, rig, kind, camera), counting(store, rig, "rig", rig.name)
    own = found if isinstance(found, MountResult) else None
    if f"{camera}/{kind}" in pins or not isinstance(whole, RigResult):
        return own
    told, serial = whole.mounts.get(camera), rig.cameras[camera].serial
    if told is None or told["of"] not in whole.bases or (serial and told.get("serial") not in (None, "", serial)):
        return own
    is_newer = own is None or whole.made.made_utc_ns > own.made.made_utc_ns
    return whole if is_newer or f"{rig.name}/rig" in pins else own


def embedded(store: Store, rig: RigConfig, told: Mapping[str, Mapping[str, str]] = {}) -> dict[str, dict[str, Any]]:
    """By camera, what an episode says of it: plain JSON values, the results in full under `intrinsics` and `mount`.

    Without a calibration the maker's own lens, from `told` (options of each camera's device
    information), with `source` factory; without that `source` none. What
    a pin or a file has against it stands under `note`: recording goes on, the episode says so. Never raises.
    """
    return {name: _camera(store, rig, name, told.get(name, {})) for name in rig.cameras}


def mount_kind(rig: RigConfig, camera: str) -> str:
    """How a camera's place is told: hand-eye on a wrist, extrinsics in the cell."""
    return "hand-eye" if rig.cameras[camera].view == "wrist" else "extrinsics"


def _camera(store: Store, rig: RigConfig, name: str, options: Mapping[str, str]) -> dict[str, Any]:
    config, notes = rig.cameras[name], list[str]()
    lens = _or_none(lambda: counting(store, rig, "intrinsics", name), notes)
    place = _or_none(lambda: placing(store, rig, name), notes)
    entry: dict[str, Any] = {"width": config.width, "height": config.height, "serial": config.serial}
    if isinstance(lens, IntrinsicsResult):
        entry |= _lens(lens)
    elif (maker := factory_lens(options)) is not None:
        entry |= {"source": "factory", **maker}
    else:
        entry |= {"source": "none"}
    match place:
        case MountResult():
            entry |= _alone(place)
        case RigResult():
            entry |= _in_rig(place, name)
        case _:
            pass
    if (used := entry.get("mount_intrinsics_uuid")) and used != entry.get("uuid"):
        notes.append("the place was found with another lens than the one that counts; calibrate the place again")
    return entry | ({"note": "; ".join(notes)} if notes else {})


def _or_none(find: Callable[[], Result | None], notes: list[str]) -> Result | None:
    try:
        return find()
    except CalibrationError as error:
        notes.append(str(error))
        return None


def _lens(lens: IntrinsicsResult) -> dict[str, Any]:
    names = lens.names or parameter_names(lens.model)
    known = all(name in lens.sigmas for name in names)
    return {
        "source": "calibrated",
        "K": [list(row) for row in lens.K],
        "distortion": list(lens.dist),
        "model": lens.model,
        "parameters": " ".join(names),
        **({"sigmas": [lens.sigmas[name] for name in names]} if known else {}),
        **_figures(lens.model_dump(include={"rms_px", "holdout_rms_px"}), ("rms_px", "holdout_rms_px"), ""),
        "uuid": lens.made.uuid,
        "date": _date(lens),
        "intrinsics": plain(lens),
    }


def _alone(mount: MountResult) -> dict[str, Any]:
    return {
        "T_ee_camera" if mount.kind == "hand-eye" else "T_base_camera": [list(row) for row in mount.T],
        "arm": mount.arm,
        **_figures(mount.model_dump(), ("sigma_mm", "sigma_deg", "covariance", "rms_px", "holdout_mm", "holdout_deg")),
        "mount_intrinsics_uuid": mount.intrinsics,
        **_identity(mount),
    }


def _in_rig(whole: RigResult, camera: str) -> dict[str, Any]:
    told = whole.mounts[camera]
    return {
        "T_ee_camera" if told["kind"] == "hand-eye" else "T_base_camera": [list(row) for row in told["T"]],
        "arm": str(told["of"]),
        **_figures(told | {"rms_px": whole.rms_px}, ("sigma_mm", "sigma_deg", "covariance", "rms_px")),
        "mount_intrinsics_uuid": str(told.get("intrinsics", "")),
        **_identity(whole),
    }


def _figures(told: Mapping[str, Any], names: tuple[str, ...], prefix: str = "mount_") -> dict[str, Any]:
    """Those that are known, as plain JSON: what nobody told is left out."""
    found = {name: told[name] for name in names if name in told}
    return {
        f"{prefix}{name}": [list(row) for row in value] if name == "covariance" else value
        for name, value in found.items()
        if name == "covariance" or math.isfinite(value)
    }


def _identity(result: MountResult | RigResult) -> dict[str, Any]:
    return {"mount_uuid": result.made.uuid, "mount_date": _date(result), "mount": plain(result)}


def _date(result: Result) -> str:
    return f"{datetime.fromtimestamp(result.made.made_utc_ns // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
