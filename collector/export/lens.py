"""What a set tells of its cameras: lens and place, as each episode carries them, at the resolution delivered."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.lens import DISTORTION, Lens
from calibration.transform import filled, padded, undistorted
from collector.episode.reader import Episode

POLICY_SIZE = (224, 224)
"""What openpi's resize_with_pad makes of every picture."""

_KEPT = (
    "source", "model", "uuid", "date", "rms_px", "holdout_rms_px", "serial", "arm", "mount_uuid", "mount_date",
    "mount_sigma_mm", "mount_sigma_deg", "mount_rms_px", "mount_holdout_mm", "mount_holdout_deg", "parameters", "note",
)  # fmt: skip
_ARRAYS = ("K", "distortion", "sigmas", "T_base_camera", "T_ee_camera", "mount_covariance")

Told = dict[str, Any]


def cameras_of(episode: Episode, sizes: dict[str, tuple[int, int]]) -> dict[str, Told]:
    """By camera, plain JSON values: `K` for its pictures of `sizes` (height, width), `K_224` for those of a policy.

    A lens that was for pictures of another size is not one of these: `source` is then none, and `note` says so.
    """
    return {name: _told(episode.calibration.get(name, {}), *size) for name, size in sizes.items()}


def lens_in(told: Told) -> Lens | None:
    """The lens that `cameras_of` tells; None without one, or of a model that nothing here undoes."""
    model = told.get("model")
    if "K" not in told or model not in DISTORTION or len(told.get("distortion", [])) != DISTORTION[model]:
        return None
    size = told["width"], told["height"]
    return Lens(model, np.array(told["K"]), np.array(told["distortion"], np.float64), size)


def straight(lens: Lens) -> tuple[Lens, NDArray[np.float32] | None]:
    """The pinhole of its pictures without distortion, full to the edges, and their map; None: they have none to undo.

    Raises CalibrationError where no pinhole can show them.
    """
    return (lens, None) if lens.model == "pinhole" else undistorted(lens, filled(lens))


def with_lens(told: Told, lens: Lens, **more: Any) -> Told:
    """The same camera, its pictures made to be those of `lens`."""
    width, height = lens.size
    values = {"model": lens.model, "K": lens.K.tolist(), "distortion": lens.dist.tolist()}
    kept = {key: value for key, value in told.items() if key not in ("sigmas", "parameters")}  # of the lens as it was
    return kept | {"width": width, "height": height, **values, "K_224": _policy(lens), **more}


def _told(found: Told, height: int, width: int) -> Told:
    told = {key: found[key] for key in _KEPT if key in found} | {
        key: np.asarray(found[key]).tolist() for key in _ARRAYS if key in found
    }
    told = {"source": "none", "width": width, "height": height} | told
    if "K" not in told:
        return told
    was = found.get("width", width), found.get("height", height)
    if was != (width, height):
        for key in ("K", "distortion", "sigmas", "model", "parameters"):
            told.pop(key, None)
        return told | {"source": "none", "note": f"its lens is for pictures of {was[0]}x{was[1]}"}
    bare = Lens("pinhole", np.array(told["K"]), np.zeros(0), (width, height))  # resizing leaves the distortion as it is
    return told | {"K_224": _policy(bare)}


def _policy(lens: Lens) -> list[list[float]]:
    return padded(lens, POLICY_SIZE).K.tolist()
