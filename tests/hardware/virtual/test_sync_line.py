from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.config import RigConfig
from hardware.virtual.sync_line import SyncLine
from hardware.virtual.world import World
from hardware.virtual_config import VirtualConfig
from tests.virtual_cameras import camera_config, make_rig

DRIVEN = make_rig(side=camera_config("1002"))
LISTENING = make_rig()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World.create(VirtualConfig(), ())
    world.start_sync_line(world.epoch_ns + 123_456_789)
    yield world
    world.close(unlink=True)


@pytest.mark.parametrize("rig", [LISTENING, DRIVEN], ids=["listen", "drive"])
class TestPulses:
    @given(k=st.integers(0, 10_000_000))
    def test_index_is_the_inverse_of_edge(self, rig: RigConfig, world: World, k: int) -> None:
        line = SyncLine(rig, world)
        edge = line.edge_ns(k)
        assert line.index_at(edge) == k
        assert line.index_at(edge - 1) == k - 1
        assert line.pulse_after(edge - 1) == edge

    @given(k=st.integers(0, 10_000_000), seconds=st.integers(1, 600))
    def test_rate_is_wrong_by_no_more_than_the_crystal(
        self, rig: RigConfig, world: World, k: int, seconds: int
    ) -> None:
        line = SyncLine(rig, world)
        elapsed = line.edge_ns(k + 60 * seconds) - line.edge_ns(k)
        assert elapsed == pytest.approx(seconds * 1e9, rel=42e-6)

    def test_first_pulse_is_where_the_line_started(self, rig: RigConfig, world: World) -> None:
        line = SyncLine(rig, world)
        assert line.edge_ns(0) == line.since_ns == world.sync_line_since_ns
        assert line.index_at(line.since_ns - 10**9) == -1
        assert line.pulse_after(0) == line.since_ns

    def test_far_ends_in_other_processes_see_the_same_pulses(self, rig: RigConfig, world: World) -> None:
        other = World.attach(world.name, ())
        assert SyncLine(rig, other).edge_ns(54_321) == SyncLine(rig, world).edge_ns(54_321)
        other.close()


def test_silent_line_has_no_pulses() -> None:
    world = World.create(VirtualConfig(), ())
    line = SyncLine(LISTENING, world)
    assert line.since_ns == 0
    assert line.pulse_after(world.epoch_ns) is None
    with pytest.raises(ValueError, match="silent"):
        line.edge_ns(3)
    world.close(unlink=True)
