"""Where each camera of a chain is from the one before it: by the places that count, or by the file they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from calibration.embed import counting, embedded, mount_kind
from calibration.errors import CalibrationError
from calibration.kalibr import step_of
from calibration.poses import Matrix, inverse
from calibration.result import IntrinsicsResult, RigResult
from calibration.store import Store
from hardware.config import RigConfig


@dataclass(frozen=True, slots=True)
class Place:
    """T_frame_camera (4, 4), m. Of two cameras with the same `frame` (an arm's base, its hand) each is fixed to it."""

    frame: str
    T: Matrix


def places(store: Store, rig: RigConfig) -> dict[str, Place]:
    """By camera, where it is as far as that counts today: all that is fixed to a known base in the first one's."""
    bases = _bases(store, rig)
    found: dict[str, Place] = {}
    for camera, told in embedded(store, rig).items():
        if "T_ee_camera" in told:
            found[camera] = Place(f"the hand of {told['arm']}", np.array(told["T_ee_camera"], np.float64))
        elif "T_base_camera" in told:
            T, arm = np.array(told["T_base_camera"], np.float64), str(told["arm"])
            found[camera] = _from_first(bases, arm, T)
    return found


def steps(lenses: Sequence[IntrinsicsResult], placed: Mapping[str, Place], rig: RigConfig | None) -> list[Matrix | str]:
    """T_cn_cnm1 (4, 4) of each camera but the first: it takes points of the one before into this one.

    By the places; without them by the camchain that both came from, if they stand one behind the other there. Else why
    there is none.
    """
    out: list[Matrix | str] = []
    for before, here in pairwise(lenses):
        one, other = placed.get(before.camera), placed.get(here.camera)
        if one is not None and other is not None and one.frame == other.frame:
            out.append(inverse(other.T) @ one.T)
        elif (theirs := _theirs(before, here)) is not None:
            out.append(theirs)
        else:
            out.append(_why(before.camera, here.camera, one, other, rig))
    return out


def _bases(store: Store, rig: RigConfig) -> dict[str, Matrix]:
    """T_first_base (4, 4) by arm, where the rig was calibrated as a whole."""
    try:
        whole = counting(store, rig, "rig", rig.name)
    except CalibrationError:
        return {}
    return {arm: np.array(T) for arm, T in whole.bases.items()} if isinstance(whole, RigResult) else {}


def _from_first(bases: Mapping[str, Matrix], arm: str, T_base_camera: Matrix) -> Place:
    if arm not in bases:
        return Place(f"the base of {arm}", T_base_camera)
    return Place(f"the base of {next(iter(bases))}", bases[arm] @ T_base_camera)


def _theirs(before: IntrinsicsResult, here: IntrinsicsResult) -> Matrix | None:
    """As the file has it that both were imported from; it tells of that neighbour only."""
    if before.made.source != here.made.source or not here.made.source:
        return None
    number = str(here.imported.get("name", "")).removeprefix("cam")
    is_next = number.isdecimal() and before.imported.get("name") == f"cam{int(number) - 1}"
    return step_of(here.imported) if is_next else None


def _why(before: str, here: str, one: Place | None, other: Place | None, rig: RigConfig | None) -> str:
    without = f"{here} has no T_cn_cnm1"
    if rig is None:
        return f"{without}: give --rig, whose calibration tells where {before} and {here} are"
    if one is not None and other is not None:
        return (
            f"{without}: {before} is known from {one.frame} and {here} from {other.frame}, which are not fixed to each"
            " other or not calibrated together (clap calibrate rig)"
        )
    lost = here if other is None else before
    kind = mount_kind(rig, lost) if lost in rig.cameras else "extrinsics"
    return f"{without}: nobody knows where {lost} is; run clap calibrate {kind} {lost} first"
