"""One client controls the rig, others watch; stopping the robots, looking and labelling are everybody's."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.seats import ANYBODY, Seats
from collector.session import NotNow


class Room:
    """Three clients and their seats."""

    def __init__(self) -> None:
        self.handed: list[socket.socket] = []
        self.seats = Seats(self.handed.append)
        self.clients = [socket.socket() for _ in range(3)]

    def attach(self, client: int, name: str, **words: str) -> dict[str, str]:
        return self.seats.verbs(self.clients[client])["attach"](name=name, **words)

    def take(self, client: int, name: str = "") -> dict[str, str]:
        return self.seats.verbs(self.clients[client])["take_control"](name=name)

    def may(self, client: int, verb: str = "start") -> bool:
        try:
            self.seats.require(self.clients[client], verb)
        except NotNow:
            return False
        return True

    def gone(self, *clients: int) -> None:
        self.seats.leave(lambda one: one not in [self.clients[client] for client in clients])

    def close(self) -> None:
        for client in self.clients:
            client.close()


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.close()


def test_the_first_controls_the_others_watch(room: Room) -> None:
    assert room.attach(0, "anna")["role"] == "control"
    assert room.attach(1, "ben")["role"] == "watch"
    assert [room.may(client) for client in range(3)] == [True, False, False]
    status = room.seats.status()
    assert (status["control"]["name"], status["watchers"]) == ("anna", ["ben"])


def test_whoever_watches_may_look_label_and_bring_the_robots_to_rest(room: Room) -> None:
    room.attach(0, "anna")
    room.attach(1, "ben", role="watch")
    assert all(room.may(1, verb) for verb in ("status", "session", "label", "release", "rig", "take_control"))
    assert not any(room.may(1, verb) for verb in ("stop", "start", "discard", "approach", "undo", "plan", "shutdown"))


def test_the_refusal_names_who_controls_and_what_to_do(room: Room) -> None:
    room.attach(0, "anna")
    with pytest.raises(NotNow, match=r"anna controls this rig.*take control"):
        room.seats.require(room.clients[2], "start")


def test_without_anybody_in_control_a_nameless_client_may_do_everything_a_watcher_nothing(room: Room) -> None:
    """`clap record` never says who it is; a console that only watches must not stop a take by a wrong key."""
    room.attach(1, "ben", role="watch")
    assert room.may(2)
    assert not room.may(1)
    with pytest.raises(NotNow, match="nobody controls this rig: take control"):
        room.seats.require(room.clients[1], "stop")


def test_control_is_free_again_when_the_last_that_shared_it_has_gone(room: Room) -> None:
    key = room.attach(0, "anna")["key"]
    assert room.attach(1, "anna", key=key)["role"] == "control"
    assert room.attach(2, "ben", key="guessed")["role"] == "watch"
    room.gone(0)
    assert room.may(1)
    assert not room.may(2)
    room.gone(0, 1)
    assert room.attach(2, "ben")["role"] == "control"
    assert room.seats.status()["watchers"] == []


def test_control_taken_by_another_is_told_to_whoever_answers_for_the_robots(room: Room) -> None:
    key = room.attach(0, "anna")["key"]
    room.attach(1, "ben")
    assert room.take(1)["role"] == "control"
    assert room.handed == [room.clients[1]]
    status = room.seats.status()
    assert (status["control"]["name"], status["watchers"]) == ("ben", ["anna"])
    assert room.attach(0, "anna", key=key)["role"] == "watch"  # the old key opens nothing
    room.take(1)
    assert room.handed == [room.clients[1]]


def test_whoever_has_control_keeps_it_by_attaching_again(room: Room) -> None:
    room.attach(0, "anna")
    assert room.attach(0, "anna", role="watch")["role"] == "control"


def test_names_are_one_short_line_and_roles_are_two(room: Room) -> None:
    room.attach(0, "anna\n\x1b[31m" + "x" * 999)
    assert room.seats.seat(room.clients[0])[0].startswith("anna [31mxxx")
    assert len(room.seats.status()["control"]["name"]) == 60
    with pytest.raises(ValueError, match="role is control or watch"):
        room.attach(1, "ben", role="king")


@given(st.lists(st.tuples(st.sampled_from(["attach", "watch", "take", "leave"]), st.integers(0, 2)), max_size=30))
def test_never_do_two_strangers_control_and_nobody_sits_on_two_seats(moves: list[tuple[str, int]]) -> None:
    room = Room()
    try:
        for move, client in moves:
            match move:
                case "attach":
                    room.attach(client, f"c{client}")
                case "watch":
                    room.attach(client, f"c{client}", role="watch")
                case "take":
                    assert room.take(client, f"c{client}")["role"] == "control"
                case _:
                    room.gone(client)
            status = room.seats.status()
            if status["control"] is not None:
                assert sum(room.may(one) for one in range(3)) == 1
                assert status["control"]["name"] not in status["watchers"]
            assert len(status["watchers"]) == len(set(status["watchers"]))
    finally:
        room.close()


def test_what_anybody_may_moves_nothing(room: Room) -> None:
    assert not ANYBODY & {"start", "stop", "approach", "engage", "keep", "discard", "undo", "arm", "reset", "shutdown"}
