"""A small typed client of the daemon: everything that the console does. Not for two threads at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from collector.control import Client, DaemonBusy, DaemonError, Uncertified, socket_path
from collector.labels.event import LabelSet
from collector.labels.task import TaskConfig
from collector.links import Links, RingAddress
from collector.preflight.told import PreflightTold
from collector.remote_status import Labels, PlanTold, Role, Status, TakeTold
from hardware.config import RigConfig

__all__ = ["DaemonBusy", "DaemonError", "Ended", "Remote", "Started", "Uncertified", "socket_path"]


@dataclass(frozen=True, slots=True)
class Started:
    """What a start brought: a take that runs, or (`starts_in_s`) a countdown to one."""

    uuid: str = ""
    journal: Path | None = None
    starts_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A take that has ended. `status`: complete, truncated, fault or interrupted; `problem`: why, if by itself."""

    uuid: str
    journal: Path
    status: str
    seconds: float
    problem: str
    stop_to_ready_s: float
    told: Mapping[str, Any]
    """All that the daemon said of it: rows and gaps by stream, teleoperation, ..."""


class Remote:
    """One connection. Every method raises DaemonError with what the daemon objects to.

    DaemonBusy: ask again in a moment; Uncertified: the rig's timing is not proven.
    """

    def __init__(self, socket: Path, timeout_s: float = 10.0) -> None:
        self._client = Client(socket, timeout_s)
        self.key = ""
        """Shares this client's control with another connection of the same operator."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave; control passes on, and robots that this client moved hold."""
        self._client.close()

    def ask(self, verb: str, **words: Any) -> dict[str, Any]:
        """Any verb, by name: docs/reference/socket-protocol.md has them all."""
        return self._client.call(verb, **words)

    # -- what there is ---------------------------------------------------------------------------------

    def status(self) -> Status:
        """Everything of this moment."""
        return Status.model_validate(self.ask("status"))

    def takes(self) -> list[TakeTold]:
        """The session's takes, oldest first."""
        found: list[TakeTold] = []
        while True:
            told = self.ask("session", first=len(found))
            found += map(TakeTold.model_validate, told["takes"])
            if not told["takes"] or len(found) >= told["all"]:
                return found

    def rig(self) -> RigConfig:
        """The rig as it runs: with the endpoints of virtual devices."""
        return RigConfig.model_validate(self.ask("rig")["rig"])

    def devices(self) -> Mapping[str, Any]:
        """By process, what its devices said of themselves."""
        return self.ask("devices")["devices"]

    def links(self) -> Links:
        """Where the rings of this machine lie (collector.live)."""
        links: dict[str, dict[str, Any]] = self.ask("links")["links"]
        return {
            name: RingAddress(told["name"], tuple(map(_field, told["descr"])), told["capacity"])
            for name, told in links.items()
        }

    def look(self, *cameras: str, hz: float = 5.0) -> float:
        """Let these show whole pictures (`Live.look`) for so many seconds: ask again before they are over."""
        return float(self.ask("look", cameras=cameras, hz=hz)["for_s"])

    def preflight(self, *, again: bool = False) -> PreflightTold:
        """What stands between the operator and the first take; `again`: measure the machine anew."""
        return PreflightTold.of(self.ask("preflight", again=again))

    def teleop(self) -> dict[str, Any]:
        """By arm, what teleoperation was like since the take's start, or `mark`."""
        return self.ask("teleop")["arms"]

    # -- who one is ------------------------------------------------------------------------------------

    def attach(self, name: str, role: Role = "control", key: str = "") -> bool:
        """Sit down; True: with control. Somebody else may have it, then one watches."""
        return self._seated(self.ask("attach", name=name, role=role, key=key))

    def take_control(self, name: str) -> bool:
        """Whoever has it watches from now on."""
        return self._seated(self.ask("take_control", name=name))

    # -- the session -----------------------------------------------------------------------------------

    def plan(self, task: TaskConfig, operator: str = "", skill: str = "") -> PlanTold:
        """What the session is to collect; the same again changes nothing."""
        told = self.ask("plan", task=task.model_dump(mode="json"), operator=operator, skill=skill)
        return PlanTold.model_validate(told["plan"])

    def scene(self, **values: str) -> PlanTold:
        """The next take is of this scene; without any, of the one whose turn it is."""
        return PlanTold.model_validate(self.ask("scene", **values)["plan"])

    def arm(self, override: str = "", purpose: str = "record") -> None:
        """From now on takes may begin. `override`: why without a certificate. Raises Uncertified, DaemonBusy."""
        self.ask("arm", purpose=purpose, override=override)

    def disarm(self) -> None:
        """No take may begin."""
        self.ask("disarm")

    def reset(self) -> None:
        """Start anew what has failed."""
        self.ask("reset")

    def shutdown(self) -> None:
        """End the daemon, once all is sealed."""
        self.ask("shutdown")

    # -- takes -----------------------------------------------------------------------------------------

    def start(self, task: TaskConfig | None = None, labels: LabelSet | None = None) -> Started:
        """A take of the plan, or of another task; one under review is kept. While a countdown runs: at once."""
        words = {"labels": labels.given()} if labels else {}
        words |= {"task": task.model_dump(mode="json")} if task else {}
        return _started(self.ask("start", **words))

    def cancel(self) -> None:
        """End the countdown: no take begins."""
        self.ask("cancel")

    def stop(self, labels: LabelSet | None = None) -> Ended:
        """End the running take; it is under review then."""
        told = self.ask("stop", **({"labels": labels.given()} if labels else {}))
        return Ended(
            str(told["uuid"]), Path(told["path"]), str(told["status"]), float(told["seconds"]),
            str(told.get("problem", "")), float(told["stop_to_ready_s"]), told,
        )  # fmt: skip

    def keep(self) -> None:
        """The take under review is one of the session's."""
        self.ask("keep")

    def next(self) -> Started:
        """Keep it and begin the next one."""
        return _started(self.ask("next"))

    def retake(self, why: str = "") -> None:
        """Throw it away, running or under review, and begin it anew."""
        self.ask("retake", why=why)

    def discard(self, why: str = "", episode: str = "") -> Path:
        """Throw away the take under review, or any episode by its UUID; where it is then."""
        return Path(self.ask("discard", why=why, episode=episode)["moved_to"])

    def undiscard(self, episode: str = "") -> Path:
        """Bring back the last one discarded, or another by UUID or file name; where it is."""
        return Path(self.ask("undiscard", episode=episode)["restored"])

    def undo(self) -> str:
        """Take back what was done last; what that was."""
        return str(self.ask("undo")["undone"])

    # -- what is said of them --------------------------------------------------------------------------

    def step(self, name: str = "", t_ns: int = 0) -> str:
        """A step of the task begins, the next one or this; now, or at an instant of CLOCK_MONOTONIC."""
        return str(self.ask("step", name=name, t_ns=t_ns)["step"])

    def note(self, text: str, t_ns: int = 0) -> None:
        """Words on an instant of the running take."""
        self.ask("note", text=text, t_ns=t_ns)

    def speak(self) -> bool:
        """Begin a spoken note on the running take or the last one, or end it; True: it has begun."""
        return bool(self.ask("speak")["speaking"])

    def label(self, what: LabelSet, episode: str = "", by: str = "") -> Labels | None:
        """Say something of an episode, or of the take that runs or was last; what it is labelled then, if known."""
        told = self.ask("label", episode=episode, by=by, **what.given())["labels"]
        return None if told is None else Labels.model_validate(told)

    def unlabel(self, episode: str, label: str, by: str = "") -> None:
        """Take one label of an episode back, by the id that the history shows."""
        self.ask("unlabel", episode=episode, label=label, by=by)

    # -- robots ----------------------------------------------------------------------------------------

    def engage(self) -> None:
        """The robots follow from where the leaders are, if that is near. This client answers for them now."""
        self.ask("engage")

    def approach(self) -> None:
        """The robots go to the leaders, then follow. This client answers for them now."""
        self.ask("approach")

    def clutch(self) -> None:
        """Robots held, leaders free."""
        self.ask("clutch")

    def unclutch(self) -> None:
        """They follow again."""
        self.ask("unclutch")

    def release(self) -> None:
        """Everything that moves comes to rest."""
        self.ask("release")

    def deadman(self) -> None:
        """The operator holds the key now."""
        self.ask("deadman")

    def drive(self, vx: float = 0.0, vy: float = 0.0, wz: float = 0.0) -> None:
        """Drive the bases: m/s, m/s, rad/s."""
        self.ask("drive", vx=vx, vy=vy, wz=wz)

    def replay(self, order: Mapping[str, Any] | None = None) -> None:
        """An episode or way-points lead instead of the operator (collector.playback.Order); without one, he again."""
        self.ask("replay", **(order or {}))

    def play(self) -> None:
        """What replays begins, or goes on."""
        self.ask("play")

    def mark(self) -> None:
        """Figures of teleoperation count from now on."""
        self.ask("mark")

    def sweep(self, width_us: int, span_us: int) -> str:
        """Flash the trigger box's LED; what is wrong with that, if anything."""
        return str(self.ask("sweep", width_us=width_us, span_us=span_us)["problem"])

    def inject(self, *faults: Mapping[str, Any]) -> None:
        """Let these befall the virtual rig, and no others (hardware.virtual_config.FaultConfig)."""
        self.ask("inject", faults=[dict(fault) for fault in faults])

    def board(self, holder: Literal["table", "held", "gripped", "laid"], *, camera: str = "", arm: str = "") -> None:
        """The virtual rig's operator holds or lays the second board before a camera, or an arm grips it, or neither."""
        self.ask("board", holder=holder, camera=camera, arm=arm)

    def hands(self, leader: str, q: Sequence[float] | None = None, grip: float = 0.0) -> None:
        """The virtual rig's operator holds a leader as its follower would stand at `q`, rad; None: on by the script."""
        self.ask("hands", leader=leader, q=q, grip=grip)

    def truth(self) -> Mapping[str, Any]:
        """What a calibration of the virtual rig should find."""
        return self.ask("truth")

    def _seated(self, told: dict[str, Any]) -> bool:
        self.key = str(told["key"])
        return told["role"] == "control"


def _started(told: dict[str, Any]) -> Started:
    if "starts_in_s" in told:
        return Started(starts_in_s=float(told["starts_in_s"]))
    return Started(str(told["uuid"]), Path(told["path"]))


def _field(told: list[Any]) -> tuple[Any, ...]:
    """A field of a dtype, as JSON gave it: name, type, perhaps a shape."""
    name, kind, *shape = told
    return (name, kind, *map(tuple[int, ...], shape))
