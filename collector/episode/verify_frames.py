"""Is each picture of a camera whole? One that is damaged does not stop the rest from being checked."""

from dataclasses import dataclass

import h5py

from collector.episode.digest import PicturesDigest
from collector.episode.findings import Problem
from collector.episode.foreign import read, require_stored
from collector.episode.images import require_jpeg

_MOST_LISTED = 8  # stretches of damaged rows


@dataclass(frozen=True, slots=True)
class Frames:
    """What a camera's pictures are like: `whole` of `total`."""

    problems: list[Problem]
    whole: int
    total: int


def check_frames(file: h5py.File, camera: str, sealed: str | None) -> Frames:
    """Read and judge each. `sealed`: their digest when they were sealed. Raises as h5py where none can be read."""
    group: h5py.Group = file[f"streams/cameras/{camera}"]
    stored: h5py.Dataset = group["jpeg"]
    where = f"/streams/cameras/{camera}/jpeg"
    require_stored(stored)
    sizes = read(group["jpeg_bytes"])
    shape = int(group.attrs["height"]), int(group.attrs["width"])
    digest = PicturesDigest(stored, sizes)
    damaged: dict[str, list[int]] = {}
    for row, size in enumerate(sizes[: len(stored)].tolist()):
        try:
            digest.add(_frame(stored, row, size, shape))
        except ValueError as error:
            damaged.setdefault(str(error), []).append(row)
        except (OSError, RuntimeError):
            damaged.setdefault("does not read back: its checksum or its storage is damaged", []).append(row)
    count = sum(map(len, damaged.values()))
    told = "; ".join(f"{rows_text(rows)}: {what}" for what, rows in damaged.items())
    problems = [Problem(where, f"has {count} of {len(stored)} frames damaged; {told}")] if count else []
    if not count and sealed not in (digest.hexdigest(), None):
        problems.append(Problem(where, "is not as it was sealed, or an attribute of it is not"))
    return Frames(problems, len(stored) - count, len(stored))


def _frame(stored: h5py.Dataset, row: int, size: int, shape: tuple[int, int]) -> bytes:
    values = stored[row]
    if not 0 < size <= len(values):
        raise ValueError(f"is {size} bytes long, which its row cannot hold")
    jpeg = values[:size].tobytes()
    require_jpeg(jpeg, shape)
    if values[size:].any():
        raise ValueError(f"goes on after its {size} bytes")
    return jpeg


def rows_text(rows: list[int]) -> str:
    """Row 3; rows 3-5, 9: ascending rows, the first few of many stretches."""
    stretches: list[tuple[int, int]] = []
    for row in rows:
        if stretches and row == stretches[-1][1] + 1:
            stretches[-1] = (stretches[-1][0], row)
        else:
            stretches.append((row, row))
    listed = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in stretches[:_MOST_LISTED])
    more = f" and {len(stretches) - _MOST_LISTED} more stretches" if len(stretches) > _MOST_LISTED else ""
    return f"row{'s' if len(rows) > 1 else ''} {listed}{more}"
