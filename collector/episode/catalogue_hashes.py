"""SHA-256 of files that are in the catalogue without: reading all of a folder takes long, so rows come first."""

from collections.abc import Callable, Iterator
from pathlib import Path

from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_refresh import Progress

_OPEN_S = 60.0
_LEAST_BYTES_S = 5_000_000  # of the slowest disk that is waited for

Hash = Callable[[list[Path], float], Iterator[tuple[Path, str | None]]]
"""Of each file, in any order, waiting so long (s) for one; None: it cannot be read."""


def in_children(paths: list[Path], patience_s: float) -> Iterator[tuple[Path, str | None]]:
    """Each in a child process."""
    from collector.episode.catalogue_sealed import sha256
    from collector.episode.isolated import each

    for path, digest in each(sha256, paths, patience_s):
        yield path, digest if isinstance(digest, str) else None


def fill_hashes(folder: Path, catalogue: Catalogue, progress: Progress, hashed: Hash = in_children) -> int:
    """Hash what has no hash yet, the newest first, each seen by others at once; how many. Raises sqlite3.Error."""
    rows = [row for row in catalogue.rows() if row.path and row.bytes is not None and row.sha256 is None]
    of = {folder / str(row.path): row for row in sorted(rows, key=lambda row: row.started_utc_ns or 0, reverse=True)}
    paths = [path for path in of if path.is_file()]
    largest, done = max((of[path].bytes or 0 for path in paths), default=0), 0
    for number, (path, digest) in enumerate(hashed(paths, _OPEN_S + largest / _LEAST_BYTES_S), 1):
        if digest is not None:
            catalogue.set_sha256(of[path], digest)
            done += 1
        progress(f"hashing {path.name} ({number} of {len(paths)})", number / len(paths))
    return done
