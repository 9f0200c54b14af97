"""Is the operator's hand on it?"""

from hardware.config import TeleopConfig


class Deadman:
    """A key or pedal that the client repeats while it is held, the leader's grip, or none."""

    def __init__(self, config: TeleopConfig) -> None:
        self._config = config
        self._said: bool | None = None
        self._held_ns: int | None = None

    def say(self, held: bool) -> None:
        """The client's word; it counts from the next `held`."""
        self._said = held

    def held(self, now_ns: int, grip: float | None) -> bool:
        """Is it held now, or not needed? grip: of a live leader, 0 open .. 1 closed."""
        if self._said is not None:
            self._held_ns = now_ns if self._said else None
            self._said = None
        match self._config.deadman:
            case "off":
                return True
            case "key":
                return self._held_ns is not None and now_ns - self._held_ns <= self._config.deadman_ms * 1e6
            case "grip":
                return grip is not None and grip > self._config.deadman_grip
