"""The guided procedure on a leader that nobody knows: whatever the hands do, the file ends up with what is true."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from calibration.errors import CalibrationError
from calibration.leader import wrapped
from calibration.leader_words import which_way
from calibration.poses import Vector
from calibration.result import Made
from collector.calibrate import leader_reads
from collector.calibrate.leader import MATCHES, other_poses, take
from collector.calibrate.leader_reads import held, raw_overrides
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.load import load

RIG_FILE = Path(__file__).parents[3] / "configs/rigs/virtual.yaml"
MODEL = arm_model("fr3")
SIGNS = np.array([1, -1, -1, 1, 1, -1, 1.0])
OFFSETS = np.array([3.0, 0.1, 6.2, 1.57, 4.0, 2.2, 5.5])
OPEN, CLOSED = 3.40, 2.70


@dataclass
class Bench:
    """The leader in somebody's hands, and a follower that goes where it is sent."""

    stands: Vector = field(default_factory=lambda: MODEL.home + 0.03)
    hands: Vector = field(default_factory=lambda: np.zeros(7))
    grip: float = 0.0
    told: list[str] = field(default_factory=list[str])
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    shiver: np.random.Generator = field(default_factory=lambda: np.random.default_rng(2))  # as often as it is read
    tremor: float = 0.001

    def leader(self) -> tuple[Vector, float]:
        q = self.hands + self.shiver.normal(0, self.tremor, 7)
        return wrapped(SIGNS * q + OFFSETS), float(wrapped(np.array(OPEN + self.grip * (CLOSED - OPEN))))

    def follower(self) -> Vector:
        return self.stands.copy()

    def hold(self, what: str, q: Vector, grip: float = 0.0) -> None:
        self.told.append(what)
        self.hands, self.grip = q + self.rng.normal(0, 0.01, 7), grip

    def turn(self, what: str, q: Vector) -> Callable[[], bool]:
        self.told.append(what)
        way = np.linspace(self.hands, q, 30)
        steps = iter(way)

        def done() -> bool:
            self.hands = next(steps, q)
            return bool(np.array_equal(self.hands, q))

        return done

    def move(self, q: Vector) -> None:
        self.stands = q.copy()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader_reads.time, "sleep", lambda _s: None)
    monkeypatch.setattr(leader_reads, "_PATIENCE_S", 0.1)
    monkeypatch.setattr(held, "__defaults__", (0.01,))


def test_signs_offsets_and_grip_come_out_true_and_pass_at_another_pose() -> None:
    bench = Bench()
    others = other_poses(MODEL, bench.stands, 2)
    found = take(bench, bench, MODEL, grip=True, others=others, move=bench.move).solved("right", Made())
    assert found.signs == tuple(SIGNS)
    assert np.abs(wrapped(np.array(found.offsets_rad) - OFFSETS)).max() < 0.03
    assert found.grip_open_rad == pytest.approx(OPEN) and found.grip_closed_rad == pytest.approx(CLOSED)
    assert found.checked_rad < 0.05 and all(line.verdict == "pass" for line in found.lines)
    assert np.array_equal(bench.stands, others[-1]), "it is checked where nothing was found"


def test_without_other_poses_the_follower_stands_still() -> None:
    bench = Bench()
    evidence = take(bench, bench, MODEL, grip=False)
    assert len(evidence.matches) == MATCHES and evidence.grip is None
    assert "once more" in bench.told[-1]


def test_each_joint_is_asked_for_in_words_of_the_follower() -> None:
    bench = Bench()
    take(bench, bench, MODEL, grip=False)
    asked = [word for word in bench.told if word.startswith("Turn only")]
    assert len(asked) == 7 and "hand goes to the left" in asked[0] and "seen from above" in asked[6]


def test_a_joint_near_its_end_is_turned_up_to_where_it_stands() -> None:
    bench = Bench()
    bench.stands[0] = MODEL.limits.q_max[0] - 0.1
    found = take(bench, bench, MODEL, grip=False).solved("right", Made())
    assert found.signs == tuple(SIGNS)
    assert any("back by" in word for word in bench.told)


@pytest.mark.parametrize("tremor", [0.2])
def test_hands_that_do_not_hold_still_are_told_so(tremor: float) -> None:
    with pytest.raises(CalibrationError, match="hold it still"):
        take(Bench(tremor=tremor), Bench(), MODEL, grip=False)


def test_further_poses_differ_in_every_joint_and_are_no_lower() -> None:
    poses = other_poses(MODEL, MODEL.home, 4)
    assert len(poses) == 4
    height = MODEL.end_effector(MODEL.home)[2, 3]
    for pose in poses:
        assert np.abs(pose - MODEL.home).min() > 0.2
        assert MODEL.end_effector(pose)[2, 3] > height - 0.021
        assert (pose > MODEL.limits.q_min).all() and (pose < MODEL.limits.q_max).all()


def test_words_follow_the_kinematics() -> None:
    assert which_way(MODEL, MODEL.home, 0) == "goes to the left"
    assert which_way(MODEL, MODEL.home, 3) == "goes up"


def test_the_daemon_tells_servos_as_they_are_and_the_virtual_leader_stays_as_it_is_built() -> None:
    config = load(RigConfig, RIG_FILE)
    raw = load(RigConfig, RIG_FILE, raw_overrides(config, "right"))
    leader, told = raw.leaders["right"], config.leaders["right"]
    assert leader.signs == (1,) * 7 and leader.offsets_rad == (0.0,) * 7 and leader.feel.mode == "free"
    assert leader.grip is not None and (leader.grip.open_rad, leader.grip.closed_rad) == (-np.pi, np.pi)
    assert raw.virtual is not None and told.grip is not None
    built = raw.virtual.leaders["right"]
    assert (built.signs, built.offsets_rad) == (told.signs, told.offsets_rad)
    assert built.grip_rad == (told.grip.open_rad, told.grip.closed_rad)
