"""A result into the store, and beside it the pictures that it hangs on."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from calibration.errors import CalibrationError
from calibration.result import IntrinsicsResult, MountResult, Result, RigResult
from calibration.store import Store
from collector.calibrate.taken import Taken

PICTURES = "pictures"
"""Folder of the store: PNG files by the SHA-256 of their bytes."""


def keep(store: Store, result: Result, subject: str, taken: Iterable[Taken] = (), capture: Path | None = None) -> Path:
    """Where the result is then. Of the pictures those that it used. Raises CalibrationError.

    `capture`: a folder that holds them already: on the same disk they take no more room.
    """
    used: set[str] = set()
    if isinstance(result, IntrinsicsResult | MountResult | RigResult):
        used = {picture.sha256 for picture in result.pictures}
    folder = store.root / PICTURES
    try:
        for one in taken:
            if one.view.sha256 in used:
                _write(folder / f"{one.view.sha256}.png", one.png, capture)
    except OSError as error:
        raise CalibrationError(f"{folder} cannot be written: {error.strerror}; make room, or name a store") from error
    return store.save(result, subject)


def _write(path: Path, data: bytes, capture: Path | None) -> None:
    """Once, read-only: its name is its hash."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if capture is not None:
        with suppress(OSError):  # another disk, or one that knows no links
            os.link(capture / path.name, path)
            return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.chmod(0o444)
    temporary.rename(path)
