"""Each gate of the sync check trips on its own fault and on no other."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from collector.selftest.gates import check
from hardware.config import GateConfig, RigConfig
from hardware.load import load

VIRTUAL = load(RigConfig, Path(__file__).parents[2] / "configs/rigs/virtual.yaml")
RIG = VIRTUAL.model_copy(update={"gates": GateConfig()})
PERIOD = 1e9 / 60
Streams = dict[str, dict[str, NDArray[np.int64]]]


def stream(t_ns: NDArray[np.float64], u_ns: int, tick_ns: float = 1.0) -> dict[str, NDArray[np.int64]]:
    t = np.round(t_ns).astype(np.int64)
    return {
        "t_ns": t,
        "u_ns": np.full(len(t), u_ns),
        "seq": np.arange(len(t)),
        "ticks": np.round(t_ns / tick_ns).astype(np.int64),
    }


def clean() -> Streams:
    edges = np.arange(600) * PERIOD + 1e12
    streams = {"trigger": stream(edges, 40_000)}
    for name in RIG.cameras:
        streams[f"cameras/{name}"] = stream(edges[2:-2] - 2e6, 90_000, 1000.0)
    streams["leaders/right"] = stream(np.arange(2000) * 5e6 + 1e12, 200_000)
    streams["arms/right"] = stream(np.arange(10_000) * 1e6 + 1e12, 150_000)
    return streams


def without(s: dict[str, NDArray[np.int64]], index: slice) -> dict[str, NDArray[np.int64]]:
    keep = np.ones(len(s["t_ns"]), bool)
    keep[index] = False
    return {name: values[keep] for name, values in s.items()}


def failed(streams: Streams) -> set[str]:
    return {gate.name for gate in check(RIG, streams) if gate.verdict == "fail"}


def test_a_clean_stretch_passes_every_gate() -> None:
    assert {gate.verdict for gate in check(RIG, clean())} == {"pass"}


def test_lost_frames_name_their_camera() -> None:
    streams = clean()
    streams["cameras/side"] = without(streams["cameras/side"], slice(100, 103))
    assert failed(streams) == {"side: frames lost"}


def test_a_missing_edge_is_seen() -> None:
    streams = clean()
    edges = without(streams["trigger"], slice(300, 301))
    edges["seq"] = np.arange(len(edges["seq"]))
    streams["trigger"] = edges
    assert "trigger: edges amiss" in failed(streams)


def test_a_lost_box_message_is_seen() -> None:
    streams = clean()
    streams["trigger"] = without(streams["trigger"], slice(300, 301))
    assert "trigger: messages lost" in failed(streams)


def test_a_camera_that_runs_free_is_seen() -> None:
    streams = clean()
    free = np.arange(595) * 1e9 / 60.03 + 1e12 + 3e7
    streams["cameras/wrist"] = stream(free, 90_000, 1000.0)
    assert failed(streams) == {"wrist: clock rate"}  # within half a period by then, but 500 ppm off


def test_a_camera_whose_exposures_wander_about_the_edges_is_seen() -> None:
    streams = clean()
    wrist = streams["cameras/wrist"]
    wrist["ticks"] = wrist["ticks"] + np.where(np.arange(len(wrist["ticks"])) % 2, 1500, 0)
    assert failed(streams) == {"wrist: clock vs edges p99"}


def test_a_loose_box_clock_fails_its_own_gate() -> None:
    streams = clean()
    streams["trigger"]["u_ns"][:] = 900_000
    assert failed(streams) == {"trigger: clock bound p99"}


@pytest.mark.parametrize("name", ["leaders/right", "arms/right"])
def test_a_gap_in_the_joints_names_the_arm(name: str) -> None:
    streams = clean()
    streams[name] = without(streams[name], slice(500, 520))
    assert failed(streams) == {f"{name}: longest gap"}


@pytest.mark.parametrize("name", ["trigger", "cameras/front", "leaders/right", "arms/right"])
def test_a_silent_stream_fails(name: str) -> None:
    streams = clean()
    del streams[name]
    assert failed(streams)
