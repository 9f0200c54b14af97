"""/steps, and the ALOHA view of them: /observations and /action, one row a trigger instant."""

import h5py
import numpy as np
from numpy.typing import NDArray

from collector.align import ArmSteps, Steps
from collector.episode.content import Content
from collector.episode.hdf5 import Sheet
from collector.episode.resample import Ints, Mask


def write_steps(sheet: Sheet, content: Content) -> None:
    """Instants, bounds, and who was there."""
    steps, rig = content.steps, content.meta.rig_config
    sheet.put("steps/t_ns", steps.t_ns)
    sheet.put("steps/edge_seq", steps.edge_seq)
    sheet.put("steps/bound_ns", steps.bound_ns)
    sheet.put("steps/valid", all_valid(steps).astype(np.uint8))
    sheet.set_attrs(
        "steps",
        mid_exposure_offset_ns=np.int64(steps.mid_exposure_offset_ns),
        rate_hz=float(rig.trigger.rate_hz),
    )
    for name, camera in steps.cameras.items():
        sheet.put(f"steps/cameras/{name}/frame", camera.frame)
        sheet.put(f"steps/cameras/{name}/offset_ns", camera.offset_ns)
        sheet.put(f"steps/cameras/{name}/bound_ns", camera.bound_ns)
        sheet.put(f"steps/cameras/{name}/valid", camera.valid.astype(np.uint8))
    for name, arm in steps.arms.items():
        sheet.put(f"steps/arms/{name}/bound_ns", arm.bound_ns)
        sheet.put(f"steps/arms/{name}/valid", arm.valid.astype(np.uint8))
        sheet.put(f"steps/arms/{name}/action_valid", arm.action_valid.astype(np.uint8))
    for name, base in steps.bases.items():
        sheet.put(f"steps/bases/{name}/bound_ns", base.bound_ns)
        sheet.put(f"steps/bases/{name}/valid", base.valid.astype(np.uint8))
        sheet.put(f"steps/bases/{name}/action_valid", base.action_valid.astype(np.uint8))


def write_view(sheet: Sheet, content: Content) -> None:
    """The arrays that ALOHA's readers know, and the three actions beside the steps."""
    steps = content.steps
    arms, count = steps.arms, len(steps.t_ns)
    joints = [name for arm, s in arms.items() for name in arm_names(arm, s, content)]
    _put(sheet, "observations/qpos", [a.qpos for a in arms.values()], count, joints)
    _put(sheet, "observations/qvel", [a.qvel for a in arms.values()], count, joints)
    _put(sheet, "observations/effort", [a.effort for a in arms.values()], count, joints)
    axes = ("F_x", "F_y", "F_z", "M_x", "M_y", "M_z")
    wrench = [f"{arm}_{axis}" for arm in arms for axis in axes]
    _put(sheet, "observations/wrench", [a.wrench for a in arms.values()], count, wrench)
    parts = ("x", "y", "z", "qx", "qy", "qz", "qw")
    pose = [f"{arm}_{part}" for arm in arms for part in parts]
    _put(sheet, "observations/ee_pose", [a.ee_pose for a in arms.values()], count, pose)
    _put(sheet, "action", [a.sent for a in arms.values()], count, joints)
    _write_three(sheet, content, joints)
    sheet.file.require_group("observations/images")
    lengths = np.zeros((len(steps.cameras), count), np.int64)
    for row, (name, camera) in enumerate(steps.cameras.items()):
        stored: h5py.Dataset = sheet.file[f"streams/cameras/{name}/jpeg"]
        sizes = np.array([len(jpeg) for jpeg in content.scan.jpegs[f"cameras/{name}"]], np.int64)
        lengths[row, camera.valid] = sizes[camera.frame[camera.valid]]
        _view_frames(sheet.file, f"observations/images/{name}", stored, camera.frame)
    sheet.put("compress_len", lengths)
    sheet.set_attrs("compress_len", names=_names(list(steps.cameras)))


def _write_three(sheet: Sheet, content: Content, joints: list[str]) -> None:
    """Requested, sent and measured: the arms' columns, then the bases'.

    Mobile ALOHA's readers append /base_action to the columns of /action (act-plus-plus, utils.py), and size qpos
    by the arms alone: in those two the base must not stand again.
    """
    steps, count = content.steps, len(content.steps.t_ns)
    arms, bases = steps.arms.values(), steps.bases.values()
    axes = [f"{name}_{axis}" for name in steps.bases for axis in content.meta.rig_config.bases[name].axes]
    everything = joints + axes
    _put(sheet, "steps/requested", [s.requested for s in (*arms, *bases)], count, everything)
    if not axes:
        sheet.link("steps/sent", "action")
        sheet.link("steps/measured", "observations/qpos")
        return
    _put(sheet, "steps/sent", [s.sent for s in (*arms, *bases)], count, everything)
    _put(sheet, "steps/measured", [*(a.qpos for a in arms), *(b.velocity for b in bases)], count, everything)
    _put(sheet, "observations/base_vel", [b.velocity for b in bases], count, axes)
    _put(sheet, "base_action", [b.sent for b in bases], count, axes)


def arm_names(arm: str, steps: ArmSteps, content: Content) -> list[str]:
    """Names of the columns of qpos, qvel, effort and action that belong to one follower."""
    gripper = content.meta.rig_config.followers[arm].gripper is not None
    joints = steps.qpos.shape[1] - gripper
    return [f"{arm}_joint_{i + 1}" for i in range(joints)] + [f"{arm}_gripper"] * gripper


def all_valid(steps: Steps) -> Mask:
    """(T,) every camera, every arm, every base and every action is there."""
    masks = [camera.valid for camera in steps.cameras.values()]
    moved = [*steps.arms.values(), *steps.bases.values()]
    masks += [mask for robot in moved for mask in (robot.valid, robot.action_valid)]
    return np.all(np.vstack([np.ones((1, len(steps.t_ns)), np.bool_), *masks]), axis=0)


def _put(sheet: Sheet, path: str, columns: list[NDArray[np.float64]], count: int, names: list[str]) -> None:
    sheet.put(path, np.hstack([np.zeros((count, 0)), *columns]))
    sheet.set_attrs(path, names=_names(names))


def _names(names: list[str]) -> NDArray[np.object_]:
    return np.array(names, dtype=h5py.string_dtype())


def _view_frames(file: h5py.File, path: str, stored: h5py.Dataset, frame: Ints) -> None:
    """Row i shows frame[i]; zeros where it is -1. The JPEGs are stored once, under /streams."""
    if np.array_equal(frame, np.arange(len(stored))):
        file[path] = stored
        return
    layout = h5py.VirtualLayout((len(frame), stored.shape[1]), stored.dtype)
    layout.dcpl.set_obj_track_times(False)  # else HDF5 puts in the second of its making: one journal, one file
    source = h5py.VirtualSource(".", stored.name, stored.shape, stored.dtype)
    breaks = np.flatnonzero((np.diff(frame) != 1) | (frame[1:] < 0) | (frame[:-1] < 0)) + 1
    for run in np.split(np.arange(len(frame)), breaks):
        if len(run) and frame[run[0]] >= 0:
            first, last = int(frame[run[0]]), int(frame[run[-1]])
            layout[int(run[0]) : int(run[-1]) + 1] = source[first : last + 1]
    file.create_virtual_dataset(path, layout, fillvalue=0)
