"""The daemon: supervision of the children, the control socket, recovery at start."""

import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import Any

from collector import sealing, session
from collector.backlog import Backlog
from collector.control import Server, claim_folder, claim_rig
from collector.crew import Crew
from collector.links import create_rings
from collector.provenance import git_revision
from collector.session import NotNow, Session, State
from collector.takes import Takes
from collector.teleop_desk import TeleopDesk
from collector.virtual_rig import VirtualRig
from collector.watchdog import silent
from hardware.config import RigConfig
from hardware.samples import monotonic_ns

_TICK_S = 0.05
_START_S = 60.0

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DaemonOptions:
    """How to run: where episodes go, the truth file of a virtual rig, whether to outlive the clients.

    `say` gets each line for whoever started it.
    """

    out: Path
    socket: Path
    truth: Path | None
    with_client: bool
    overrides: tuple[str, ...]
    say: Callable[[str], None]


class Daemon:
    """Runs one rig until told to shut down."""

    def __init__(self, rig: RigConfig, options: DaemonOptions) -> None:
        self._options = options
        self._locks = claim_rig(options.socket, rig.name), claim_folder(options.out)
        logs = options.out / "logs"
        logs.mkdir(exist_ok=True)
        git_revision()  # asked of git now, while no robot waits for us
        self._virtual = VirtualRig(rig, options.truth)
        rig = self._virtual.rig
        self._rings = create_rings(rig)
        self._backlog = Backlog(options.out, logs)
        self._backlog.add_leftovers()
        self._server = Server(options.socket)
        self._session = Session()
        self._fault: Answer | None = None
        self._devices: Answer = {}
        self._crew = Crew(rig, {name: ring.address for name, ring in self._rings.items()}, logs)
        self._desk = TeleopDesk(self._session, self._crew, lambda event: self._takes.note("teleop", event))
        self._takes = Takes(
            self._session, self._crew, self._backlog, self._devices, options.overrides, self._desk.take_summary
        )
        self._waiting: dict[str, socket.socket] = {}  # who gets the answer of a "take" (start, stop), of a "sweep"
        self._last: Answer | None = None  # the take that was closed last
        self._ended = ""  # why it ended by itself; until the next one starts
        self._ending = False

    # -- the loop ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until shutdown, SIGTERM, SIGINT, or the last client's leave if so asked."""

        def on_signal(signum: int, frame: FrameType | None) -> None:
            self._ending = True

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        try:
            while not self._ending:
                connections = [m.connection for m in self._crew.members.values() if m.alive]
                wait([*connections, *self._server.sockets], _TICK_S)
                self._hear_children()
                self._desk.work(self._server.connected)
                if self._session.state is not State.STARTING:  # devices first: what is left over can wait
                    self._backlog.work()
                self._say_recovered()
                for client, request in self._server.poll():
                    self._serve(client, request)
                if self._options.with_client and self._server.had_clients and not self._server.clients:
                    self._ending = True
        finally:
            self._shut_down()

    def _shut_down(self) -> None:
        self._crew.stop()
        self._takes.abandon()
        self._backlog.finish()
        self._say_recovered()
        self._server.close()
        for ring in self._rings.values():
            ring.close()
        self._virtual.close()
        for lock in self._locks:
            lock.close()

    def _say_recovered(self) -> None:
        for line in self._backlog.news():
            self._options.say(line)

    # -- children ----------------------------------------------------------------------------------

    def _hear_children(self) -> None:
        for name, member in list(self._crew.members.items()):
            alive = member.alive  # first: what a child says before its end must still be read
            for kind, data in member.reports():
                self._heard(name, kind, data)
            if not alive and not member.ending and name not in self._failed:
                code = member.process.exitcode
                how = f"was killed (signal {-code})" if code and code < 0 else f"ended with code {code}"
                self._enter_fault(name, name, f"the {name} process {how}; reset starts it again")
        self._end_hung()
        if self._session.state is State.STARTING:
            self._crew.start_missing()
            if self._crew.ready:
                self._session.enter(State.IDLE)
            elif time.monotonic() > self._session.since + _START_S:
                late = [n for n, m in self._crew.members.items() if not m.ready]
                self._enter_fault(late[0], late[0], f"{', '.join(late)} did not come up within {_START_S:.0f} s")

    def _end_hung(self) -> None:
        """What hangs is ended, robots held: a gripper's process starts anew at once, any other on the reset."""
        now_ns = monotonic_ns()
        for name in self._crew.hung(now_ns):
            self._crew.members[name].process.kill()
            self._enter_fault(name, name, f"the {name} process has stopped answering and was ended; reset it")
        if self._session.state is not State.FAULT:
            for name in silent(self._crew.members, now_ns):
                self._crew.restart(name)
                self._desk.hold(f"The {name} process has stopped answering and is started anew; the robots hold.")

    @property
    def _failed(self) -> list[str]:
        return self._fault["processes"] if self._fault else []

    def _heard(self, name: str, kind: str, data: Answer) -> None:
        member = self._crew.members[name]
        match kind:
            case "ready":
                member.ready = True
                if "endpoint" in data:
                    self._crew.endpoint(name, data["endpoint"])
                else:
                    self._devices[name] = data["info"]
                    member.status["warning"] = data.get("warning", "")
            case "status":
                member.status.update(data)
                self._desk.heard(member)
            case "fault":
                self._enter_fault(name, data["device"], data["message"])
            case "started":
                self._ended = ""
                self._takes.begun()
                self._desk.begin_take()
                self._reply("take", state=self._session.state, **(self._takes.episode or {}))
            case "refused":
                self._takes.refused()
                self._refuse("take", data["message"])
            case "closed":
                self._closed(data)
            case "sweep":
                self._reply("sweep", state=self._session.state, problem=data["problem"])
            case "finding":
                self._takes.note("sync", data)
            case _:
                pass

    def _closed(self, data: Answer) -> None:
        uuid = (self._takes.episode or {}).get("uuid")
        told = self._takes.closed(data)
        if told is None:
            return
        self._last = {"uuid": uuid, **told}
        if problem := data.get("problem"):  # nobody asked for this end
            self._ended = f"{Path(data['path']).stem} ended as {data['status']}, kept: {problem}"
        self._reply("take", **told)

    def _enter_fault(self, process: str, device: str, message: str) -> None:
        """Named, robots held, the running episode sealed with what it has."""
        member = self._crew.members[process]
        member.ready = False
        first, self._fault = self._fault is None, self._fault or {"device": device, "message": message, "processes": []}
        self._fault["processes"].append(process)
        if first:
            self._desk.release()
        self._desk.ended(member, message)
        if first:
            self._session.enter(State.FAULT)
            self._takes.fail(message, process)
            for topic in tuple(self._waiting):
                self._refuse(topic, message)

    # -- clients -----------------------------------------------------------------------------------

    def _serve(self, client: socket.socket, request: Answer) -> None:
        verb = str(request.pop("verb", ""))
        verbs: dict[str, Callable[..., Answer | None]] = {
            "status": self._status,
            **self._takes.verbs(),
            **self._desk.verbs(client),
            "sweep": self._sweep,
            "inject": self._virtual.inject,
            "reset": self._reset,
            "shutdown": self._shutdown,
            "rig": lambda: {"rig": self._crew.rig.model_dump(mode="json")},
            "links": lambda: {"links": {name: asdict(ring.address) for name, ring in self._rings.items()}},
        }
        if verb not in verbs:
            self._server.answer(client, {"ok": False, "error": f"no verb {verb!r}; there are {', '.join(verbs)}"})
            return
        try:
            answer = verbs[verb](**request)
        except (NotNow, TypeError, ValueError) as error:  # nothing that a client says ends the daemon
            self._server.answer(client, {"ok": False, "error": str(error), "kind": type(error).__name__})
            return
        if answer is None:
            self._waiting["sweep" if verb == "sweep" else "take"] = client
        else:
            self._server.answer(client, {"ok": True, **answer})

    def _reply(self, topic: str, **answer: Any) -> None:
        if client := self._waiting.pop(topic, None):
            self._server.answer(client, {"ok": True, **answer})

    def _refuse(self, topic: str, message: str) -> None:
        if client := self._waiting.pop(topic, None):
            self._server.answer(client, {"ok": False, "error": message})

    def _status(self) -> Answer:
        return {
            "state": self._session.state,
            "fault": self._fault,
            "notice": " ".join(filter(None, (self._desk.notice, self._ended))),
            "warnings": self._warnings(),
            "possible": session.possible(self._session.state),
            "processes": {
                name: {"alive": m.alive, "ready": m.ready, "pid": m.process.pid, **m.status}
                for name, m in self._crew.members.items()
            },
            "episode": self._takes.episode,
            "last": self._last,
            "backlog": self._backlog.status(),
            "cpu_s": time.process_time(),
            "pid": os.getpid(),
        }

    def _warnings(self) -> list[str]:
        capture = self._crew.members.get("capture")
        recording: Answer = (capture.status.get("recording") if capture else None) or {"paused": "", "warnings": []}
        paused = [f"paused: {recording['paused']}"] if recording["paused"] else []
        return [*paused, *recording["warnings"], *sealing.warnings(self._backlog.status())]

    def _sweep(self, width_us: int, span_us: int) -> None:
        self._crew.members["sync"].ask("sweep", width_us=int(width_us), span_us=int(span_us))

    def _reset(self) -> Answer:
        """Start what has ended and recover what a reflex stopped; without such a fault, teleoperation's own."""
        if self._session.state is State.FAULT:
            self._session.go("reset")
            self._crew.end(self._failed)
            self._crew.lead(None)  # what was replayed when it failed is not taken up again
            self._fault = None
            self._crew.start_missing(recover=True)
        self._desk.reset()
        return {"state": self._session.state}

    def _shutdown(self) -> Answer:
        self._ending = True
        return {"state": self._session.state}
