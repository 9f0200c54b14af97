"""The daemon: supervision of the children, the control socket, recovery at start."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from collector import daemon_status
from collector.answers import Answers, Topic
from collector.backlog import Backlog
from collector.control import Server, claim_folder, claim_rig
from collector.crew import Crew
from collector.ending import Ending
from collector.label_desk import LabelDesk
from collector.links import create_rings
from collector.preflight.desk import Preflight
from collector.provenance import git_revision
from collector.seats import Seats
from collector.session import Session, State
from collector.session_plan import SessionPlan
from collector.take_desk import TakeDesk
from collector.takes import Takes
from collector.teleop_desk import TeleopDesk
from collector.undo import Undo
from collector.virtual_rig import VirtualRig
from collector.voice_desk import VoiceDesk
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
        self._ending = Ending()  # first: what comes next has to be put away again
        self._locks = claim_rig(options.socket, rig.name), claim_folder(options.out)
        logs = options.out / "logs"
        logs.mkdir(exist_ok=True)
        git_revision()  # asked of git now, while no robot waits for us
        self._virtual = VirtualRig(rig, options.truth)
        rig = self._virtual.rig
        self._rings = create_rings(rig)
        self._backlog = Backlog(options.out, logs)
        self._backlog.add_leftovers()
        self._backlog.warm()
        self._server = Server(options.socket)
        self._session = Session()
        self._fault: Answer | None = None
        self._devices: Answer = {}
        self._crew = Crew(rig, {name: ring.address for name, ring in self._rings.items()}, logs)
        self._desk = TeleopDesk(self._session, self._crew, lambda event: self._takes.note("teleop", event))
        self._seats, self._undo = Seats(self._desk.handed_over), Undo()
        self._plan = SessionPlan(self._session, rig.operator, self._backlog.scenes, self._undo)
        self._takes = Takes(
            self._plan, self._undo, self._crew, self._backlog, self._devices, options.overrides, self._desk.take_summary
        )
        self._take_desk = TakeDesk(self._plan, self._takes, self._undo)
        self._labels = LabelDesk(self._plan, self._takes, self._take_desk, self._undo, self._backlog)
        self._voice = VoiceDesk(rig, self._plan, self._labels, logs)
        self._preflight = Preflight(lambda: self._crew.rig, self._devices, options.out, self._status)
        self._answers = Answers(self._server, options.say)
        self._last: Answer | None = None  # the take that was closed last
        self._ended = ""  # why it ended by itself; until the next one starts

    # -- the loop ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until shutdown, SIGTERM, SIGINT, or the last client's leave if so asked."""
        try:
            while not self._ending.asked:
                connections = [m.connection for m in self._crew.members.values() if m.alive]
                wait([*connections, *self._server.sockets], _TICK_S)
                self._hear_children()
                self._desk.work(self._server.connected)
                if self._session.state is not State.STARTING:  # devices first: what is left over can wait
                    self._backlog.work()
                for uuid, quality in self._backlog.sealed_now():
                    self._takes.sealed(uuid, quality)
                self._take_desk.work(self._crew.all_follow)
                self._labels.work()
                self._voice.work()
                self._say_recovered()
                requests = self._server.poll()
                self._seats.leave(self._server.connected)
                for client, request in requests:
                    self._serve(client, request)
                if self._options.with_client and self._server.had_clients and not self._server.clients:
                    self._ending.ask()
        finally:
            self._shut_down()

    def _shut_down(self) -> None:
        self._crew.stop()
        self._takes.abandon()
        self._voice.close()
        self._labels.close()
        self._preflight.close()
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
                if name == "capture":
                    self._takes.brief()
            case "fault":
                self._enter_fault(name, data["device"], data["message"])
            case "started":
                self._ended = ""
                self._take_desk.begun()
                self._desk.begin_take()
                self._answers.reply("start", state=self._session.state, **(self._takes.episode or {}))
            case "refused":
                self._take_desk.refused(data["message"])
                for topic in ("start", "stop"):
                    self._answers.refuse(topic, data["message"])
            case "closed":
                self._closed(data)
            case "late":
                self._ended = self._labels.late(str(data["data"].get("id", ""))) or self._ended
            case "sweep":
                self._answers.reply("sweep", state=self._session.state, problem=data["problem"])
            case "finding":
                self._takes.note("sync", data)
            case _:
                pass

    def _closed(self, data: Answer) -> None:
        told = self._take_desk.closed(data)
        if told is None:
            return
        self._last = told
        if (problem := data.get("problem")) and told["verdict"] != "discarded":  # nobody asked for this end
            self._ended = f"{Path(data['path']).stem} ended as {data['status']}, kept: {problem}"
        self._answers.reply("stop", **told)

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
            self._answers.refuse_all(message)
        if first or process == "capture":  # which may die while it still closes what another one ended
            self._take_desk.fail(message, process)

    # -- clients -----------------------------------------------------------------------------------

    def _verbs(self, client: socket.socket) -> dict[str, Callable[..., Answer | Topic]]:
        """What a client may ask; docs/reference/socket-protocol.md explains each."""
        name, controls = self._seats.seat(client)
        return {
            "status": lambda: {**self._status(), "yours": controls},
            **self._seats.verbs(client),
            **self._plan.verbs(),
            **self._take_desk.verbs(),
            **self._labels.verbs(name, controls=controls),
            **self._voice.verbs(),
            **self._desk.verbs(client),
            "preflight": self._preflight.look,
            "sweep": self._sweep,
            **self._virtual.verbs(),
            "reset": self._reset,
            "shutdown": self._shutdown,
            "devices": lambda: {"devices": dict(self._devices)},
            **self._crew.verbs(),
        }

    def _serve(self, client: socket.socket, request: Answer) -> None:
        self._answers.serve(client, request, self._verbs(client), self._seats.require)

    def _status(self) -> Answer:
        backlog = self._backlog.status()
        return {
            "state": self._session.state,
            "fault": self._fault,
            "notice": daemon_status.notice(self._desk, self._take_desk, self._voice, ended=self._ended),
            "warnings": daemon_status.warnings(self._crew.members, backlog, self._labels.problem),
            "processes": daemon_status.processes(self._crew.members),
            "episode": self._takes.episode,
            "last": self._last,
            **daemon_status.session_status(self._plan, self._take_desk, self._undo),
            **self._seats.status(),
            "speaking_s": self._voice.speaking_s,
            "disk": daemon_status.disk(self._options.out, len(self._crew.rig.cameras)),
            "backlog": backlog,
            "cpu_s": time.process_time(),
            "pid": os.getpid(),
            "out": str(self._options.out.resolve()),
        }

    def _sweep(self, width_us: int, span_us: int) -> Topic:
        self._crew.members["sync"].ask("sweep", width_us=int(width_us), span_us=int(span_us))
        return "sweep"

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
        self._ending.ask()
        return {"state": self._session.state}
