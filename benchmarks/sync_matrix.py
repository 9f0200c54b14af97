"""The proof of the gates, in virtual time: clean rigs pass, each fault trips its own gate and no other.

python -m benchmarks.sync_matrix            200 clean seeds, every fault with 5; writes docs/reference/sync-faults.md
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.sync_page import page
from collector.selftest.gate import Gate
from collector.selftest.lag_fit import LagFit
from collector.selftest.led import LedFit
from hardware.load import load
from hardware.virtual_config import FaultFile
from tests.take.take import Take, make_take

ROOT = Path(__file__).parents[1]
FAULTS = ROOT / "configs/faults"
PAGE = ROOT / "docs/reference/sync-faults.md"
CAMERAS = ("front", "side", "wrist")
Line = tuple[str, str]


@dataclass(frozen=True)
class Clean:
    """A take without faults. lines: value over fail limit and verdict by gate; led_us, lag_us: errors and sigmas."""

    seed: int
    lines: dict[Line, tuple[float, str]]
    led_us: list[tuple[float, float]]
    lag_us: list[tuple[float, float]]
    over_bound: int
    wall_s: float


@dataclass(frozen=True)
class Tried:
    """A fault with one seed: what failed of what had to, and of what must not."""

    name: str
    seed: int
    failed: dict[Line, float]
    missed: list[Line]
    unrelated: list[Line]

    @property
    def holds(self) -> bool:
        return not self.missed and not self.unrelated


def try_clean(motion_seeds: int, seed: int) -> Clean:
    begun = time.perf_counter()
    motion = CAMERAS if seed < motion_seeds else ()
    take = make_take(seed, motion=motion)
    lines = {(gate.subject, gate.name): (_share(gate), gate.verdict) for gate in take.gates(motion)}
    wall_s = time.perf_counter() - begun
    return Clean(seed, lines, _led_us(take), _lag_us(take, motion), _over_bound(take), wall_s)


def try_fault(path: Path, seed: int) -> Tried:
    """The lags cost seconds: those that the file names are looked at with each seed, all of them with the first."""
    file = load(FaultFile, path)
    allowed = {*file.expect, *file.related}
    motion = (
        CAMERAS if seed == 0 else tuple(n for n in CAMERAS if any(s.startswith(f"cameras/{n} to ") for s, _ in allowed))
    )
    gates = make_take(seed, file.faults, motion=motion).gates(motion)
    failed = {(gate.subject, gate.name): gate.value for gate in gates if gate.verdict == "fail"}
    missed = [line for line in file.expect if line not in failed]
    return Tried(path.stem, seed, failed, missed, [line for line in failed if line not in allowed])


def _share(gate: Gate) -> float:
    """The value as a share of what would fail; of gates for which small is bad, the other way round."""
    if gate.warn > gate.fail:
        return gate.fail / gate.value if gate.value else np.inf
    return abs(gate.value) / gate.fail if gate.fail else float(abs(gate.value))


def _led_us(take: Take) -> list[tuple[float, float]]:
    """Error of each camera's mid-exposure error, and its sigma; it is measured against the flashes as stored."""
    found: list[tuple[float, float]] = []
    box_ns = float(np.mean(take.flash_ns - take.evidence.flashes["t_ns"]))
    for name, fit in take.leds().items():
        assert isinstance(fit, LedFit)
        index = take.evidence.leds[name].frame
        stored = take.evidence.streams[f"cameras/{name}"]["t_ns"][index]
        true_ns = float(np.mean(take.truth[f"cameras/{name}"][index] - stored)) - box_ns
        found.append(((fit.mid_error_ns - true_ns) * 1e-3, fit.mid_sigma_ns * 1e-3))
    return found


def _lag_us(take: Take, cameras: Sequence[str]) -> list[tuple[float, float]]:
    """Error of each camera's lag against the truth of both stamps, and its sigma."""
    found: list[tuple[float, float]] = []
    for (camera, arm), fit in take.lags(cameras).items():
        assert isinstance(fit, LagFit), fit
        late = [
            float(np.median(take.truth[name] - take.evidence.streams[name]["t_ns"]))
            for name in (f"cameras/{camera}", f"arms/{arm}")
        ]
        found.append(((fit.lag_ns - (late[0] - late[1])) * 1e-3, fit.sigma_ns * 1e-3))
    return found


def _over_bound(take: Take) -> int:
    """Stored stamps whose error is above their bound."""
    return sum(
        int(np.count_nonzero(np.abs(take.evidence.streams[name]["t_ns"] - true) > take.evidence.streams[name]["u_ns"]))
        for name, true in take.truth.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--motion-seeds", type=int, default=50)
    parser.add_argument("--fault-seeds", type=int, default=5)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    paths = sorted(path for path in FAULTS.glob("*.yaml") if options.only in path.stem)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        clean = list(pool.map(partial(try_clean, options.motion_seeds), range(options.seeds)))
        tried: dict[str, list[Tried]] = defaultdict(list)
        for path in paths:
            tried[path.stem] = list(pool.map(partial(try_fault, path), range(options.fault_seeds)))
            print(path.stem, [(t.seed, t.missed, t.unrelated) for t in tried[path.stem] if not t.holds])
    files = {path.stem: (_comment(path), load(FaultFile, path)) for path in paths}
    text = page(clean, tried, files)
    if not options.only:
        PAGE.write_text(text)
    print(text)


def _comment(path: Path) -> str:
    """What happens in the lab: the comment at the top of the file."""
    return " ".join(line.removeprefix("#").strip() for line in path.read_text().splitlines() if line.startswith("#"))


if __name__ == "__main__":
    main()
