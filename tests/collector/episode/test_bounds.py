"""The bound stored with every stamp holds, whatever clocks and cables do; and the check of that has teeth."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings

from collector.episode.pieces import Restamped
from collector.episode.restamp import restamp_camera, restamp_edges, restamp_leader
from hardware.config import DynamixelLeaderConfig, RealSenseConfig
from tests.hardware.clock import wild

SEEDS = range(2 * settings().max_examples)  # HYPOTHESIS_PROFILE=search: a thousand
CAMERA = RealSenseConfig(serial="1", sync="off", delivery_ms=8.0)
LEADER = DynamixelLeaderConfig(
    port="x", ids=tuple(range(1, wild.SERVOS + 1)), signs=(1,) * wild.SERVOS, offsets_rad=(0.0,) * wild.SERVOS
)
NONE = np.zeros(0, np.int64)

Refit = Callable[[int], tuple[Restamped, wild.Int64s]]


def two_sided(seed: int) -> tuple[Restamped, wild.Int64s]:
    pings, edges, true = wild.box(seed)
    return restamp_edges(edges, pings), true


def one_way(seed: int) -> tuple[Restamped, wild.Int64s]:
    frames, true = wild.frames(seed, 8 * wild.MS)
    return restamp_camera(frames, NONE, NONE, CAMERA, 16_666_667, np.zeros((0, 2), np.int64)).stream, true


def bracketed(seed: int) -> tuple[Restamped, wild.Int64s]:
    reads, latch = wild.reads(seed)
    return restamp_leader(reads, LEADER), latch


def violations(refit: Refit, seeds: range, share: float = 1.0) -> list[int]:
    """The seeds of which a stamp is further from the truth than `share` of its bound."""
    found: list[int] = []
    for seed in seeds:
        stream, true = refit(seed)
        if (np.abs(stream.rows["t_ns"] - true) > stream.rows["u_ns"] * share).any():
            found.append(seed)
    return found


@pytest.mark.parametrize("refit", [two_sided, one_way, bracketed])
def test_the_stored_bound_holds_over_hundreds_of_seeds(refit: Refit) -> None:
    assert violations(refit, SEEDS) == []


@pytest.mark.parametrize("refit", [two_sided, one_way, bracketed])
def test_a_bound_of_half_the_width_is_caught(refit: Refit) -> None:
    assert violations(refit, range(30), share=0.5)


@pytest.mark.parametrize("refit", [two_sided, one_way, bracketed])
def test_the_bound_is_no_excuse(refit: Refit) -> None:
    """Hardly any recording falls back to the drivers' stamps, and the bounds are of use."""
    bounds, kept = [], 0
    for seed in range(60):
        stream, _ = refit(seed)
        bounds.append(np.median(stream.rows["u_ns"]))
        kept += "keep the driver's stamps" in stream.note or np.array_equal(stream.rows["t_ns"], stream.causal_t_ns)
    limit = {two_sided: 0.5, one_way: 9.0, bracketed: 0.5}[refit]
    assert np.median(bounds) < limit * wild.MS
    assert kept <= 12
