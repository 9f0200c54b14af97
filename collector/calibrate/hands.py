"""Who takes the board: the operator, who is asked to, or a virtual rig's scripted one."""

from collections.abc import Callable
from typing import Protocol

from collector.control import Client

Ask = Callable[[str], None]
"""Says what to do and waits until it is done."""


class Hands(Protocol):
    """Brings the board to where a step needs it."""

    def hold(self, camera: str) -> None:
        """Before a camera, moved about by hand from now on."""
        ...

    def grip(self, arm: str) -> None:
        """Fixed in an arm's gripper."""
        ...

    def lay(self, camera: str = "") -> None:
        """On the table, where this camera sees it, or one that moves there will; nobody touches it."""
        ...


class ScriptedHands:
    """Of a virtual rig."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def hold(self, camera: str) -> None:
        """As Hands has it."""
        self._client.call("board", holder="held", camera=camera)

    def grip(self, arm: str) -> None:
        """As Hands has it."""
        self._client.call("board", holder="gripped", arm=arm)

    def lay(self, camera: str = "") -> None:
        """As Hands has it; without a camera the board that lies there always is the one that is meant."""
        self._client.call("board", **({"holder": "laid", "camera": camera} if camera else {"holder": "table"}))


class OperatorHands:
    """Of a person."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def hold(self, camera: str) -> None:
        """As Hands has it."""
        self._ask(f"Take the board and stand before {camera}.")

    def grip(self, arm: str) -> None:
        """As Hands has it."""
        self._ask(f"Fix the board in the gripper of {arm}: it must not slip while the arm moves.")

    def lay(self, camera: str = "") -> None:
        """As Hands has it."""
        sees = f"{camera} sees all of it" if camera else "the arm's camera will see it"
        self._ask(f"Lay the board flat on the table, where {sees}; there it stays. Take everything else away.")


class NoHands:
    """The board is where it has to be: whoever runs a single step has seen to it."""

    def hold(self, camera: str) -> None:
        """As Hands has it."""

    def grip(self, arm: str) -> None:
        """As Hands has it."""

    def lay(self, camera: str = "") -> None:
        """As Hands has it."""
