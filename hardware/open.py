"""From configuration to device: the one place that knows the drivers, and the virtual rig behind them."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hardware.config import DynamixelFollowerConfig, FrankaConfig, FrankaHandConfig, RigConfig
from hardware.interfaces import Camera, DeviceLost, FollowerArm, Gripper, LeaderArm, MobileBase, TriggerBox

if TYPE_CHECKING:
    from hardware.microphone import Microphone
    from hardware.virtual.board_order import Holder
    from hardware.virtual.world import World as SharedWorld

# Vendor SDKs are imported by the process that needs them and by no other: each costs tens of MB and a
# fraction of a second, and pylibfranka must not share a process with anything.


class World(Protocol):
    """What the daemon holds of the virtual rig's shared world."""

    @property
    def name(self) -> str: ...
    def inject(
        self, kind: str, target: str = "", from_ns: int | None = None, for_s: float = 1e6, size: float = 0.0
    ) -> None: ...
    def clear_faults(self) -> None: ...
    def close(self, *, unlink: bool = False) -> None: ...


class Cameras:
    """A rig's cameras, opened together because virtual ones share an SDK context."""

    def __init__(self, cameras: dict[str, Camera], far_end: "_CameraFarEnd | None", world: "World | None") -> None:
        self.cameras = cameras
        self._far_end = far_end
        self._world = world

    @property
    def far_end_threads(self) -> tuple[int, ...]:
        """Native ids of threads that belong to the virtual rig, not to us; their CPU is not ours."""
        return self._far_end.thread_ids if self._far_end else ()

    def close(self) -> None:
        """Close the cameras, then what feeds them."""
        for camera in self.cameras.values():
            camera.close()
        if self._far_end:
            self._far_end.close()
        if self._world:
            self._world.close()


class _CameraFarEnd(Protocol):
    @property
    def thread_ids(self) -> tuple[int, ...]: ...
    def close(self) -> None: ...


def open_trigger(rig: RigConfig) -> TriggerBox:
    """The trigger box."""
    from hardware.trigger.box import SerialTriggerBox

    return SerialTriggerBox(rig.trigger)


def open_microphone(rig: RigConfig) -> "Microphone":
    """The microphone, which the rig must have. Raises DeviceLost."""
    from hardware.microphone import Microphone

    if rig.microphone is None:
        raise DeviceLost("microphone", "the rig's file has none; add microphone: {device: default}")
    return Microphone(rig.microphone, virtual=rig.virtual is not None)


def open_cameras(rig: RigConfig) -> Cameras:
    """All cameras of the rig, not yet started."""
    from hardware.cameras.realsense import RealSenseCamera

    far_end = world = None
    if rig.virtual is not None:
        from hardware.virtual.cameras import add_virtual_cameras

        world = attach_world(rig)
        far_end = add_virtual_cameras(rig, tuple(rig.cameras), world)
    context = far_end.context if far_end else None
    cameras: dict[str, Camera] = {name: RealSenseCamera(name, config, context) for name, config in rig.cameras.items()}
    return Cameras(cameras, far_end, world)


def open_leader(rig: RigConfig, name: str) -> LeaderArm:
    """One leader arm, its whole turns as its follower's joint limits tell them."""
    from hardware.arms.dynamixel import DynamixelLeader
    from hardware.arms.models import arm_model

    led = next((arm_model(f.arm).limits for f in rig.followers.values() if f.leader == name), None)
    return DynamixelLeader(name, rig.leaders[name], None if led is None else (led.q_min + led.q_max) / 2)


def open_follower(rig: RigConfig, name: str) -> FollowerArm:
    """One follower arm, not yet under control."""
    match rig.followers[name]:
        case FrankaConfig() as config:
            from hardware.arms.franka import FrankaArm

            return FrankaArm(name, config)
        case DynamixelFollowerConfig() as config:
            from hardware.arms.dynamixel_follower import DynamixelFollower

            return DynamixelFollower(name, config)


def open_gripper(rig: RigConfig, name: str) -> Gripper:
    """The gripper of a follower that has one on a connection of its own."""
    from hardware.grippers.franka_hand import FrankaHand

    follower = rig.followers[name]
    assert isinstance(follower, FrankaConfig) and isinstance(follower.gripper, FrankaHandConfig)
    return FrankaHand(name, follower.address, follower.gripper)


def open_base(rig: RigConfig, name: str) -> MobileBase:
    """One mobile base."""
    from hardware.bases.dynamixel_base import DynamixelBase

    return DynamixelBase(name, rig.bases[name])


# -- the virtual rig -------------------------------------------------------------------------------


def create_world(rig: RigConfig, truth_dir: Path | None) -> tuple[RigConfig, World]:
    """Make the world that the far ends share; the rig returned names it."""
    from hardware.virtual.world import World as SharedWorld
    from hardware.virtual.world import followers_of

    assert rig.virtual is not None
    virtual = rig.virtual.model_copy(update={"truth_dir": str(truth_dir) if truth_dir else ""})
    world = SharedWorld.create(virtual, followers_of(rig))
    virtual = virtual.model_copy(update={"world": world.name})
    return rig.model_copy(update={"virtual": virtual}), world


def attach_world(rig: RigConfig) -> "SharedWorld":
    """Join the world of a rig that runs in another process: to make faults happen."""
    from hardware.virtual.world import World as SharedWorld
    from hardware.virtual.world import followers_of

    assert rig.virtual is not None
    return SharedWorld.attach(rig.virtual.world, followers_of(rig))


def hand_over_board(rig: RigConfig, world: World, holder: "Holder", who: str) -> None:
    """From now on the virtual rig's second board is held before a camera, gripped by a follower, or put away."""
    from hardware.samples import monotonic_ns
    from hardware.virtual.board import hand_over
    from hardware.virtual.world import World as SharedWorld

    assert isinstance(world, SharedWorld)
    hand_over(rig, world, holder, who, monotonic_ns())


def cell_truth(rig: RigConfig) -> dict[str, Any]:
    """What a calibration of a virtual rig should find: boards, lenses, mounts (hardware.virtual.cell_truth)."""
    from hardware.virtual.cell_truth import cell_truth as truth

    return truth(rig)


def tell_hands(world: World, leader: str, q: tuple[float, ...] | None, grip: float) -> None:
    """The virtual rig's operator holds a leader as its follower would stand at q, rad; None: on with the script.

    Raises ValueError.
    """
    import numpy as np

    from hardware.samples import monotonic_ns
    from hardware.virtual.operator import Operator
    from hardware.virtual.operator_hands import tell
    from hardware.virtual.world import World as SharedWorld

    assert isinstance(world, SharedWorld)
    now_ns = monotonic_ns()
    here, _, gripped = Operator(world, leader).leader(now_ns)
    tell(world, leader, (here, gripped), None if q is None else np.array(q, np.float64), grip, now_ns)


def far_ends(rig: RigConfig) -> tuple[str, ...]:
    """Names of the far ends that a virtual rig needs, one process each."""
    if rig.virtual is None:
        return ()
    return (
        "box",
        "scene",
        *(f"bus:{n}" for n in rig.leaders),
        *(f"robot:{n}" for n, f in rig.followers.items() if isinstance(f, FrankaConfig)),
        *(f"servos:{n}" for n, f in rig.followers.items() if isinstance(f, DynamixelFollowerConfig)),
        *(f"base:{n}" for n in rig.bases),
    )


def serve_far_end(name: str, rig: RigConfig, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Be one far end until `stop`; `ready` is called once with its port or address."""
    world = attach_world(rig)
    kind, _, device = name.partition(":")
    match kind:
        case "box":
            from hardware.virtual.box import serve_box

            serve_box(rig, world, ready, stop)
        case "scene":
            from hardware.virtual.film import serve_scene

            serve_scene(rig, world, ready, stop)
        case "bus":
            from hardware.virtual.dynamixel.bus import serve_bus

            serve_bus(rig, device, world, ready, stop)
        case "servos":
            from hardware.virtual.dynamixel.arm_bus import serve_arm

            serve_arm(rig, device, world, ready, stop)
        case "base":
            from hardware.virtual.dynamixel.base_bus import serve_base

            serve_base(rig, device, world, ready, stop)
        case _:
            from hardware.virtual.fci.server import serve_robot

            serve_robot(rig, device, world, ready, stop)


def with_endpoint(rig: RigConfig, far_end: str, endpoint: str) -> RigConfig:
    """The rig with a far end's port or address in the place of `virtual`."""
    kind, _, device = far_end.partition(":")
    match kind:
        case "box":
            return rig.model_copy(update={"trigger": rig.trigger.model_copy(update={"port": endpoint})})
        case "bus":
            leader = rig.leaders[device].model_copy(update={"port": endpoint})
            return rig.model_copy(update={"leaders": {**rig.leaders, device: leader}})
        case "robot" | "servos":
            where = "address" if kind == "robot" else "port"
            follower = rig.followers[device].model_copy(update={where: endpoint})
            return rig.model_copy(update={"followers": {**rig.followers, device: follower}})
        case "base":
            base = rig.bases[device].model_copy(update={"port": endpoint})
            return rig.model_copy(update={"bases": {**rig.bases, device: base}})
        case _:
            return rig


def merge_truth(directory: Path, target: Path) -> None:
    """Gather the far ends' truth logs into one HDF5 file and remove them."""
    import shutil

    from hardware.virtual.truth import merge

    merge(directory, target)
    shutil.rmtree(directory)
