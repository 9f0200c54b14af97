"""What a sealed file says of its episode, for the catalogue. A damaged file may crash or hang HDF5: mind where."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from collector.episode.catalogue_facts import facts, number_of
from collector.episode.catalogue_row import Row
from collector.episode.foreign import damage_named
from collector.episode.reader import Episode
from collector.labels import sidecar


def sealed_row(path: Path) -> Row:
    """The row, without the file's hash. `duration_s`: from the first step to the last. Raises NotAnEpisode, OSError."""
    stat, (labels_bytes, labels_mtime_ns) = path.stat(), sidecar.stamp_of(path)  # first: what is said now is noticed
    with Episode(path) as episode, damage_named(path):
        t_ns = episode.t_ns
        return Row(
            path=path.name,
            state="sealed",
            number=number_of(path.name),
            duration_s=round(int(t_ns[-1] - t_ns[0]) * 1e-9, 6) if len(t_ns) else 0.0,
            steps=len(t_ns),
            status=episode.status,
            bytes=stat.st_size,
            mtime_ns=stat.st_mtime_ns,
            labels_bytes=labels_bytes,
            labels_mtime_ns=labels_mtime_ns,
            quality=None if episode.quality is None else json.dumps(episode.quality, sort_keys=True),
            **facts(episode.uuid, episode.utc_anchor_ns, episode.provenance, episode.labels),
        )


def indexed(path: Path) -> Row:
    """The row with the file's SHA-256. Raises as sealed_row."""
    return replace(sealed_row(path), sha256=sha256(path))


def sha256(path: Path) -> str:
    """Of the whole file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
