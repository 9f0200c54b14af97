"""Hand-eye and extrinsics against the truth and against OpenCV 4. Writes docs/reference/calibration-accuracy.md.

`python -m benchmarks.calibration_hand_eye [--page] [--seeds 100] [--jobs 2]`
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from benchmarks import calibration_rendered
from benchmarks.calibration_rendered import DEFOCUS_PX, MOTION_PX
from calibration.lens import Lens
from calibration.mounting_fit import Fit, Kind, Noise, Taken, fit
from calibration.placement import place
from calibration.poses import Matrix, Vector, apart, inverse, to_twist
from tests.calibration.synthetic_mounts import BOARD, LENS, T_CAMERA, Case, scene

SEEDS = 100  # of 50 the least median of seven rivals still wanders by a tenth
PAGE = Path("docs/reference/calibration-accuracy.md")
SUPPOSED = Noise(3e-4, 8.7e-4, 0.2)
CASES = {
    "20 poses, 30 deg to each side, robot 0.3 mm / 0.05 deg": Case(),
    "12 poses": Case(poses=12),
    "20 poses, 8 deg to each side": Case(degrees=8.0),
    "robot 1 mm / 0.1 deg": Case(robot_m=1e-3, robot_rad=float(np.radians(0.1))),
}
HAND_EYE = ("TSAI", "PARK", "HORAUD", "ANDREFF", "DANIILIDIS")
ROBOT_WORLD = ("SHAH", "LI")
OURS = "ours"


@dataclass(frozen=True, slots=True)
class Errors:
    """Of many seeds: `by_method` (n, 2) mm and deg; `normalised` (n, 6): our errors over their sigmas; noise (n, 2)."""

    by_method: dict[str, Vector]
    normalised: Vector
    noise: Vector

    def medians(self, method: str) -> tuple[float, float]:
        """mm, deg."""
        mm, deg = np.median(self.by_method[method], axis=0)
        return float(mm), float(deg)

    def best(self) -> tuple[float, float]:
        """Least median of OpenCV's methods, mm and deg, each by whichever method has it."""
        rivals = np.array([self.medians(method) for method in self.by_method if method != OURS])
        mm, deg = rivals.min(axis=0)
        return float(mm), float(deg)

    def within(self, sigmas: float) -> float:
        """Share of the errors of each axis that are within so many of their own sigmas."""
        return float((np.abs(self.normalised) <= sigmas).mean())


def measure(case: Case, kind: Kind, seeds: range, *, rivals: bool = True, pictures: bool = False) -> Errors:
    """Every method on the same poses and corners; `pictures`: corners found in rendered pictures, not drawn."""
    draw = calibration_rendered.taken_of if pictures else taken_of
    told: dict[str, list[tuple[float, float]]] = {}
    normalised: list[Vector] = []
    noise: list[tuple[float, float]] = []
    for seed in seeds:
        taken = draw(seed, case, kind)
        found = fit(taken, SUPPOSED)
        told.setdefault(OURS, []).append(_off(found.T))
        normalised.append(_normalised(found))
        noise.append((1e3 * found.noise.robot_m, float(np.degrees(found.noise.robot_rad))))
        for name, pose in opencv(taken).items() if rivals else ():
            told.setdefault(name, []).append(_off(pose))
    by_method = {name: np.array(errors) for name, errors in told.items()}
    return Errors(by_method, np.array(normalised), np.array(noise))


def taken_of(seed: int, case: Case, kind: Kind, lens: Lens = LENS) -> Taken:
    """One scene, each board placed by its own picture."""
    drawn = scene(seed, case, kind)
    points = BOARD.points()
    placed = [place(view, BOARD, lens, points) for view in drawn.views]
    boards = np.stack([each.T_camera_board for each in placed if each is not None])
    return Taken(kind, drawn.T_base_ee, drawn.views, boards, points, lens)


def opencv(taken: Taken) -> dict[str, Matrix]:
    """What OpenCV's methods find, T_ee_camera or T_base_camera; without those that give up."""
    hand = taken.T_base_ee if taken.kind == "hand-eye" else inverse(taken.T_base_ee)
    boards = taken.T_camera_board
    out: dict[str, Matrix] = {}
    for name in HAND_EYE:
        try:
            turned, shift = cv2.calibrateHandEye(
                *_parts(hand), *_parts(boards), method=getattr(cv2, f"CALIB_HAND_EYE_{name}")
            )
        except cv2.error:
            continue
        out[name.title()] = _pose(turned, shift)
    back = inverse(hand)
    for name in ROBOT_WORLD:
        _, _, turned, shift = cv2.calibrateRobotWorldHandEye(
            *_parts(boards), *_parts(back), method=getattr(cv2, f"CALIB_ROBOT_WORLD_HAND_EYE_{name}")
        )
        out[f"{name.title()} (robot-world)"] = inverse(_pose(turned, shift))
    return out


def _parts(poses: Matrix) -> tuple[list[Matrix], list[Vector]]:
    return list(poses[:, :3, :3]), list(poses[:, :3, 3])


def _pose(turned: MatLike, shift: MatLike) -> Matrix:
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = turned, np.ravel(shift)
    return out


def _off(T: Matrix) -> tuple[float, float]:
    metres, radians = apart(T_CAMERA, T)
    return 1e3 * metres, float(np.degrees(radians))


def _normalised(found: Fit) -> Vector:
    return to_twist(inverse(found.T) @ T_CAMERA) / np.sqrt(np.diag(found.covariance))


def table(results: dict[str, Errors]) -> str:
    """Median errors by case and method, Markdown."""
    methods = list(next(iter(results.values())).by_method)
    lines = ["| case | " + " | ".join(methods) + " |", "|---" * (len(methods) + 1) + "|"]
    for name, errors in results.items():
        cells = ["{:.2f} / {:.3f}".format(*errors.medians(method)) for method in methods]
        cells[0] = f"**{cells[0]}**"
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def honesty(results: dict[str, Errors]) -> str:
    """How often the truth lies within the sigmas that are told, Markdown."""
    lines = ["| case | within 1 sigma | within 2 sigma | robot noise found (median) |", "|---|---|---|---|"]
    for name, errors in results.items():
        mm, deg = np.median(errors.noise, axis=0)
        one, two = 100 * errors.within(1), 100 * errors.within(2)
        lines.append(f"| {name} | {one:.0f} % | {two:.0f} % | {mm:.2f} mm / {deg:.3f} deg |")
    return "\n".join(lines)


def met(results: dict[str, Errors]) -> list[str]:
    """What is not as good as it must be."""
    out: list[str] = []
    for name, errors in results.items():
        (mm, deg), (best_mm, best_deg) = errors.medians(OURS), errors.best()
        if mm > best_mm or deg > best_deg:
            out.append(f"{name}: {mm:.2f} mm / {deg:.3f} deg, OpenCV's best {best_mm:.2f} / {best_deg:.3f}")
        one, two = errors.within(1), errors.within(2)
        if not (0.60 <= one <= 0.76 and 0.92 <= two <= 0.98):
            out.append(f"{name}: {one:.2f} of the errors within 1 sigma, {two:.2f} within 2")
    mm, deg = next(iter(results.values())).medians(OURS)
    return [*out, *([f"first case: {mm:.2f} mm / {deg:.3f} deg"] if mm > 0.4 or deg > 0.06 else [])]


def page(told: dict[tuple[Kind, bool], dict[str, Errors]], seeds: int) -> str:
    """The reference page."""
    hand_eye, extrinsics = told["hand-eye", False], told["extrinsics", False]
    rms, bias, seen, shown = calibration_rendered.corner_noise(range(5))
    return f"""# How well a camera's place is found

Written by `python -m benchmarks.calibration_hand_eye --page`; {seeds} seeds a case, every method on the same data.

A camera of 848x480 with f = 615 px looks at a ChArUco board of 54 corners (25 mm squares), 0.35 to 0.55 m away; the
corners carry 0.2 px of noise in x and in y, the robot's poses that of the case **on every axis** (1-sigma of each of
three shifts and three turns). Attitudes are drawn evenly to both sides about all three axes; of three times as many
poses those are taken that lie farthest apart, as the planner of `clap calibrate hand-eye --scripted` does. Ours is
always told that the robot is good to 0.3 mm and 0.05 deg, in the last case too, where that is wrong: what it is worth
is found from the residuals.

## On the wrist (T_ee_camera): median error, mm / deg

{table(hand_eye)}

## In the cell, the board on the hand (T_base_camera): median error, mm / deg

{table(extrinsics)}

OpenCV's methods take each picture's pose of the board as given; ours weighs corners and robot poses by what they are
worth. Turning the hand by 30 deg to both sides instead of 8 is worth more than any method: the guidance of the capture
asks for it.

## Whether the sigmas are honest

Each axis of the true error over the 1-sigma that was told for it. Of a normal distribution 68 % lie within one and
95 % within two.

{honesty({f"wrist, {name}": errors for name, errors in hand_eye.items()})}

{honesty({f"cell, {name}": errors for name, errors in extrinsics.items()})}

## From pictures

The same with corners that were found in pictures: the virtual rig's scene rendered for each pose, with a lens' blur
({DEFOCUS_PX:g} px), motion (up to {MOTION_PX:g} px to any side) and a sensor's noise; the board that the rig's operator
holds (24 corners, 60 mm squares), at the same distances, before a camera of 640x480 with f = 475 px. Of {shown}
pictures the board was found in {seen}, its corners to {rms:.3f} px (1-sigma of x and of y; their mean is off by at most
{bias:.3f} px).

On the wrist:

{table(told["hand-eye", True])}

In the cell:

{table(told["extrinsics", True])}

{honesty({f"wrist, {name}": errors for name, errors in told["hand-eye", True].items()})}

{honesty({f"cell, {name}": errors for name, errors in told["extrinsics", True].items()})}
"""


def main() -> int:
    """Print the tables; 1 where something is not as good as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help=f"write {PAGE}")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    told = parser.parse_args()
    kinds: tuple[Kind, Kind] = ("hand-eye", "extrinsics")
    sources: list[tuple[Kind, bool]] = [(kind, pictures) for pictures in (False, True) for kind in kinds]
    with ProcessPoolExecutor(told.jobs) as pool:
        jobs = {
            (kind, pictures, name): pool.submit(measure, case, kind, range(told.seeds), pictures=pictures)
            for kind, pictures in sources
            for name, case in CASES.items()
        }
        results = {source: {name: jobs[*source, name].result() for name in CASES} for source in sources}
    text = page(results, told.seeds)
    print(text)
    if told.page:
        PAGE.write_text(text)
    missed = [
        f"{kind}{', from pictures' if pictures else ''}, {each}"
        for (kind, pictures), errors in results.items()
        for each in met(errors)
    ]
    print("\n".join(missed) or "all as good as it must be")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
