"""A rig of two servo arms: whether the sigmas that are told of its cameras and its second base are honest.

Writes docs/reference/calibration-rig.md. `python -m benchmarks.calibration_rig [--page] [--seeds 50] [--jobs 2]`
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.mounting_fit import Noise
from calibration.poses import Vector, inverse, to_twist
from calibration.rig_fit import fit_rig
from calibration.rig_parts import Parts
from tests.calibration.servo_rig import PIXEL, bases, mounts, servo_scene

SEEDS = 50
PAGE = Path("docs/reference/calibration-rig.md")
CASES = {"joints told in whole counts": 0.0, "and their zeros 2 mrad off": 2e-3}
UNKNOWN = ("front", "wrist_left", "wrist_right", "base right")


@dataclass(frozen=True, slots=True)
class Errors:
    """Of many seeds, by what was looked for: `mm` and `told_mm` (n, 4); `normalised` (n, 4, 6), over their sigmas."""

    mm: Vector
    told_mm: Vector
    normalised: Vector

    def within(self, sigmas: float, of: int | None = None) -> float:
        """Share of the errors of each axis that are within so many of their own sigmas."""
        each = self.normalised if of is None else self.normalised[:, of]
        return float((np.abs(each) <= sigmas).mean())


def measure(offset_rad: float, seeds: range, *, jointed: bool = True) -> Errors:
    """`jointed`: False takes the arms' poses as wrong in place and turn, any way alike, as a robot's of one piece."""
    mm: list[list[float]] = []
    told: list[list[float]] = []
    normalised: list[list[Vector]] = []
    _, second = bases()
    for seed in seeds:
        drawn = servo_scene(seed, offset_rad)
        parts = Parts(drawn.cameras, drawn.boards, drawn.T_base_ee, drawn.J_ee if jointed else {})
        found = fit_rig(parts, drawn.sights, Noise(3e-4, 8.7e-4, 0.2), [])
        names = {f"camera {name}": T for name, T in mounts().items()} | {f"base {second}": bases()[second]}
        offs = {name: to_twist(inverse(found.solution.motions[name]) @ true) for name, true in names.items()}
        sigmas = {name: np.sqrt(np.diag(found.solution.covariance(name))) for name in names}
        mm.append([1e3 * float(np.linalg.norm(off[:3])) for off in offs.values()])
        told.append([1e3 * float(np.linalg.norm(sigma[:3])) for sigma in sigmas.values()])
        normalised.append([off / sigmas[name] for name, off in offs.items()])
    return Errors(np.array(mm), np.array(told), np.array(normalised))


def table(results: dict[tuple[str, bool], Errors]) -> str:
    """Markdown."""
    lines = ["| case | the arms err by | " + " | ".join(UNKNOWN) + " | within 1 sigma | within 2 sigma |"]
    lines.append("|---" * (len(UNKNOWN) + 4) + "|")
    for (case, jointed), errors in results.items():
        each = [
            f"{np.median(errors.mm[:, i]):.2f} / {np.median(errors.told_mm[:, i]):.2f}" for i in range(len(UNKNOWN))
        ]
        how = "their joints" if jointed else "place and turn"
        one, two = 100 * errors.within(1), 100 * errors.within(2)
        lines.append(f"| {case} | {how} | " + " | ".join(each) + f" | {one:.0f} % | {two:.0f} % |")
    return "\n".join(lines)


def page(results: dict[tuple[str, bool], Errors], seeds: int) -> str:
    """The reference page."""
    return f"""# How well a rig of servo arms is found

Written by `python -m benchmarks.calibration_rig --page`; {seeds} seeds a case.

`clap calibrate rig` on two ViperX-300 as in `configs/rigs/aloha_bimanual.yaml`: each arm's camera looks at a board on
the table from 29 poses, and each arm turns a board before the front camera, 1.3 m away; corners carry {PIXEL:g} px of
noise. A servo tells its angle in whole counts of 1.5 mrad. Weight holds shoulder, elbow, forearm and wrist anywhere
between two of them, so of every pose these joints are wrong by up to half a count, and one of them shifts and turns the
hand at once: the six numbers of the pose err together.

Median error / 1-sigma told, mm (of a normal distribution 68 % lie within one sigma, 95 % within two):

{table(results)}

Taken as poses that err in place and turn, any way alike, the same pictures tell less of the cameras on the hands and of
the second base; and where joints' zeros are off, all places are wrong and their sigmas far too small. `clap calibrate`
takes the errors of a servo arm's joints as what they are: each joint's own noise is found from the residuals, and so is
the offset of each inner joint (those of the first and the last only turn the frames of base and hand; these are where
the arm itself says they are). Angles as observations that err: Hollerbach and Wampler 1996; offsets in a bundle
adjustment: Pradeep, Konolige and Berger 2010. A joint whose zero is surely off is named in the result's notes.
"""


def met(errors: Errors, case: str) -> list[str]:
    """What is not as honest as it must be."""
    one, two = errors.within(1), errors.within(2)
    if 0.60 <= one <= 0.76 and 0.92 <= two <= 0.98:
        return []
    return [f"{case}: {one:.3f} of the errors within 1 sigma, {two:.3f} within 2"]


def main() -> int:
    """Print the table; 1 where the sigmas are not honest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help=f"write {PAGE}")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    told = parser.parse_args()
    keys = [(case, jointed) for case in CASES for jointed in (True, False)]
    with ProcessPoolExecutor(told.jobs) as pool:
        jobs = {key: pool.submit(measure, CASES[key[0]], range(told.seeds), jointed=key[1]) for key in keys}
        results = {key: job.result() for key, job in jobs.items()}
    text = page(results, told.seeds)
    print(text)
    if told.page:
        PAGE.write_text(text)
    missed = [line for case in CASES for line in met(results[case, True], case)]
    print("\n".join(missed) or "as honest as they must be")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
