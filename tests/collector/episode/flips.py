"""One damaged copy of an episode, and whether its damage is told; imports little, for children import it again."""

import hashlib
from pathlib import Path

import h5py
import numpy as np

from collector.episode.verify import verify


def values(path: Path) -> str:
    """SHA-256 of every value and attribute that an ordinary reader gets, found in no way that verify uses."""
    digest = hashlib.sha256()

    def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
        told = {key: np.asarray(value).tolist() for key, value in item.attrs.items()}
        digest.update(f"{name} {sorted(told.items())}".encode())
        if isinstance(item, h5py.Dataset):
            found = item[()]
            digest.update(f"{item.dtype} {item.shape}".encode())
            digest.update(found if isinstance(found, bytes) else found.tobytes())

    with h5py.File(path) as file:
        add("/", file)
        file.visititems(add)
        for camera, view in file["observations/images"].items():
            add(f"view {camera}", view)
    return digest.hexdigest()


def is_told(path: Path, original: str) -> str:
    """What became of a damaged copy: told, or its values are those of the original all the same, or a LIE."""
    if verify(path):
        return "told"
    return "harmless" if values(path) == original else "LIE"
