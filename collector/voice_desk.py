"""Spoken notes: one key begins, the same key ends; each is a sound file beside its episode, and a label of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from collector.children import Child, stop_all
from collector.label_desk import LabelDesk
from collector.processes import voice
from collector.session import NotNow
from collector.session_plan import SessionPlan
from collector.take_record import TakeRecord
from hardware.config import RigConfig
from hardware.samples import monotonic_ns

Answer = dict[str, Any]


class VoiceDesk:
    """The daemon's hand on the microphone. Whatever happens to it, no take ends because of that."""

    def __init__(self, rig: RigConfig, plan: SessionPlan, labels: LabelDesk, logs: Path) -> None:
        self._rig, self._plan, self._labels, self._logs = rig, plan, labels, logs
        self._child: Child | None = None
        self._of: TakeRecord | None = None
        self._since_ns = 0
        self.notice = ""
        """Why the last note is missing."""

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """What clients may ask."""
        return {"speak": self._speak}

    @property
    def speaking_s(self) -> float | None:
        """For how long a note has been spoken; None: none is."""
        return None if self._of is None else (monotonic_ns() - self._since_ns) * 1e-9

    def work(self) -> None:
        """Hear what became of the note."""
        child, take = self._child, self._of
        if child is None:
            return
        alive = child.alive  # first: what a child says before its end must still be read
        for kind, told in child.reports():
            if kind == "spoken" and take is not None:
                self._tell(take, Path(told["path"]).name, told["t_ns"], told["seconds"])
            elif kind in ("mute", "fault"):
                self.notice = f"The spoken note is missing: {told['message']}"
            self._of = None
        if not alive:
            child.join(0.1)
            if self._of is not None:
                self.notice = "The spoken note is cut off: the microphone's process has ended; what was heard is kept."
            self._child = self._of = None

    def _tell(self, take: TakeRecord, file: str, t_ns: int, seconds: float) -> None:
        try:
            self._labels.spoken(take, file, t_ns, seconds)
        except NotNow as error:
            self.notice = f"The spoken note {file} is there, but {error}"

    def close(self) -> None:
        """End a note and the process."""
        if self._child is not None:
            self._child.ask("quiet")
            stop_all([self._child])
            self.work()

    def _speak(self) -> Answer:
        """Begin a note on the running take, or on the last one; or end the one that is spoken."""
        if self._of is not None and self._child is not None:
            self._child.ask("quiet")
            return {"speaking": False}
        if self._rig.microphone is None:
            raise NotNow("the rig has no microphone; add microphone: {device: default} to its file")
        take = self._plan.running or self._plan.last
        if take is None:
            raise NotNow("there is no take to speak of yet")
        if self._child is None:
            self._child = Child("voice", voice.main, self._logs / "voice.log", self._rig)
        number = 1 + sum(1 for _ in take.path.parent.glob(f"{take.name}.spoken-*.flac"))
        self._child.ask("speak", path=str(take.path.with_name(f"{take.name}.spoken-{number}.flac")))
        self._of, self._since_ns, self.notice = take, monotonic_ns(), ""
        return {"speaking": True}
