"""The store: one immutable JSON file a result, named by kind, subject, date and UUID; nothing is ever replaced."""

import hashlib
import json
import math
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import TypeAdapter, ValidationError

from calibration.errors import CalibrationError
from calibration.result import IntrinsicsResult, MountResult, Result
from hardware.config import RigConfig

FORMAT, FORMAT_VERSION = "clapboard-calibration", 1

Kind = Literal["intrinsics", "hand-eye", "extrinsics", "rig", "leader", "latency", "check"]
RESULTS: TypeAdapter[Result] = TypeAdapter(Result)

_NAME = re.compile(
    r"(intrinsics|hand-eye|extrinsics|rig|leader|latency|check)-([\w.-]+)-(\d{8}T\d{6}Z)-([0-9a-f]{8})", re.ASCII
)
_ODD = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}  # JSON has no numbers for these


@dataclass(frozen=True, slots=True)
class Problem:
    """A file of the store's folder that is no result, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of results. It need not be there until something is saved."""

    root: Path

    def save(self, result: Result, subject: str) -> Path:
        """Keep a result for good, read-only; saved again, it is the file that is there.

        Raises CalibrationError where the folder cannot be written to, or another result has the name.
        """
        name, text = name_of(result, subject), to_text(result)
        path = self.root / f"{name}.json"
        temporary = self.root / f".{name}.{os.getpid()}.tmp"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if path.exists():
                return self._same(path, text)
            with temporary.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o444)
            temporary.rename(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise CalibrationError(f"{path} cannot be written: {error.strerror}; make room, or name a store") from error
        return path

    def load(self, name: str) -> Result:
        """A result by its name, or the beginning of one or of its UUID if no other begins so. Raises CalibrationError.

        A file whose text is not what was saved is refused.
        """
        return read_result(self.root / f"{self.find(name)}.json")

    def find(self, name: str) -> str:
        """The whole name of a result of which the name, the beginning of it or of its UUID is given.

        Raises CalibrationError.
        """
        name = name.removesuffix(".json")
        every = self.names()
        if name in every:
            return name
        found = [full for full in every if name and (full.startswith(name) or full[-8:].startswith(name[:8]))]
        match found:
            case [only]:
                return only
            case []:
                raise CalibrationError(f"{self.root} has no calibration {name!r}; clap calibrate history lists them")
            case _:
                raise CalibrationError(f"{name!r} may be any of {', '.join(found[:4])}; give more of the name")

    def names(self, kind: str | None = None, subject: str | None = None) -> list[str]:
        """Of the results, oldest first by their dates; `kind`, `subject`: only of these."""
        wanted = None if subject is None else slug(subject)
        found = [
            (told[3], told[0])
            for path in self._files()
            if (told := _NAME.fullmatch(path.stem)) and kind in (None, told[1]) and wanted in (None, told[2])
        ]
        return [name for _, name in sorted(found)]

    def results(self, kind: str | None = None, subject: str | None = None) -> list[tuple[str, Result]]:
        """Names and results, oldest first; what cannot be read is left out (see `problems`)."""
        found = [(name, told) for name in self.names(kind, subject) if (told := self._sound(name)) is not None]
        return sorted(found, key=lambda item: item[1].made.made_utc_ns)

    def newest(self, kind: str, subject: str, serial: str = "", size: tuple[int, int] | None = None) -> Result | None:
        """The newest one that holds, None without any.

        `serial`: of the camera that is there now: a result of another one does not count, and intrinsics of this one
        count under whatever name it had. `size`: (width, height) px of its pictures now.
        """
        by_serial = kind == "intrinsics" and serial
        found: Result | None = None
        last = ""
        for name in reversed(self.names(kind, None if by_serial else subject)):
            if found and _stamp(name) < last:  # names tell the second, results the nanosecond
                break
            result = self._sound(name)
            if result is None or not holds(result, subject, serial, size):
                continue
            if found is None or result.made.made_utc_ns > found.made.made_utc_ns:
                found, last = result, _stamp(name)
        return found

    def problems(self) -> list[Problem]:
        """Every file that is no result that can be read: named, and otherwise passed over."""
        found: list[Problem] = []
        for path in self._files(every=True):
            if not _NAME.fullmatch(path.stem) or path.suffix != ".json":
                found.append(Problem(path, f"{path.name} is no calibration by its name; move it elsewhere"))
                continue
            try:
                read_result(path)
            except CalibrationError as error:
                found.append(Problem(path, str(error)))
        return found

    def _sound(self, name: str) -> Result | None:
        try:
            return read_result(self.root / f"{name}.json")
        except CalibrationError:
            return None

    def _files(self, *, every: bool = False) -> Iterator[Path]:
        if not self.root.is_dir():
            return
        for path in sorted(self.root.iterdir()):
            if not path.name.startswith(".") and (path.suffix == ".json" or (every and not path.is_dir())):
                yield path

    def _same(self, path: Path, text: str) -> Path:
        if path.read_text(encoding="utf-8") == text:
            return path
        raise CalibrationError(
            f"{path} holds another result, and nothing is replaced; give the new one a UUID of its own"
        )


def default_store(rig_name: str) -> Store:
    """Where the calibrations of a rig are kept (XDG base directories: data)."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Store(Path(data) / "clapboard" / "calibrations" / rig_name)


def store_of(rig: RigConfig) -> Store:
    """The store that a rig's file names, or its default one."""
    return default_store(rig.name) if rig.calibration.store is None else Store(rig.calibration.store.expanduser())


def name_of(result: Result, subject: str) -> str:
    """<kind>-<subject>-<date>-<first 8 of its UUID>."""
    made = datetime.fromtimestamp(result.made.made_utc_ns // 10**9, UTC)
    return f"{result.kind}-{slug(subject)}-{made:%Y%m%dT%H%M%SZ}-{result.made.uuid[:8]}"


def slug(subject: str) -> str:
    """A subject as it stands in a name: cameras/front is cameras_front."""
    return re.sub(r"[^\w.-]", "_", subject, flags=re.ASCII) or "_"


def to_text(result: Result) -> str:
    """As a file of the store holds it: JSON with the SHA-256 of what was found."""
    told = plain(result)
    return json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, "sha256": _digest(told), **told}, indent=1)


def plain(result: Result) -> dict[str, Any]:
    """JSON values of a result, exactly; `from_plain` undoes it."""
    return _strict(result.model_dump())


def from_plain(told: dict[str, Any]) -> Result:
    """The result of its JSON values. Raises ValidationError."""
    return RESULTS.validate_python(_loose(told))


def read_result(path: Path) -> Result:
    """A result from any file of a store. Raises CalibrationError."""
    try:
        at = path.stat()
        return _read(path, at.st_mtime_ns, at.st_size)
    except (OSError, UnicodeDecodeError) as error:
        raise CalibrationError(f"{path} cannot be read ({error}); restore it, or calibrate again") from error


@lru_cache(maxsize=256)
def _read(path: Path, _mtime_ns: int, _size: int) -> Result:
    text = path.read_text(encoding="utf-8")
    try:
        told = cast(dict[str, Any], json.loads(text))
        head = {key: told.pop(key) for key in ("format", "format_version", "sha256")}
        if head["format"] != FORMAT:
            raise ValueError(head["format"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CalibrationError(f"{path.name} is no calibration of clapboard; move it elsewhere") from error
    if head["format_version"] != FORMAT_VERSION:
        raise CalibrationError(f"{path.name} is of format version {head['format_version']}; upgrade clapboard")
    if head["sha256"] != _digest(told):
        raise CalibrationError(f"{path.name} was changed after it was saved; restore it, or calibrate again")
    try:
        return from_plain(told)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise CalibrationError(f"{path.name} is no result: {where}: {error.errors()[0]['msg']}") from error


def holds(result: Result, subject: str, serial: str, size: tuple[int, int] | None = None) -> bool:
    """Whether a result is of the camera that is there now, with pictures of this (width, height); see `newest`."""
    of = result.serial if isinstance(result, IntrinsicsResult | MountResult) else ""
    if serial and of and of != serial:
        return False
    if isinstance(result, IntrinsicsResult):
        is_this = bool(serial and of) or slug(result.camera) == slug(subject)
        return is_this and size in (None, (result.width, result.height))
    return True


def _stamp(name: str) -> str:
    return name[-25:-9]


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _strict(value: Any) -> Any:
    """Numbers that JSON has no way to write, as words."""
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case dict():
            return {key: _strict(inner) for key, inner in cast(dict[str, Any], value).items()}
        case list() | tuple():
            return [_strict(inner) for inner in cast(list[Any], value)]
        case _:
            return value


def _loose(value: Any) -> Any:
    match value:
        case str() if value in _ODD:
            return _ODD[value]
        case dict():
            return {key: _loose(inner) for key, inner in cast(dict[str, Any], value).items()}
        case list():
            return [_loose(inner) for inner in cast(list[Any], value)]
        case _:
            return value
