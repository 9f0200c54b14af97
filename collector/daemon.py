"""The daemon: session state, supervision of the children, the control socket, recovery at start."""

import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import Any

from collector import session
from collector.backlog import Backlog
from collector.control import Server, claim
from collector.crew import Crew
from collector.labels.task import TaskConfig
from collector.links import create_rings
from collector.permit import Permit, permit
from collector.provenance import episode_meta
from collector.readiness import why_not_ready
from collector.session import NotNow, NotYet, State
from collector.virtual_rig import VirtualRig
from hardware.config import RigConfig

_TICK_S = 0.05
_START_S = 60.0
# An episode starts only with room for itself twice (journal and HDF5) and a reserve.
_SPARE_BYTES = 1_000_000_000
_CAMERA_BYTES_S = 6_000_000  # 640x480 JPEG q90 at 60 Hz, measured


@dataclass(frozen=True, slots=True)
class DaemonOptions:
    """How to run: where episodes go, the truth file of a virtual rig, whether to outlive the clients."""

    out: Path
    socket: Path
    truth: Path | None
    with_client: bool
    overrides: tuple[str, ...]


class Daemon:
    """Runs one rig until told to shut down."""

    def __init__(self, rig: RigConfig, options: DaemonOptions) -> None:
        self._options = options
        self._lock = claim(options.socket.with_suffix(".lock"), rig.name)
        options.out.mkdir(parents=True, exist_ok=True)
        self._logs = options.out / "logs"
        self._logs.mkdir(exist_ok=True)
        self._virtual = VirtualRig(rig, options.truth)
        rig = self._virtual.rig
        self._rings = create_rings(rig)
        self._backlog = Backlog(options.out, self._logs)
        self._backlog.add_leftovers()
        self._server = Server(options.socket)
        self._crew = Crew(rig, {name: ring.address for name, ring in self._rings.items()}, self._logs)
        self._state = State.STARTING
        self._start_deadline = time.monotonic() + _START_S
        self._fault: dict[str, Any] | None = None
        self._devices: dict[str, Any] = {}
        self._episode: dict[str, Any] | None = None
        self._permit: Permit | None = None
        self._last = options.out  # the take under review
        self._waiting: socket.socket | None = None  # the client that asked to start or stop
        self._asked_at = 0.0
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
                self._backlog.work()
                for client, request in self._server.poll():
                    self._server_request(client, request)
                if self._options.with_client and self._server.had_clients and not self._server.clients:
                    self._ending = True
        finally:
            self._shut_down()

    def _shut_down(self) -> None:
        self._crew.stop()
        if self._episode:
            self._backlog.add(Path(self._episode["path"]))
        self._backlog.finish()
        self._server.close()
        for ring in self._rings.values():
            ring.close()
        self._virtual.close()
        self._lock.close()

    # -- children ----------------------------------------------------------------------------------

    def _hear_children(self) -> None:
        for name, member in list(self._crew.members.items()):
            for kind, data in member.reports():
                self._heard(name, kind, data)
            if not member.alive and not member.ending and member.name not in self._dead():
                code = member.process.exitcode
                how = f"was killed (signal {-code})" if code and code < 0 else f"ended with code {code}"
                self._enter_fault(name, name, f"the {name} process {how}; reset starts it again")
        if self._state is State.STARTING:
            self._crew.start_missing(recover=False)
            if self._crew.ready:
                self._state = State.IDLE
            elif time.monotonic() > self._start_deadline:
                late = [n for n, m in self._crew.members.items() if not m.ready]
                self._enter_fault(late[0], late[0], f"{', '.join(late)} did not come up within {_START_S:.0f} s")

    def _dead(self) -> set[str]:
        return set(self._fault["processes"]) if self._fault else set()

    def _heard(self, name: str, kind: str, data: dict[str, Any]) -> None:
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
            case "fault":
                self._enter_fault(name, data["device"], data["message"])
            case "started":
                self._reply(ok=True, state=self._state, **(self._episode or {}))
            case "refused":
                self._state, self._episode = State.ARMED, None
                self._reply(ok=False, error=data["message"])
            case "closed":
                self._closed(data)
            case "finding" if self._state is State.RECORDING:
                self._crew.members["capture"].ask("event", kind="sync", data=data)
            case _:
                pass

    def _enter_fault(self, process: str, device: str, message: str) -> None:
        """Named, robots held, the running episode sealed with what it has."""
        if self._fault:
            self._fault["processes"].append(process)
            return
        self._fault = {"device": device, "message": message, "processes": [process]}
        was, self._state = self._state, State.FAULT
        for arm in self._crew.arms:
            arm.ask("release")
        self._crew.members[process].ready = False
        if was is State.RECORDING and self._episode:
            capture = self._crew.members["capture"]
            if process != "capture" and capture.alive:
                capture.ask("finish", status="fault", summary={"fault": message})
            else:
                self._closed({"path": self._episode["path"], "status": "fault", "rows": {}})
        self._reply(ok=False, error=message)

    def _closed(self, summary: dict[str, Any]) -> None:
        """An episode's journal is sealed: ready for the next one at once."""
        path = Path(summary["path"])
        if not self._episode or self._episode["path"] != str(path):
            return
        self._episode = None
        if self._state is State.RECORDING:
            self._state = State.REVIEW
        self._last = path
        self._backlog.add(path)
        self._reply(ok=True, state=self._state, stop_to_ready_s=time.monotonic() - self._asked_at, **summary)

    # -- clients -----------------------------------------------------------------------------------

    def _server_request(self, client: socket.socket, request: dict[str, Any]) -> None:
        verb = str(request.pop("verb", ""))
        verbs: dict[str, Callable[..., dict[str, Any] | None]] = {
            "status": self._status,
            "arm": self._arm,
            "start": self._start,
            "stop": self._stop,
            "keep": self._keep,
            "disarm": lambda: self._simple("disarm"),
            "discard": self._discard,
            "engage": lambda: self._teleop("engage"),
            "release": lambda: self._teleop("release"),
            "sweep": self._sweep,
            "inject": self._virtual.inject,
            "reset": self._reset,
            "shutdown": self._shutdown,
            "rig": lambda: {"rig": self._crew.rig.model_dump(mode="json")},
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
            self._waiting, self._asked_at = client, time.monotonic()
        else:
            self._server.answer(client, {"ok": True, **answer})

    def _reply(self, **answer: Any) -> None:
        if self._waiting:
            self._server.answer(self._waiting, answer)
            self._waiting = None

    def _simple(self, verb: str) -> dict[str, Any]:
        self._state = session.after(self._state, verb)
        return {"state": self._state}

    def _status(self) -> dict[str, Any]:
        return {
            "state": self._state,
            "fault": self._fault,
            "possible": session.possible(self._state),
            "processes": {
                name: {"alive": m.alive, "ready": m.ready, "pid": m.process.pid, **m.status}
                for name, m in self._crew.members.items()
            },
            "episode": self._episode,
            "backlog": self._backlog.status(),
            "cpu_s": time.process_time(),
            "pid": os.getpid(),
        }

    def _arm(self, purpose: str = "record", override: str = "") -> dict[str, Any]:
        state = session.after(self._state, "arm")
        granted = permit(self._crew.rig, self._devices, purpose, override)
        status = {name: member.status for name, member in self._crew.members.items()}
        if reason := why_not_ready(self._crew.rig, status, selftest=purpose == "selftest"):
            raise NotYet(reason)
        self._state, self._permit = state, granted
        return {"state": state, "override": granted.override}

    def _start(self, task: dict[str, Any], labels: dict[str, Any] | None = None) -> None:
        job = TaskConfig.model_validate(task)
        state = session.after(self._state, "start")
        assert self._permit is not None  # who may start was armed
        self._permit.still_holds(self._crew.rig, self._devices)
        self._state = state
        path = self._backlog.next_path()
        grounds = self._permit.provenance() | {"overrides": list(self._options.overrides)}
        meta = episode_meta(self._crew.rig, job.model_dump(mode="json"), grounds, self._devices, labels or {})
        self._episode = {"path": str(path), "uuid": meta["episode_uuid"]}
        need = _SPARE_BYTES + int(2 * job.seconds * _CAMERA_BYTES_S * len(self._crew.rig.cameras))
        self._crew.members["capture"].ask("start", path=str(path), meta=meta, need_bytes=need)

    def _stop(self, labels: dict[str, Any] | None = None) -> None:
        session.after(self._state, "stop")
        capture = self._crew.members["capture"]
        if labels:
            capture.ask("event", kind="labels", data=labels)
        capture.ask("finish", status="complete", summary={"cpu_s": self._cpu()})

    def _keep(self) -> dict[str, Any]:
        if self._permit and self._permit.purpose == "selftest":
            raise NotNow("a self-test's take is no demonstration; discard it")
        return self._simple("keep")

    def _discard(self) -> dict[str, Any]:
        self._state = session.after(self._state, "discard")
        return {"state": self._state, "moved_to": str(self._backlog.discard(self._last))}

    def _teleop(self, verb: str) -> dict[str, Any]:
        if self._state in (State.STARTING, State.FAULT):
            raise NotNow(f"{verb} needs a running rig; the session is {self._state}")
        for arm in self._crew.arms:
            arm.ask(verb)
        return {"state": self._state}

    def _sweep(self, width_us: int, span_us: int) -> dict[str, Any]:
        self._crew.members["sync"].ask("sweep", width_us=int(width_us), span_us=int(span_us))
        return {"state": self._state}

    def _reset(self) -> dict[str, Any]:
        self._state = session.after(self._state, "reset")
        self._fault = None
        self._start_deadline = time.monotonic() + _START_S
        self._crew.start_missing(recover=True)
        return {"state": self._state}

    def _shutdown(self) -> dict[str, Any]:
        self._ending = True
        return {"state": self._state}

    def _cpu(self) -> dict[str, float]:
        return {n: m.status.get("cpu_s", 0.0) for n, m in self._crew.members.items() if not n.startswith("virtual")}
