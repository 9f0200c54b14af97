"""What the recorder under test records: every sample a function of its stream and number, at the rig's real rates."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np
import simplejpeg
import yaml
from numpy.typing import NDArray

from hardware.config import RigConfig
from hardware.rows import EDGE, FRAME, GRIPPER, PING, arm_row, command_row, leader_row

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

RIG = Path(__file__).parents[2] / "configs/rigs/virtual.yaml"
START_NS = 5_000_000_000_000
CAMERAS = ("front", "side", "wrist")
_JOINTS = 7
_EXPOSURE_US = 4000
_COMMENT = Struct(">HBQ")  # of a JPEG (ITU-T T.81, B.2.4.5): length, then stream and number
_BASES = 8  # pictures that take turns
_BOX_NS, _CAMERA_US, _SERVO_MS = 7 * 10**12, 9 * 10**9, 40_000  # what each clock stood at


@dataclass(frozen=True, slots=True)
class Stream:
    """`kind` and `row` as the journal declares them; `hz`: samples a second."""

    kind: str
    row: np.dtype[np.void]
    hz: int

    def due(self, elapsed_ns: int) -> int:
        """How many samples there are so long after the start."""
        return max(elapsed_ns * self.hz // 10**9, 0)


STREAMS: dict[str, Stream] = {
    "trigger": Stream("trigger", EDGE, 60),
    "trigger/pings": Stream("pings", PING, 10),
    **{f"cameras/{name}": Stream("camera", FRAME, 60) for name in CAMERAS},
    "leaders/right": Stream("leader", leader_row(_JOINTS), 200),
    "arms/right": Stream("arm", arm_row(_JOINTS), 1000),
    "grippers/right": Stream("gripper", GRIPPER, 30),
    "commands/right": Stream("command", command_row(_JOINTS), 1000),
}


def meta(size: tuple[int, int], number: int = 0) -> dict[str, object]:
    """The journal's first record, of frames of (height, width); `number` makes the episode's identity."""
    raw: dict[str, Any] = yaml.safe_load(RIG.read_text())
    for camera in raw["cameras"].values():
        camera |= {"height": size[0], "width": size[1]}
    before = [[int(_CAMERA_US + s * 10**6), int(START_NS + s * 10**9 + 7_000_000)] for s in range(-10, 0)]
    return {
        "format_version": 1,
        "episode_uuid": f"00000000-0000-4000-8000-{number:012d}",
        "utc_anchor_ns": 1_780_000_000_000_000_000,
        "monotonic_anchor_ns": START_NS,
        "rig": RigConfig.model_validate(raw).model_dump(mode="json"),
        "task": {"instruction": "pick up the cube"},
        "streams": {name: {"kind": s.kind, "dtype": s.row.descr} for name, s in STREAMS.items()},
        "provenance": {"operator": "operator-1"},
        "labels": {"outcome": "success"},
        "camera_anchors": dict.fromkeys(CAMERAS, before),
    }


@lru_cache(maxsize=64)
def rows(stream: str, count: int) -> Rows:
    """The first `count` samples of a stream, as its driver would have given them."""
    declared = STREAMS[stream]
    n = np.arange(count)
    at = START_NS + n * 10**9 // declared.hz
    found = np.zeros(count, declared.row)
    found["seq"] = n
    match declared.kind:
        case "pings":
            found["t_sent_ns"], found["ticks_rx"] = at, _box(at + 80_000)
            found["ticks_tx"], found["t_received_ns"] = _box(at + 95_000), at + 190_000 + _late(n, 50_000)
            return found
        case "trigger":
            _stamp(found, _box(at), at + 150_000 + _late(n, 100_000), 10**6)
            found["rising"] = 1
        case "camera":
            _stamp(found, (at - START_NS) // 1000 + _CAMERA_US, at + 7_000_000 + _late(n, 900_000), 20 * 10**6)
            found["exposure_us"], found["sensor_ticks"] = _EXPOSURE_US, found["ticks"] - _EXPOSURE_US // 2
        case "arm":
            _stamp(found, at - START_NS + 10**12, at + 120_000 + _late(n, 60_000), 400_000)
            found["q"], found["O_T_EE"], found["success_rate"] = _swing(n, declared.hz), np.eye(4).ravel(), 1.0
        case "leader":
            _stamp(found, (at - START_NS) // 10**6 + _SERVO_MS, at + 600_000, 300_000)
            found["t_lo_ns"], found["t_hi_ns"] = at, at + 600_000
            found["servo_ticks"], found["q"] = found["ticks"][:, np.newaxis], _swing(n, declared.hz)
        case "gripper":
            _stamp(found, at, at + 3_500_000, 3_500_000)
            found["t_lo_ns"], found["t_hi_ns"], found["width"] = at, at + 3_500_000, 0.04
        case _:
            _stamp(found, n, at, 0)
            found["requested"] = found["sent"] = _swing(n, declared.hz)
    return found


class Pictures:
    """JPEGs of (height, width) with detail as of a real scene; each tells its stream and number."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        dice = np.random.default_rng(7)
        shape = (_BASES, *size, 3)
        smooth = np.linspace(0, 160, size[1])[np.newaxis, np.newaxis, :, np.newaxis]
        noisy = (smooth + dice.integers(0, 40, shape)).astype(np.uint8)  # about 100 kB at 640x480
        self._bases = [simplejpeg.encode_jpeg(image, 90, "RGB", "420") for image in noisy]

    def __call__(self, stream: str, number: int) -> bytes:
        """A frame: a picture with a comment that only this one has."""
        which = CAMERAS.index(stream.rpartition("/")[2])
        filler = bytes([(31 * which + number) & 0xFF]) * (number * 97 % 1021)
        comment = _COMMENT.pack(_COMMENT.size + len(filler), which, number) + filler
        base = self._bases[(number + which) % _BASES]
        return base[:2] + b"\xff\xfe" + comment + base[2:]


def _stamp(found: Rows, ticks: Ints, arrival: Ints, late_ns: int) -> None:
    found["t_ns"] = found["t_arrival_ns"] = arrival
    found["ticks"], found["u_ns"] = ticks, late_ns


def _box(t_ns: Ints) -> Ints:
    return t_ns - START_NS + _BOX_NS


def _late(n: Ints, span_ns: int) -> Ints:
    """A delay that looks random."""
    return n * 2_654_435_761 % 4_294_967_291 % span_ns


def _swing(n: Ints, hz: int) -> NDArray[np.float64]:
    return 0.4 * np.sin(2 * np.pi * 0.5 * n / hz)[:, np.newaxis] * np.linspace(0.5, 1.0, _JOINTS)
