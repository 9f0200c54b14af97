"""The official SDK against the far end: it must not notice that no servo is there."""

import time
from collections.abc import Iterator

import pytest
from dynamixel_sdk import (
    COMM_RX_CORRUPT,
    COMM_RX_TIMEOUT,
    COMM_SUCCESS,
    GroupBulkRead,
    GroupBulkWrite,
    GroupSyncRead,
    GroupSyncWrite,
    PacketHandler,
    PortHandler,
)

from hardware.arms.dynamixel_port import BlockingPort
from hardware.virtual_config import VirtualConfig, VirtualDynamixelConfig
from tests.hardware.arms.bench import Bench, bench

SDK = PacketHandler(2.0)
ACCESS, RANGE, LENGTH, LIMIT, INSTRUCTION = 7, 4, 5, 6, 2


@pytest.fixture
def rig() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.fixture
def port(rig: Bench) -> Iterator[PortHandler]:
    # The SDK's own port spins; here it would starve the far end, which is a thread of this process.
    handler = BlockingPort(rig.config.port, margin_ms=300)
    assert handler.setBaudRate(4_000_000)
    yield handler
    handler.closePort()


def test_the_sdks_own_port_works_too(rig: Bench) -> None:
    own = PortHandler(rig.config.port)
    assert own.setBaudRate(4_000_000)
    while SDK.ping(own, 1) != (1200, COMM_SUCCESS, 0):
        pass
    own.closePort()


def test_ping_answers_model_number(port: PortHandler) -> None:
    assert SDK.ping(port, 1) == (1200, COMM_SUCCESS, 0)
    assert SDK.ping(port, 77)[1] == COMM_RX_TIMEOUT


def test_broadcast_ping_finds_every_servo(port: PortHandler) -> None:
    assert SDK.broadcastPing(port) == ({id: [1200, 52] for id in (1, 2, 3, 8)}, COMM_SUCCESS)


def test_factory_defaults_of_the_xl330(port: PortHandler) -> None:
    assert SDK.read1ByteTxRx(port, 1, 9) == (250, COMM_SUCCESS, 0)
    assert SDK.read2ByteTxRx(port, 1, 38)[0] == 1750
    assert SDK.read4ByteTxRx(port, 1, 44)[0] == 445
    assert SDK.read2ByteTxRx(port, 1, 84)[0] == 400


def test_writes_keep_to_access_range_length_and_limit(port: PortHandler) -> None:
    assert SDK.write1ByteTxRx(port, 1, 70, 1) == (COMM_SUCCESS, ACCESS)
    assert SDK.write1ByteTxRx(port, 1, 9, 255) == (COMM_SUCCESS, RANGE)
    assert SDK.write2ByteTxRx(port, 1, 116, 100) == (COMM_SUCCESS, LENGTH)
    assert SDK.write4ByteTxRx(port, 1, 116, 5000) == (COMM_SUCCESS, LIMIT)
    assert SDK.write1ByteTxRx(port, 1, 11, 2) == (COMM_SUCCESS, RANGE)
    assert SDK.write1ByteTxRx(port, 1, 64, 1) == (COMM_SUCCESS, 0)
    assert SDK.write1ByteTxRx(port, 1, 9, 0) == (COMM_SUCCESS, ACCESS)


def test_reg_write_waits_for_action(port: PortHandler) -> None:
    assert SDK.regWriteTxRx(port, 2, 65, 1, [1]) == (COMM_SUCCESS, 0)
    assert SDK.read1ByteTxRx(port, 2, 65)[0] == 0
    assert SDK.read1ByteTxRx(port, 2, 69)[0] == 1
    assert SDK.action(port, 0xFE) == COMM_SUCCESS
    assert SDK.read1ByteTxRx(port, 2, 65)[0] == 1
    assert SDK.read1ByteTxRx(port, 2, 69)[0] == 0


@pytest.mark.parametrize("fast", [False, True])
def test_sync_read_gives_the_pose(port: PortHandler, fast: bool) -> None:
    group = GroupSyncRead(port, SDK, 120, 16)
    for id in (1, 2, 3, 8):
        assert group.addParam(id)
    assert (group.fastSyncRead() if fast else group.txRxPacket()) == COMM_SUCCESS
    assert [group.getData(id, 132, 4) for id in (1, 2, 3, 8)] == [2113, 2374, 1676, 2102]


@pytest.mark.parametrize("fast", [False, True])
def test_bulk_read_mixes_registers(port: PortHandler, fast: bool) -> None:
    group = GroupBulkRead(port, SDK)
    assert group.addParam(1, 132, 4) and group.addParam(2, 146, 1) and group.addParam(3, 36, 2)
    assert (group.fastBulkRead() if fast else group.txRxPacket()) == COMM_SUCCESS
    assert (group.getData(1, 132, 4), group.getData(2, 146, 1), group.getData(3, 36, 2)) == (2113, 33, 885)


def test_group_writes_reach_every_servo(port: PortHandler) -> None:
    sync = GroupSyncWrite(port, SDK, 65, 1)
    bulk = GroupBulkWrite(port, SDK)
    for id in (1, 2):
        assert sync.addParam(id, [1])
    assert bulk.addParam(3, 65, 1, [1]) and bulk.addParam(8, 84, 2, [0x2C, 0x01])
    assert sync.txPacket() == bulk.txPacket() == COMM_SUCCESS
    assert [SDK.read1ByteTxRx(port, id, 65)[0] for id in (1, 2, 3)] == [1, 1, 1]
    assert SDK.read2ByteTxRx(port, 8, 84)[0] == 300


def test_indirect_data_stands_for_what_it_points_at(port: PortHandler) -> None:
    for i in range(4):
        assert SDK.write2ByteTxRx(port, 1, 168 + 2 * i, 132 + i) == (COMM_SUCCESS, 0)
    assert SDK.write2ByteTxRx(port, 1, 176, 65) == (COMM_SUCCESS, 0)
    assert SDK.read4ByteTxRx(port, 1, 208)[0] == 2113
    assert SDK.write1ByteTxRx(port, 1, 212, 1) == (COMM_SUCCESS, 0)
    assert SDK.read1ByteTxRx(port, 1, 65)[0] == 1
    assert SDK.write2ByteTxRx(port, 1, 168, 10) == (COMM_SUCCESS, RANGE)


def test_data_that_looks_like_a_header_comes_through(port: PortHandler) -> None:
    header = [0xFF, 0xFF, 0xFD, 0x00]
    assert SDK.regWriteTxRx(port, 1, 208, 4, header) == (COMM_SUCCESS, 0)
    assert SDK.action(port, 0xFE) == COMM_SUCCESS
    assert SDK.readTxRx(port, 1, 208, 4) == (header, COMM_SUCCESS, 0)


def test_reboot_forgets_ram_and_is_silent_meanwhile(rig: Bench, port: PortHandler) -> None:
    assert SDK.write1ByteTxRx(port, 1, 65, 1) == (COMM_SUCCESS, 0)
    assert SDK.write1ByteTxRx(port, 1, 9, 10) == (COMM_SUCCESS, 0)
    assert SDK.reboot(port, 1) == (COMM_SUCCESS, 0)
    servo = rig.bus.chain.servos[0]
    assert not servo.hears(4_000_000, servo.awake_from_ns - 1)
    while SDK.ping(port, 1)[1] != COMM_SUCCESS:
        pass
    assert SDK.read1ByteTxRx(port, 1, 65)[0] == 0
    assert SDK.read1ByteTxRx(port, 1, 9)[0] == 10


def test_factory_reset_returns_to_57600(port: PortHandler) -> None:
    assert SDK.write1ByteTxRx(port, 3, 9, 0) == (COMM_SUCCESS, 0)
    assert SDK.factoryReset(port, 3, 0x01) == (COMM_SUCCESS, 0)
    assert SDK.ping(port, 3)[1] == COMM_RX_TIMEOUT
    assert port.setBaudRate(57_600)
    while SDK.ping(port, 3)[1] != COMM_SUCCESS:
        pass
    assert SDK.read1ByteTxRx(port, 3, 9)[0] == 250


def test_status_return_level_silences_servos(port: PortHandler) -> None:
    assert SDK.write1ByteTxRx(port, 1, 68, 1) == (COMM_SUCCESS, 0)
    assert SDK.write1ByteTxRx(port, 1, 65, 1)[0] == COMM_RX_TIMEOUT
    assert SDK.read1ByteTxRx(port, 1, 65) == (1, COMM_SUCCESS, 0)


def test_a_hardware_error_raises_the_alert_bit(rig: Bench, port: PortHandler) -> None:
    rig.bus.chain.servos[1].registers.set(70, 1 << 5)
    assert SDK.read1ByteTxRx(port, 2, 70) == (32, COMM_SUCCESS, 0x80)


def test_position_goal_is_reached_and_watchdog_locks_goals(port: PortHandler) -> None:
    assert SDK.write1ByteTxRx(port, 1, 64, 1) == (COMM_SUCCESS, 0)
    assert SDK.write4ByteTxRx(port, 1, 116, 2120) == (COMM_SUCCESS, 0)
    while SDK.read4ByteTxRx(port, 1, 132)[0] != 2120:
        pass
    assert SDK.write1ByteTxRx(port, 1, 98, 1) == (COMM_SUCCESS, 0)
    time.sleep(0.05)  # the limit is 20 ms
    assert SDK.read1ByteTxRx(port, 1, 98)[0] == 0xFF
    assert SDK.write4ByteTxRx(port, 1, 116, 2000) == (COMM_SUCCESS, RANGE)
    assert SDK.write1ByteTxRx(port, 1, 98, 0) == (COMM_SUCCESS, 0)
    assert SDK.write4ByteTxRx(port, 1, 116, 2000) == (COMM_SUCCESS, 0)


def test_clear_is_accepted_at_rest(port: PortHandler) -> None:
    assert SDK.clearMultiTurn(port, 1) == (COMM_SUCCESS, 0)


def test_action_without_a_registered_write_is_an_instruction_error(rig: Bench) -> None:
    assert rig.bus.chain.servos[0].action(rig.world.epoch_ns) == INSTRUCTION


def test_flipped_bits_are_caught_by_the_sdk() -> None:
    noisy = VirtualConfig(dynamixel=VirtualDynamixelConfig(error_rate=1.0))
    with bench(virtual=noisy) as rig:
        port = BlockingPort(rig.config.port, margin_ms=50)
        assert port.setBaudRate(4_000_000)
        results = {SDK.read4ByteTxRx(port, 1, 132)[1] for _ in range(5)}
        port.closePort()
    assert results <= {COMM_RX_CORRUPT, COMM_RX_TIMEOUT}
