"""A whole self-test in virtual time: every stream of the rig, every fault, restamped as an episode would be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path

from collector.episode.pieces import Restamped
from collector.episode.restamp import restamp_arm, restamp_camera, restamp_edges, restamp_leader
from collector.selftest.check import check
from collector.selftest.evidence import Evidence, Rows
from collector.selftest.gate import Gate
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit, NotSeen, fit_led
from collector.selftest.motion import View, camera_lag
from hardware.config import GateConfig, RigConfig
from hardware.load import load
from hardware.virtual import cell
from hardware.virtual_config import FaultConfig
from tests.take.box import make_box
from tests.take.camera import Shot, camera_clock, make_camera
from tests.take.joints import make_arm, make_leader
from tests.take.motion import Motion, tracks
from tests.take.wrong import START_NS, Draw, Faults, Ints

SECONDS = 30.0
_KEPT = 4
_refitted: dict[tuple[str, bytes], Rows] = {}


def strict_rig() -> RigConfig:
    """The virtual rig under the limits of a strict lab: here no busy host stands in the way."""
    rig = load(RigConfig, Path(__file__).parents[2] / "configs/rigs/virtual.yaml")
    return rig.model_copy(update={"gates": GateConfig()})


@dataclass(frozen=True)
class Take:
    """Evidence, and the true instants of the samples by stream; flash_ns: when the LED truly went on."""

    rig: RigConfig
    evidence: Evidence
    truth: Mapping[str, Ints]
    flash_ns: Ints

    def leds(self) -> dict[str, LedFit | NotSeen]:
        evidence = self.evidence
        return {
            name: fit_led(trace, evidence.flashes, evidence.streams[f"cameras/{name}"]["t_ns"])
            for name, trace in evidence.leds.items()
        }

    def lags(self, cameras: Sequence[str]) -> dict[tuple[str, str], LagFit | NotEnough]:
        evidence, found = self.evidence, dict[tuple[str, str], LagFit | NotEnough]()
        for name in cameras:
            wrist, marker_m = self.rig.cameras[name].view == "wrist", self.rig.selftest.marker_mm * 1e-3
            view = View(name, evidence.K[name], wrist, marker_m)
            t_ns, states = evidence.streams[f"cameras/{name}"]["t_ns"], evidence.streams["arms/right"]
            found[name, "right"] = camera_lag(view, "right", evidence.markers[name], t_ns, states)
        return found

    def gates(self, motion: Sequence[str] = ()) -> list[Gate]:
        """All gates; the lags, which cost the most, of these cameras only."""
        excused = tuple(name for name in self.rig.cameras if name not in motion)
        test = self.rig.selftest.model_copy(update={"without_motion": excused})
        rig = self.rig.model_copy(update={"selftest": test})
        return check(rig, self.evidence, self.leds(), self.lags(motion) if motion else None)


def make_take(
    seed: int,
    faults: Sequence[FaultConfig] = (),
    *,
    seconds: float = SECONDS,
    motion: Sequence[str] = (),
    rig: RigConfig | None = None,
) -> Take:
    """One self-test of the virtual rig. `motion`: cameras that see markers, which cost the most to make."""
    rig = rig or strict_rig()
    draw, befall = Draw.of(seed), Faults(faults)
    end_ns = START_NS + round(seconds * 1e9)
    clocks = {name: camera_clock(rig, draw, befall, name) for name in rig.cameras}
    master = next(name for name, camera in rig.cameras.items() if camera.sync == "master")
    box = make_box(rig, draw, befall, clocks[master], end_ns)
    hand = Motion(rig, draw, befall)
    shots = {name: make_camera(rig, draw, befall, name, clocks[name], box, end_ns) for name in rig.cameras}
    streams: dict[str, Rows] = {"trigger": restamp_edges(box.edges, box.pings).rows}
    edge, note, truth = dict[str, Ints](), dict[str, str](), dict[str, Ints]()
    for name, shot in shots.items():
        streams[f"cameras/{name}"], tied, note[f"cameras/{name}"] = _restamped(rig, name, shot, streams["trigger"])
        truth[f"cameras/{name}"] = shot.mid_ns
        if tied is not None:
            edge[name] = tied
    for name, leader in rig.leaders.items():
        reads, truth[f"leaders/{name}"] = make_leader(rig, draw, befall, name, hand, end_ns)
        streams[f"leaders/{name}"] = _once(repr(leader), reads, partial(restamp_leader, reads, leader))
    for name, follower in rig.followers.items():
        states, truth[f"arms/{name}"] = make_arm(rig, draw, befall, name, hand, end_ns)
        refit = partial(restamp_arm, states, follower.network_delay_us)
        streams[f"arms/{name}"] = _once(repr(follower), states, refit)
    flashes = restamp_edges(box.flashes, box.pings).rows
    seen = {name: tracks(rig, name, hand, shots[name].picture_ns, draw.rng(f"markers/{name}")) for name in motion}
    evidence = Evidence(
        streams=streams,
        pings=box.pings,
        flashes=flashes,
        edge=edge,
        note=note,
        anchors={name: shot.anchors for name, shot in shots.items()},
        leds={name: shot.led for name, shot in shots.items()},
        markers=seen,
        counters={"sync": {"damaged": box.damaged, "box": {"fifo_overflows": 0, "crc_errors": 0}}},
        K={name: cell.intrinsics(rig, name) for name in rig.cameras},
    )
    return Take(rig, evidence, truth, box.lit_ns[:, 0])


def _restamped(rig: RigConfig, name: str, shot: Shot, edges: Rows) -> tuple[Rows, Ints | None, str]:
    period_ns = round(1e9 / rig.trigger.rate_hz)
    found = restamp_camera(shot.frames, edges["t_ns"], edges["u_ns"], rig.cameras[name], period_ns, shot.anchors)
    return found.stream.rows, None if found.match is None else found.match.edge, found.stream.note


def _once(how: str, samples: Rows, refit: Callable[[], Restamped]) -> Rows:
    """The same samples give the same: most faults leave arms and leaders alone, and these cost the most."""
    key = (how, blake2b(samples.tobytes()).digest())
    if key not in _refitted:
        if len(_refitted) == _KEPT:
            del _refitted[next(iter(_refitted))]
        rows = refit().rows
        rows.flags.writeable = False
        _refitted[key] = rows
    return _refitted[key]
