"""What truly happened at a far end, so that it is measured, not believed: the instant of every sample that it
emitted, and every motion of a follower."""

from enum import IntEnum
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from hardware.samples import Vector

_FLUSH_EVERY = 256


class TruthLog:
    """Appends (seq, t_true_ns) of one stream to a flat file of int64 pairs; one writer a stream.

    A far end that restarts appends to the same file. Streams are named as in the episode
    ("trigger", "cameras/front", "arms/right", "leaders/right", "grippers/right").
    """

    def __init__(self, directory: Path, stream: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / f"{stream.replace('/', '.')}.i64").open("ab")
        self._rows: list[tuple[int, int]] = []

    def append(self, seq: int, t_true_ns: int) -> None:
        """Log one emitted sample."""
        self._rows.append((seq, t_true_ns))
        if len(self._rows) >= _FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what is held to the file."""
        if self._rows:
            self._file.write(np.array(self._rows, dtype="<i8").tobytes())
            self._file.flush()
            self._rows.clear()

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        self._file.close()

    def __enter__(self) -> "TruthLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Told(IntEnum):
    """What a follower obeys: nobody (it holds), positions or torques told by its client, or its own protective stop."""

    NOTHING = 0
    POSITION = 1
    TORQUE = 2
    REFLEX = 3


def motion_row(joints: int) -> np.dtype[np.void]:
    """One instant of a follower; see `MotionLog`."""
    return np.dtype(
        [
            ("t_ns", "<i8"),
            ("tick", "<i8"),
            ("told", "u1"),
            ("command", "<f8", joints),
            ("q", "<f4", joints),
            ("dq", "<f4", joints),
        ]
    )


class MotionLog:
    """What a follower was told and what it did, every millisecond (or every step of its far end).

    One file a follower, `motion.<joints>.<follower>.rows` of `motion_row`; `merge` puts it at /motion/<follower>.
    Limits are audited from it: a far end writes what came over the wire and what its joints did, nothing between.
    A far end makes one only where `world.config.truth_dir` is set:

        log = MotionLog(Path(directory), follower, joints)
        log.append(t_ns, tick, Told.POSITION, command, q, dq)   # after each step of the physics
    """

    def __init__(self, directory: Path, follower: str, joints: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / f"motion.{joints}.{follower}.rows").open("ab")
        self._rows: NDArray[np.void] = np.zeros(_FLUSH_EVERY, motion_row(joints))
        self._held = 0

    def append(self, t_ns: int, tick: int, told: Told, command: Vector, q: Vector, dq: Vector) -> None:
        """One instant: host ns; the far end's own ms; whom it obeys; (n,) rad or Nm told; (n,) rad and rad/s done.

        Without a command pass what the joints do; it is ignored for NOTHING and REFLEX.
        """
        self._rows[self._held] = (t_ns, tick, told, command, q, dq)
        self._held += 1
        if self._held == _FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what is held to the file."""
        self._file.write(self._rows[: self._held].tobytes())
        self._file.flush()
        self._held = 0

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        self._file.close()


def motion_of(directory: Path, follower: str, since: int = 0) -> NDArray[np.void]:
    """What a follower's log holds from row `since` on, also while its far end still writes; no rows without a log."""
    found = list(directory.glob(f"motion.*.{follower}.rows"))
    if not found:
        return np.zeros(0, motion_row(1))
    row = motion_row(int(found[0].name.split(".")[1]))
    with found[0].open("rb") as file:
        file.seek(since * row.itemsize)
        raw = file.read()
    return np.frombuffer(raw[: len(raw) // row.itemsize * row.itemsize], row)


def merge(directory: Path, target: Path) -> None:
    """Gather the flat files into HDF5: /streams/<name>/{seq,t_true_ns} (int64) and /motion/<follower> (rows)."""
    import h5py  # of no use to a far end

    with h5py.File(target, "w") as file:
        for path in sorted(directory.glob("*.i64")):
            raw = path.read_bytes()
            rows = np.frombuffer(raw[: len(raw) // 16 * 16], dtype="<i8").reshape(-1, 2)
            group = file.create_group(f"streams/{path.stem.replace('.', '/')}")
            group.create_dataset("seq", data=rows[:, 0])
            group.create_dataset("t_true_ns", data=rows[:, 1])
        for path in sorted(directory.glob("motion.*.rows")):
            follower = path.name.split(".", 2)[2].removesuffix(".rows")
            file.create_dataset(f"motion/{follower}", data=motion_of(directory, follower))
