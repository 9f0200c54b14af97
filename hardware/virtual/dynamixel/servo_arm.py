"""The joints of a servo arm: motors, gravity, table, ends, and a gripper that can hold the cube.

A motor in position mode puts a voltage on its winding in proportion to the error (e-manual, "Position PID Gain":
P/128 of a PWM count a position count, 885 counts being all), and its torque falls with speed by the torque-speed
line between stall and no load. So it needs no damping of its own, sags under weight, and lags a steady motion by
what the line asks for: 70 ms at P gain 800 on the XM540-W270, 45 ms on the XM430-W350. Joints are independent;
their inertias are of the links and rotors about home, as diagonal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hardware.arms.control_table import CURRENT_MODE, CURRENT_POSITION_MODE, POSITION_MODES, PWM_MODE, VELOCITY_MODE
from hardware.arms.kinematics import Matrix
from hardware.arms.models import ArmModel
from hardware.arms.servo_models import Motor
from hardware.samples import Vector
from hardware.virtual.cell import CUBE_M
from hardware.virtual.dynamixel.servo_horn import NO_TORQUE, Drive, Motion
from hardware.virtual.fci.contact import Cell

DT_NS: Final = 4_000_000
DT: Final = DT_NS * 1e-9
_MOST_STEPS: Final = 50  # after a late wake; beyond, the arm stood still meanwhile
_SLOW_EVERY: Final = 4  # steps between updates of gravity and Jacobian
_EARTH: Final = 9.81
_WOUND_UP: Final = 0.3  # most of the full voltage that the integral gives; the vendor gives no figure
_LIMIT_SHARE: Final = 0.95  # of what a motor can, that counts as its limit
OVERLOAD_S: Final = 1.0  # at the limit until a servo shuts down; the vendor gives no figure
_GRIPPER_INERTIA: Final = 0.004  # kg m^2 with the rotor, assumed
_FRICTION: Final = 0.1  # Nm s/rad; `damping` of each joint in vx300s.urdf.xacro
_ROOM_RAD: Final = 0.1  # how far a gripper goes beyond open and closed

# Interbotix' interbotix_xsarm_descriptions, urdf/vx300s.urdf.xacro: mass (kg) and centre (m, in the frame of its
# joint) of the links behind each joint; the last one is the gripper with bar and fingers.
_LINKS: Final = (
    (0.798614, (0.0003, 0.0, 0.0116)),
    (0.792592, (0.0207, 0.0, 0.2265)),
    (0.322228, (0.1057, 0.0, 0.0)),
    (0.414823, (0.0513, 0.0068, 0.0)),
    (0.115395, (0.0467, 0.0, 0.0106)),
    (0.327261, (0.0497, 0.0, 0.0035)),
)
_MASSES: Final = np.array([mass for mass, _ in _LINKS])
_CENTERS: Final = np.array([(*center, 1.0) for _, center in _LINKS])
# Of the links about home by the same file, and of the rotors: 1.4e-6 (XM540) and 0.7e-6 (XM430) kg m^2, assumed,
# times the square of the gear ratio.
_INERTIA: Final = np.array([0.27, 0.42, 0.28, 0.11, 0.12, 0.09])


@dataclass(frozen=True, slots=True)
class Mount:
    """How a motor sits on the arm: it turns coordinate `joint` (the gripper's comes last); horn = sign * q + offset."""

    joint: int
    sign: int
    offset_rad: float
    motor: Motor


class JointHorn:
    """The horn of one motor of an arm."""

    def __init__(self, arm: "ServoArm", index: int) -> None:
        self._arm, self._index = arm, index

    def at(self, t_ns: int) -> Motion:
        """Of its joint, straight between the last two steps, as the world has it too."""
        return self._arm.horn(self._index, t_ns)

    def drive(self, t_ns: int, drive: Drive) -> None:
        """From the next step on."""
        self._arm.drive(self._index, drive)


class ServoArm:
    """n joints and a gripper coordinate (the horn's angle), stepped at 250 Hz. q, dq: (n + 1,) rad and rad/s.

    It moves ahead of time, by up to a step: what the cameras ask for is then there when they ask.
    Until a motor is switched on, somebody holds the arm up. `blocked`: something holds its joints where they are.
    """

    def __init__(
        self,
        model: ArmModel,
        mounts: Sequence[Mount],
        q: Vector,
        gripper: tuple[float, float, float],
        cell: Cell,
        t_ns: int,
    ) -> None:
        n = model.joints
        closed_rad, open_rad, max_width = gripper
        self._model, self.cell, self._n, self._t_ns = model, cell, n, t_ns
        self._closed_rad, self._width_rad = closed_rad, max_width / (open_rad - closed_rad)
        self.q: Vector = np.append(q, open_rad)
        self.dq: Vector = np.zeros(n + 1)
        self.blocked = False
        self._propped = True
        ends = sorted((closed_rad, open_rad))
        self._low = np.append(model.limits.q_min, ends[0] - _ROOM_RAD)
        self._high = np.append(model.limits.q_max, ends[1] + _ROOM_RAD)
        self._inertia = np.append(_INERTIA, _GRIPPER_INERTIA)
        self._mounts = mounts
        self._joint = np.array([m.joint for m in mounts])
        self._sign = np.array([m.sign for m in mounts], float)
        self._offset = np.array([m.offset_rad for m in mounts])
        self._stall = np.array([m.motor.stall_nm for m in mounts])
        self._slope = 1 / np.array([m.motor.no_load_rad_s for m in mounts])
        self._turns = np.zeros((n + 1, len(mounts)))
        self._turns[self._joint, np.arange(len(mounts))] = self._stall
        self._drives = [Drive()] * len(mounts)
        self._told: _Told | None = None
        self._reference = self.q[self._joint]
        self._wound, self._effort, self._at_limit_s = np.zeros((3, len(mounts)))
        self._steps = 0
        self._look(slow=True)

    @property
    def t_ns(self) -> int:
        """Up to when it has moved."""
        return self._t_ns

    @property
    def joints(self) -> Vector:
        """q (n,) rad."""
        return self.q[: self._n]

    @property
    def width(self) -> float:
        """Opening of the gripper, m."""
        return max(0.0, (float(self.q[-1]) - self._closed_rad) * self._width_rad)

    @property
    def overloaded(self) -> list[int]:
        """Motors that have been at their limit for too long."""
        return np.flatnonzero(self._at_limit_s > OVERLOAD_S).tolist()

    @property
    def cube(self) -> Vector:
        """Centre (3,) m of the cube."""
        return self.cell.cube

    @property
    def command(self) -> Vector:
        """Goals (n,) rad of the joints as the motors have them, of several the first; without torque where it is."""
        goal = self.joints.copy()
        for mount, drive in zip(reversed(self._mounts), reversed(self._drives), strict=True):
            if drive.mode in POSITION_MODES and mount.joint < self._n:
                goal[mount.joint] = mount.sign * (drive.goal_rad - mount.offset_rad)
        return goal

    def horn(self, index: int, t_ns: int) -> Motion:
        """How a motor's horn moves."""
        mount = self._mounts[index]
        rad_s = mount.sign * float(self.dq[mount.joint])
        rad = mount.sign * float(self.q[mount.joint]) + mount.offset_rad
        before_s = min(max(self._t_ns - t_ns, 0), DT_NS) * 1e-9
        return Motion(rad - rad_s * before_s, rad_s, mount.sign * float(self._effort[index]))

    def drive(self, index: int, drive: Drive) -> None:
        """What a motor is told from the next step on."""
        if self._drives[index].mode == NO_TORQUE:
            self._reference[index] = self.q[self._joint[index]]
            self._wound[index] = self._at_limit_s[index] = 0.0
        self._drives[index] = drive
        self._told = None
        self._propped &= drive.mode == NO_TORQUE

    def due(self, t_ns: int) -> int:
        """How many steps reach `t_ns`; after a long sleep the arm stood still for the rest."""
        steps = max(-((self._t_ns - t_ns) // DT_NS), 0)
        late = max(steps - _MOST_STEPS, 0)
        self._t_ns += late * DT_NS
        return steps - late

    def step(self) -> None:
        """Move on by DT."""
        self._t_ns += DT_NS
        self._steps += 1
        if self._told is None:
            self._told = _Told(self._drives, self._sign, self._offset, self._slope)
        told, joint = self._told, self._joint
        q, dq = self.q[joint], self.dq[joint]
        way = told.goal - self._reference
        self._reference = self._reference + np.clip(way, -told.most, told.most)
        error = self._reference - q
        self._wound = np.clip(self._wound + told.integral * error * DT, -_WOUND_UP, _WOUND_UP) * told.position
        voltage = np.clip(told.stiffness * error + self._wound + told.open_loop, -told.voltage, told.voltage)
        effort = np.where(told.current_mode, told.current, voltage - dq * self._slope) * told.on
        most = np.where(told.current_mode, 1.0, np.minimum(told.current, 1.0))
        self._effort = np.clip(effort, -most, most)
        at_limit = (np.abs(self._effort) >= _LIMIT_SHARE) & (joint < self._n)
        self._at_limit_s = np.where(at_limit, self._at_limit_s + DT, 0.0)
        self.cell.step(self.pose, self.width, self._t_ns, DT)
        if not (self._propped or self.blocked):
            self._move()
        self._grip()
        self._look(slow=self._steps % _SLOW_EVERY == 0)

    def _move(self) -> None:
        tau = self._turns @ self._effort
        tau[: self._n] -= self._gravity
        force = self.cell.force(self.pose, self._jacobian[:3] @ self.dq[: self._n])
        if force is not None:
            tau[: self._n] += self._jacobian[:3].T @ force
        self.dq = (self.dq + DT * tau / self._inertia) / (1 + DT * _FRICTION / self._inertia)
        moved = self.q + DT * self.dq
        self.q = np.clip(moved, self._low, self._high)
        self.dq[self.q != moved] = 0.0

    def _grip(self) -> None:
        """Fingers that close about the cube stop at it."""
        width, closing = self.width, float(self.dq[-1]) * self._width_rad < 0
        if closing and width < CUBE_M <= width - float(self.dq[-1]) * self._width_rad * DT + 1e-6:
            if self.cell.between(self.pose):
                self.q[-1], self.dq[-1] = self._closed_rad + CUBE_M / self._width_rad, 0.0

    def _look(self, *, slow: bool) -> None:
        frames = self._model.frames(self.joints)
        self.pose: Matrix = frames[-1] @ self._model.tool
        if slow:
            self._jacobian: Matrix = self._model.jacobian(self.joints)
            self._gravity = _gravity(frames, self._model.chain.axes)


class _Told:
    """Drives as arrays (m,), in the direction of the motors' coordinates."""

    def __init__(self, drives: Sequence[Drive], sign: Vector, offset: Vector, slope: Vector) -> None:
        table = np.array(drives)  # (m, fields of Drive)
        mode, goal, speed, stiffness, integral, voltage, current, profile, _ = table.T
        self.on = mode != NO_TORQUE
        self.position = np.isin(mode, POSITION_MODES)
        self.current_mode = mode == CURRENT_MODE
        self.goal = sign * (goal - offset)
        self.stiffness, self.integral = stiffness * self.position, integral * self.position
        self.voltage = voltage
        limited = np.where(mode == CURRENT_POSITION_MODE, current, 1.0)
        self.current = np.where(self.current_mode, sign * current, limited)
        self.most = np.where(profile > 0, profile * DT, np.inf)
        self.open_loop = np.where(np.isin(mode, (VELOCITY_MODE, PWM_MODE)), sign * speed * slope, 0.0)


def _gravity(frames: Matrix, axes: Matrix) -> Vector:
    """Joint torques (n,) Nm that hold a ViperX-300; frames (n + 2, 4, 4), axes (n, 3, 1) of its chain."""
    joints = frames[1:-1]
    moments = np.einsum("ijk,ik->ij", joints[:, :3], _CENTERS) * _MASSES[:, None]
    mass = np.cumsum(_MASSES[::-1])[::-1]
    moment = np.cumsum(moments[::-1], axis=0)[::-1]
    arm = moment - mass[:, None] * joints[:, :3, 3]
    axis = (joints[:, :3, :3] @ axes)[..., 0]
    # Weight pulls along -z: the torque about an axis that holds it is the axis' part of arm x (0, 0, mg).
    return _EARTH * (axis[:, 0] * arm[:, 1] - axis[:, 1] * arm[:, 0])
