"""What is stored of a camera, as a check needs it: from the rig's store, or as an episode carries it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import numpy as np

from calibration.board import BOARDS, Board
from calibration.embed import embedded, mount_kind
from calibration.errors import CalibrationError
from calibration.lens import DISTORTION, Lens
from calibration.poses import Matrix
from calibration.store import Store
from hardware.config import RigConfig


@dataclass(frozen=True, slots=True)
class Stored:
    """`T`: T_ee_camera of a camera on the wrist of `arm`, else T_base_camera in that arm's base; 4x4, m.

    `lens_uuid`, `mount_uuid`: of the results, empty for the maker's lens; `made_utc_ns`: of the older of the two.
    `T_base_board`, `board`: where its board lay as a hand-eye was found, and which one; None of any other camera.
    """

    camera: str
    lens: Lens
    T: Matrix
    arm: str
    on_wrist: bool
    lens_uuid: str
    mount_uuid: str
    made_utc_ns: int
    T_base_board: Matrix | None
    board: Board | None

    def T_base_camera(self, T_base_ee: Matrix) -> Matrix:
        """While the arm's hand is there."""
        return T_base_ee @ self.T if self.on_wrist else self.T


def stored_in(store: Store, config: RigConfig, devices: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By camera, what counts, as an episode would carry it. `devices`: what each camera said of itself."""
    return embedded(store, config, {name: told.get("options", {}) for name, told in devices.items()})


def stored(camera: str, kind: str, entry: Mapping[str, Any]) -> Stored:
    """Of one camera. `kind`: hand-eye or extrinsics, as its place is told. Raises CalibrationError."""
    if "K" not in entry or str(entry.get("model", "")) not in DISTORTION:
        raise CalibrationError(f"{camera} has no lens yet: run clap calibrate intrinsics {camera} first")
    key = "T_ee_camera" if "T_ee_camera" in entry else "T_base_camera"
    if key not in entry:
        raise CalibrationError(f"nobody knows where {camera} is: run clap calibrate {kind} {camera} first")
    mount = cast(dict[str, Any], entry.get("mount", {}))
    lay = mount.get("T_board") if mount.get("kind") == "hand-eye" else None
    dates = [datetime.fromisoformat(str(entry[key])) for key in ("date", "mount_date") if entry.get(key)]
    return Stored(
        camera,
        Lens(
            entry["model"], np.array(entry["K"], np.float64), np.array(entry["distortion"], np.float64),
            (int(entry["width"]), int(entry["height"])),
        ),
        np.array(entry[key], np.float64),
        str(entry.get("arm", "")),
        key == "T_ee_camera",
        str(entry.get("uuid", "")),
        str(entry.get("mount_uuid", "")),
        min((int(date.timestamp()) * 10**9 for date in dates), default=0),
        None if lay is None else np.array(lay, np.float64),
        BOARDS.validate_python(mount["board"]) if mount.get("board") and lay is not None else None,
    )  # fmt: skip


def all_stored(config: RigConfig, entries: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Stored], list[str]]:
    """Of every camera that has an entry; and why others are not known, a sentence each."""
    known: dict[str, Stored] = {}
    why: list[str] = []
    for camera in config.cameras:
        try:
            known[camera] = stored(camera, mount_kind(config, camera), entries.get(camera, {}))
        except CalibrationError as error:
            why.append(str(error))
    return known, why


def board_that_lay(known: Mapping[str, Stored]) -> tuple[Board, Matrix] | None:
    """The board of the last hand-eye calibration and T_base_board (4, 4), where there was one."""
    found = [one for one in known.values() if one.board is not None and one.T_base_board is not None]
    if not found:
        return None
    last = max(found, key=lambda one: one.made_utc_ns)
    assert last.board is not None and last.T_base_board is not None
    return last.board, last.T_base_board
