"""The virtual hand and the port it shares with the arm, spoken to in bytes; time is the test's own."""

import contextlib
import os
import socket
from collections.abc import Generator

import pytest

from hardware.virtual.cell import CUBE_M
from hardware.virtual.fci.hand import Hand
from hardware.virtual.fci.server import free_address
from hardware.virtual.fci.structs import (
    CONNECT,
    HAND_CONNECTED,
    HAND_GRASP,
    HAND_HEADER,
    HAND_MOVE,
    HAND_PORT,
    HAND_STATE,
    HAND_STATUS,
    HAND_VERSION,
    HandCommand,
    HandStatus,
)

MAX_WIDTH = 0.08


class Client:
    """A hand and a client that is connected to it."""

    def __init__(self) -> None:
        self.address = free_address(os.getpid())
        self.hand = Hand(self.address, MAX_WIDTH)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.settimeout(2)
        self.tcp = socket.create_connection((self.address, HAND_PORT), timeout=2)
        self.tcp.settimeout(0.002)
        self.heard = b""

    def close(self) -> None:
        self.tcp.close()
        self.udp.close()
        self.hand.close()

    def send(self, command: HandCommand, payload: bytes = b"", number: int = 7) -> None:
        self.tcp.sendall(HAND_HEADER.pack(command, number, HAND_HEADER.size + len(payload)) + payload)

    def answer(self, *, blocked: bool = False, limit: int = 5000) -> tuple[int, bytes, int]:
        """Run the hand until it answers: command, payload, milliseconds."""
        for ms in range(limit):
            self.hand.poll()
            self.hand.step(1e-3, blocked=blocked)
            if ms % 50 == 0 or not self.hand.busy:
                with contextlib.suppress(TimeoutError):
                    self.heard += self.tcp.recv(256)
            if len(self.heard) >= HAND_HEADER.size:
                command, _, size = HAND_HEADER.unpack_from(self.heard)
                message, self.heard = self.heard[:size], self.heard[size:]
                return command, message[HAND_HEADER.size :], ms
        raise AssertionError("no answer")

    def status(self, *, blocked: bool = False) -> HandStatus:
        return HandStatus(HAND_STATUS.unpack(self.answer(blocked=blocked)[1])[0])


@pytest.fixture
def client() -> Generator[Client]:
    client = Client()
    yield client
    client.close()


def connect(client: Client, version: int = HAND_VERSION) -> tuple[int, int]:
    client.send(HandCommand.CONNECT, CONNECT.pack(version, client.udp.getsockname()[1]))
    return HAND_CONNECTED.unpack(client.answer()[1])


def test_a_client_of_another_version_is_refused_and_told_ours(client: Client) -> None:
    assert connect(client, version=2) == (1, HAND_VERSION)
    assert not client.hand.emit(1)


def test_states_go_to_the_port_that_the_client_named(client: Client) -> None:
    assert connect(client) == (0, HAND_VERSION)
    assert client.hand.emit(1234)
    time_ms, width, max_width, grasped, _ = HAND_STATE.unpack(client.udp.recv(256))
    assert (time_ms, width, max_width, grasped) == (1234, MAX_WIDTH, MAX_WIDTH, False)


def test_a_move_takes_the_way_divided_by_the_speed(client: Client) -> None:
    client.send(HandCommand.MOVE, HAND_MOVE.pack(0.03, 0.05))
    assert client.status() is HandStatus.SUCCESS
    assert client.hand.width == pytest.approx(0.03)


def test_a_message_may_come_in_pieces(client: Client) -> None:
    message = HAND_HEADER.pack(HandCommand.MOVE, 3, HAND_HEADER.size + 16) + HAND_MOVE.pack(0.05, 0.1)
    for byte in message:
        client.tcp.sendall(bytes([byte]))
        client.hand.poll()
    assert client.status() is HandStatus.SUCCESS


def test_a_grasp_holds_the_cube_and_misses_the_air(client: Client) -> None:
    span = HAND_GRASP.pack(CUBE_M, 0.005, 0.005, 0.1, 30.0)
    client.send(HandCommand.GRASP, span)
    assert client.status(blocked=True) is HandStatus.SUCCESS
    assert client.hand.width == pytest.approx(CUBE_M)
    assert client.hand.is_grasped
    client.send(HandCommand.MOVE, HAND_MOVE.pack(MAX_WIDTH, 0.1))
    assert client.status() is HandStatus.SUCCESS
    assert not client.hand.is_grasped
    client.send(HandCommand.GRASP, span)
    assert client.status() is HandStatus.UNSUCCESSFUL


def test_a_grasp_of_the_wrong_width_is_none(client: Client) -> None:
    client.send(HandCommand.GRASP, HAND_GRASP.pack(0.02, 0.005, 0.005, 0.1, 30.0))
    assert client.status(blocked=True) is HandStatus.UNSUCCESSFUL


def test_a_blocked_move_fails_after_a_while(client: Client) -> None:
    client.send(HandCommand.MOVE, HAND_MOVE.pack(0.0, 0.1))
    assert client.status(blocked=True) is HandStatus.UNSUCCESSFUL
    assert client.hand.width == pytest.approx(CUBE_M)


def test_stop_ends_a_move_as_aborted(client: Client) -> None:
    client.send(HandCommand.MOVE, HAND_MOVE.pack(0.0, 0.02))
    for _ in range(200):
        client.hand.poll()
        client.hand.step(1e-3, blocked=False)
    client.send(HandCommand.STOP)
    assert client.status() is HandStatus.ABORTED
    assert 0 < client.hand.width < MAX_WIDTH


@pytest.mark.parametrize(("width", "speed"), [(-0.01, 0.1), (0.09, 0.1), (0.05, 0.0), (0.05, 0.3)])
def test_what_the_hand_cannot_do_fails_at_once(client: Client, width: float, speed: float) -> None:
    client.send(HandCommand.MOVE, HAND_MOVE.pack(width, speed))
    assert client.status() is HandStatus.FAIL


def test_rubbish_ends_the_connection_and_the_next_client_is_served(client: Client) -> None:
    client.tcp.sendall(b"\xff" * 64)
    for _ in range(20):
        client.hand.poll()
    client.tcp.close()
    client.tcp = socket.create_connection((client.address, HAND_PORT), timeout=2)
    client.tcp.settimeout(0.002)
    client.send(HandCommand.MOVE, HAND_MOVE.pack(0.05, 0.1))
    assert client.status() is HandStatus.SUCCESS
