"""The Franka Hand on TCP 1338: commands that take their time, states over UDP.

A command answers when it has ended. A move cannot be interrupted but by a stop, and blocked fingers end
it only after a while, as on the real hand.
"""

import socket
from dataclasses import dataclass

from hardware.virtual.cell import CUBE_M
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
from hardware.virtual.fci.wire import Port, Request

STATE_MS = 20  # between states
_MAX_SPEED = 0.1  # m/s, Franka Hand product manual
_HOMING_SPEED = 0.05  # m/s
_LATENCY_MS = 40  # from the request to the first movement
_GRASPED_MS = 60  # of blocked fingers that make a grasp
_BLOCKED_MS = 800  # of blocked fingers that fail a move
_TEMPERATURE = 31  # degrees


@dataclass(slots=True)
class _Job:
    """A command under way: where the fingers go next, and what its end is judged by."""

    request: Request
    kind: HandCommand
    way: list[float]
    speed: float
    wait_ms: int = _LATENCY_MS
    blocked_ms: int = 0
    grasp: tuple[float, float] = (0.0, 0.0)


class Hand:
    """Fingers and their port; `step` once a millisecond."""

    def __init__(self, address: str, max_width: float) -> None:
        self.width = self._max_width = max_width
        self.is_grasped = False
        self._port = Port(address, HAND_PORT, HAND_HEADER)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((address, 0))
        self._target: tuple[str, int] | None = None
        self._job: _Job | None = None

    @property
    def busy(self) -> bool:
        """Is a command under way?"""
        return self._job is not None

    def close(self) -> None:
        """Free the port."""
        self._port.close()
        self._udp.close()

    def step(self, dt: float, *, blocked: bool) -> None:
        """Move the fingers on by `dt` s; `blocked`: the cube is between them."""
        job = self._job
        if job is None:
            return
        job.wait_ms -= 1
        if job.wait_ms > 0:
            return
        goal = job.way[0]
        step = min(max(goal - self.width, -job.speed * dt), job.speed * dt)
        wanted = self.width + step
        stop = CUBE_M if blocked and self.width >= CUBE_M > wanted else wanted
        job.blocked_ms = job.blocked_ms + 1 if stop != wanted else 0
        self.width = stop
        if self.is_grasped and self.width > job.grasp[1] and step > 0:
            self.is_grasped = False
        match job.kind:
            case HandCommand.GRASP if job.blocked_ms > _GRASPED_MS or self.width == goal:
                self.is_grasped = job.grasp[0] < self.width < job.grasp[1]
                self._finish(HandStatus.SUCCESS if self.is_grasped else HandStatus.UNSUCCESSFUL)
            case HandCommand.MOVE | HandCommand.HOMING if job.blocked_ms > _BLOCKED_MS:
                self._finish(HandStatus.UNSUCCESSFUL)
            case _ if self.width == goal:
                job.way.pop(0)
                if not job.way:
                    self._finish(HandStatus.SUCCESS)
            case _:
                pass

    def poll(self) -> None:
        """Take requests."""
        for request in self._port.poll():
            self._take(request)
        if not self._port.connected:
            self._target = None

    def emit(self, time_ms: int) -> bool:
        """Send a state stamped with the controller's time; False without a client."""
        if self._target is None:
            return False
        state = HAND_STATE.pack(time_ms, self.width, self._max_width, self.is_grasped, _TEMPERATURE)
        try:
            self._udp.sendto(state, self._target)
        except OSError:
            return False
        return True

    def _take(self, request: Request) -> None:
        match request.command:
            case HandCommand.CONNECT:
                version, udp_port = CONNECT.unpack(request.payload)
                peer = self._port.peer
                if version == HAND_VERSION and peer is not None:
                    self._target = (peer, udp_port)
                answer = HAND_CONNECTED.pack(int(version != HAND_VERSION), HAND_VERSION)
                self._port.send(HandCommand.CONNECT, request.id, answer)
            case HandCommand.STOP:
                self._finish(HandStatus.ABORTED)
                self._answer(request, HandStatus.SUCCESS)
            case _ if self._job is not None:
                self._answer(request, HandStatus.FAIL)
            case HandCommand.HOMING:
                job = _Job(request, HandCommand.HOMING, [0.0, self._max_width], _HOMING_SPEED)
                self._job, self.is_grasped = job, False
            case HandCommand.MOVE:
                width, speed = HAND_MOVE.unpack(request.payload)
                self._begin(_Job(request, HandCommand.MOVE, [width], speed))
            case HandCommand.GRASP:
                width, inner, outer, speed, _ = HAND_GRASP.unpack(request.payload)
                span = (width - inner, width + outer)
                self._begin(_Job(request, HandCommand.GRASP, [0.0], speed, grasp=span))
            case _:
                self._answer(request, HandStatus.FAIL)

    def _begin(self, job: _Job) -> None:
        if not (0 <= job.way[0] <= self._max_width and 0 < job.speed <= _MAX_SPEED):
            self._answer(job.request, HandStatus.FAIL)
            return
        self._job = job

    def _finish(self, status: HandStatus) -> None:
        if self._job is not None:
            self._answer(self._job.request, status)
        self._job = None

    def _answer(self, request: Request, status: HandStatus) -> None:
        self._port.send(request.command, request.id, HAND_STATUS.pack(status))
