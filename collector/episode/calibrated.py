"""What an episode tells of its cameras: where they were, and their lenses."""

import json
from typing import Any

import h5py

from collector.episode.foreign import attributes, read, read_text


def read_calibration(group: h5py.Group) -> dict[str, dict[str, Any]]:
    """By camera: K (3, 3) px, distortion, T_ee_camera or T_base_camera (4, 4) m and sigmas as arrays.

    source, model, width, height, uuid, date, ... as they are; `intrinsics` and `mount`: the results in full, as JSON
    values (calibration.store.from_plain makes results of them). Raises ValueError where it is none of an episode.
    """
    return {name: _camera(item) for name, item in group.items() if isinstance(item, h5py.Group)}


def _camera(group: h5py.Group) -> dict[str, Any]:
    told: dict[str, Any] = {name: value for name, (_, value) in attributes(group).items()}
    for name, item in group.items():
        if isinstance(item, h5py.Dataset):
            is_text = h5py.check_string_dtype(item.dtype) is not None
            told[name] = json.loads(read_text(item)) if is_text else read(item)
    return told
