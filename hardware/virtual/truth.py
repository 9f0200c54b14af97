"""The true instant of every sample a far end emits, so that alignment is measured, not believed."""

from pathlib import Path
from types import TracebackType

import h5py
import numpy as np

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


def merge(directory: Path, target: Path) -> None:
    """Gather the flat files of `directory` into HDF5 /streams/<name>/{seq,t_true_ns} (int64)."""
    with h5py.File(target, "w") as file:
        for path in sorted(directory.glob("*.i64")):
            raw = path.read_bytes()
            rows = np.frombuffer(raw[: len(raw) // 16 * 16], dtype="<i8").reshape(-1, 2)
            group = file.create_group(f"streams/{path.stem.replace('.', '/')}")
            group.create_dataset("seq", data=rows[:, 0])
            group.create_dataset("t_true_ns", data=rows[:, 1])
