"""The robot's TCP port: requests in, answers out. Whom the states go to is settled here."""

import struct

import numpy as np

from hardware.samples import Vector
from hardware.virtual.fci import model
from hardware.virtual.fci.robot import Robot
from hardware.virtual.fci.state import State
from hardware.virtual.fci.structs import (
    CONNECT,
    CONNECTED,
    HEADER,
    MOVE,
    ROBOT_PORT,
    ROBOT_VERSION,
    STATUS,
    Command,
    MoveStatus,
)
from hardware.virtual.fci.wire import Port, Request

_REJECTED = 1  # kCommandNotPossibleRejected of every command but Move


class Commands:
    """Serves one client's requests on a robot; `target` is where it wants its states, None without one."""

    def __init__(self, address: str, robot: Robot, state: State) -> None:
        self._port = Port(address, ROBOT_PORT, HEADER)
        self._robot, self._state = robot, state
        self._move_id = 0
        self.target: tuple[str, int] | None = None

    def close(self) -> None:
        """Free the port."""
        self._port.close()

    def serve(self) -> None:
        """Take what has come in, and tell how a motion ended. A client that left stops the robot."""
        for request in self._port.poll():
            try:
                self._take(request)
            except (struct.error, ValueError, IndexError):
                self._port.drop()
        if not self._port.connected and self.target is not None:
            self.target = None
            self._robot.stop()
        if self._robot.ended is not None:
            status, self._robot.ended = self._robot.ended, None
            self._port.send(Command.MOVE, self._move_id, STATUS.pack(status))

    def _take(self, request: Request) -> None:
        match request.command:
            case Command.CONNECT:
                version, udp_port = CONNECT.unpack(request.payload)
                peer = self._port.peer
                if version == ROBOT_VERSION and peer is not None:
                    self.target = (peer, udp_port)
                answer = CONNECTED.pack(int(version != ROBOT_VERSION), ROBOT_VERSION)
            case Command.GET_ROBOT_MODEL:
                answer = STATUS.pack(0) + model.urdf().encode()
            case Command.MOVE:
                answer = STATUS.pack(self._move(request))
            case _:
                answer = STATUS.pack(self._set(request))
        self._port.send(request.command, request.id, answer)

    def _move(self, request: Request) -> MoveStatus:
        controller, generator, *rest = MOVE.unpack(request.payload)
        is_async, velocity = rest[6], np.array(rest[7:])
        status = self._robot.move(controller, generator, velocity if is_async else None)
        if status is MoveStatus.MOTION_STARTED:
            self._move_id = request.id
        return status

    def _set(self, request: Request) -> int:
        robot, state = self._robot, self._state
        numbers: Vector = np.frombuffer(request.payload[: len(request.payload) // 8 * 8])
        match request.command:
            case Command.STOP_MOVE:
                robot.stop()
            case Command.AUTOMATIC_ERROR_RECOVERY:
                robot.recover()
            case Command.SET_COLLISION_BEHAVIOR:
                # Eight arrays; the upper nominal thresholds decide.
                robot.torque_limits, robot.force_limits = numbers[21:28], numbers[46:52]
            case Command.SET_EE_TO_K:
                state.set_frames(EE_T_K=numbers)
            case Command.SET_NE_TO_EE:
                state.set_frames(NE_T_EE=numbers)
            case Command.SET_LOAD:
                state.set_load(float(numbers[0]), numbers[1:4], numbers[4:13])
            case Command.SET_JOINT_IMPEDANCE | Command.SET_CARTESIAN_IMPEDANCE | Command.SET_GUIDING_MODE:
                pass  # accepted: the virtual joints have one stiffness, and nobody guides them by hand
            case _:
                return _REJECTED
        return 0
