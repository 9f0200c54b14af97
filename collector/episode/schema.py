"""What an episode file holds: every data set and attribute, with type, shape and unit.

The rows of the raw streams are those of `hardware.rows`. `<camera>`, `<arm>`, `<leader>`, `<gripper>` and `<base>`
stand for names of the rig file (a gripper has its follower's name), `<stream>` for a stream's whole name.
Shapes: T steps, N samples of a stream, F frames of a camera, P pings, W flashes of the LED, E events, G gaps,
A arms, C cameras, K seconds before the episode, n joints of an arm, w wheels of a base, J columns of the arms (each
arm's joints, then its gripper), B of the bases (each base's velocities), D = J + B of the whole state, L longest JPEG.
`text` is scalar UTF-8; `json` is text that holds JSON.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

FORMAT = "clapboard-episode"
FORMAT_VERSION = 2  # 2: /digests


@dataclass(frozen=True, slots=True)
class Entry:
    """A data set, or an attribute (`path@name`)."""

    path: str
    dtype: str
    shape: str
    unit: str
    text: str


def _stamped(path: str, size: str) -> tuple[Entry, ...]:
    shape = f"({size},)"
    return (
        Entry(f"{path}/t_ns", "int64", shape, "ns", "host instant described, refitted"),
        Entry(f"{path}/u_ns", "int64", shape, "ns", "bound on the error of t_ns"),
        Entry(f"{path}/ticks", "int64", shape, "device", "raw device counter, unwrapped"),
        Entry(f"{path}/t_arrival_ns", "int64", shape, "ns", "when the host had it"),
        Entry(f"{path}/seq", "int64", shape, "1", "the device's own count"),
    )


def _bracketed(path: str) -> tuple[Entry, ...]:
    return (
        Entry(f"{path}/t_lo_ns", "int64", "(N,)", "ns", "not before"),
        Entry(f"{path}/t_hi_ns", "int64", "(N,)", "ns", "not after"),
    )


DATASETS: tuple[Entry, ...] = (
    *_stamped("/streams/trigger", "N"),
    Entry("/streams/trigger/channel", "uint8", "(N,)", "1", "input of the box"),
    Entry("/streams/trigger/rising", "uint8", "(N,)", "1", "1 rising, 0 falling"),
    *_stamped("/streams/cameras/<camera>", "F"),
    Entry("/streams/cameras/<camera>/exposure_us", "int32", "(F,)", "us", "exposure of the frame"),
    Entry(
        "/streams/cameras/<camera>/sensor_ticks",
        "int64",
        "(F,)",
        "device us",
        "SENSOR_TIMESTAMP, -1 none",
    ),
    Entry("/streams/cameras/<camera>/jpeg", "uint8", "(F, L)", "", "JPEG, zeros after its end"),
    Entry("/streams/cameras/<camera>/jpeg_bytes", "int32", "(F,)", "bytes", "length of each JPEG"),
    *_stamped("/streams/leaders/<leader>", "N"),
    *_bracketed("/streams/leaders/<leader>"),
    Entry("/streams/leaders/<leader>/q", "float64", "(N, n)", "rad", "joints"),
    Entry("/streams/leaders/<leader>/dq", "float64", "(N, n)", "rad/s", "joint velocities"),
    Entry("/streams/leaders/<leader>/grip", "float64", "(N,)", "1", "0 open .. 1 closed, NaN none"),
    Entry("/streams/leaders/<leader>/servo_ticks", "int64", "(N, n)", "ms", "each servo's clock, unwrapped"),
    Entry("/streams/leaders/<leader>/stick", "float64", "(N, 2)", "1", "thumbstick forward, turn; NaN none"),
    Entry("/streams/leaders/<leader>/tau", "float64", "(N, n)", "Nm", "torque given to the operator's hand"),
    *_stamped("/streams/arms/<arm>", "N"),
    Entry("/streams/arms/<arm>/q", "float64", "(N, n)", "rad", "joints"),
    Entry("/streams/arms/<arm>/dq", "float64", "(N, n)", "rad/s", "joint velocities"),
    Entry("/streams/arms/<arm>/tau_J", "float64", "(N, n)", "Nm", "measured link-side torques"),
    Entry("/streams/arms/<arm>/tau_ext", "float64", "(N, n)", "Nm", "tau_ext_hat_filtered"),
    Entry("/streams/arms/<arm>/O_F_ext_hat_K", "float64", "(N, 6)", "N, Nm", "external wrench, base"),
    Entry("/streams/arms/<arm>/K_F_ext_hat_K", "float64", "(N, 6)", "N, Nm", "the same, stiffness frame"),
    Entry("/streams/arms/<arm>/O_T_EE", "float64", "(N, 16)", "m", "end effector pose, column-major"),
    Entry("/streams/arms/<arm>/success_rate", "float64", "(N,)", "1", "control commands in time"),
    *_bracketed("/streams/arms/<arm>"),
    Entry("/streams/arms/<arm>/servo_ticks", "int64", "(N, n)", "ms", "as a leader's; both only of an arm of servos"),
    *_stamped("/streams/grippers/<gripper>", "N"),
    *_bracketed("/streams/grippers/<gripper>"),
    Entry("/streams/grippers/<gripper>/width", "float64", "(N,)", "m", "opening"),
    Entry("/streams/grippers/<gripper>/is_grasped", "uint8", "(N,)", "1", "the hand's own verdict"),
    *_stamped("/streams/commands/<arm>", "N"),
    Entry("/streams/commands/<arm>/requested", "float64", "(N, n)", "rad", "what the leader asked"),
    Entry("/streams/commands/<arm>/sent", "float64", "(N, n)", "rad", "what the robot was told"),
    Entry("/streams/commands/<arm>/requested_width", "float64", "(N,)", "m", "gripper, asked"),
    Entry("/streams/commands/<arm>/sent_width", "float64", "(N,)", "m", "gripper, told"),
    Entry("/streams/commands/<arm>/state", "uint8", "(N,)", "1", "teleoperation state"),
    *_stamped("/streams/bases/<base>", "N"),
    *_bracketed("/streams/bases/<base>"),
    Entry("/streams/bases/<base>/twist", "float64", "(N, 3)", "m/s, rad/s", "measured vx, vy, wz; NaN no such axis"),
    Entry("/streams/bases/<base>/wheels", "float64", "(N, w)", "rad", "each wheel's angle, unwrapped"),
    Entry("/streams/bases/<base>/wheel_speeds", "float64", "(N, w)", "rad/s", "of each wheel"),
    *_stamped("/streams/drive/<base>", "N"),
    Entry("/streams/drive/<base>/requested", "float64", "(N, 3)", "m/s, rad/s", "what the operator asked of the base"),
    Entry("/streams/drive/<base>/sent", "float64", "(N, 3)", "m/s, rad/s", "what the base was told"),
    Entry("/streams/<stream>/gaps/t_ns", "int64", "(G,)", "ns", "when samples were lost (if any were)"),
    Entry("/streams/<stream>/gaps/count", "int64", "(G,)", "1", "how many"),
    Entry("/streams/<stream>/gaps/reason", "S64", "(G,)", "", "why"),
    Entry("/clocks/<stream>/causal_t_ns", "int64", "(N,)", "ns", "the driver's stamp while recording"),
    Entry("/clocks/<stream>/causal_u_ns", "int64", "(N,)", "ns", "and its bound"),
    Entry("/clocks/cameras/<camera>/edge", "int64", "(F,)", "1", "row of /streams/trigger, -1 none"),
    Entry("/clocks/cameras/<camera>/residual_ns", "float64", "(F,)", "ns", "edge - camera clock's fit"),
    Entry("/clocks/cameras/<camera>/t_edge_ns", "int64", "(F,)", "ns", "the frame's edge"),
    Entry("/clocks/cameras/<camera>/u_edge_ns", "int64", "(F,)", "ns", "bound on t_edge_ns"),
    Entry("/clocks/cameras/<camera>/anchors", "int64", "(K, 2)", "us, ns", "ticks, arrival: prompt frames before"),
    Entry("/clocks/trigger/pings/seq", "int64", "(P,)", "1", "number of the ping"),
    Entry("/clocks/trigger/pings/t_sent_ns", "int64", "(P,)", "ns", "host, before the write"),
    Entry("/clocks/trigger/pings/ticks_rx", "int64", "(P,)", "box ns", "receipt"),
    Entry("/clocks/trigger/pings/ticks_tx", "int64", "(P,)", "box ns", "answer"),
    Entry("/clocks/trigger/pings/t_received_ns", "int64", "(P,)", "ns", "host, at the first byte"),
    *_stamped("/clocks/trigger/flashes", "W"),
    Entry("/clocks/trigger/flashes/width_ns", "int64", "(W,)", "ns", "how long the LED was lit; t_ns: from when"),
    Entry("/sync/certificate", "json", "()", "", "the self-test under which it was recorded"),
    Entry("/sync/verdict", "json", "()", "", "the gates on this episode itself: verdict and one object a gate"),
    Entry("/sync/residuals", "json", "()", "", "this episode's own evidence, by stream"),
    Entry("/quality", "json", "()", "", "figures by name (quality.md), null where it cannot be known"),
    Entry("/events/t_ns", "int64", "(E,)", "ns", "when"),
    Entry("/events/kind", "S32", "(E,)", "", "label, step, note, teleop, fault, ..."),
    Entry("/events/data", "json", "()", "", "list of E objects"),
    Entry("/steps/t_ns", "int64", "(T,)", "ns", "the instant: edge + mid_exposure_offset_ns"),
    Entry("/steps/edge_seq", "int64", "(T,)", "1", "the box's count of that edge"),
    Entry("/steps/bound_ns", "int64", "(T,)", "ns", "no valid stream is farther from t_ns; -1 none"),
    Entry("/steps/valid", "uint8", "(T,)", "1", "all cameras, arms, bases and actions are there"),
    Entry("/steps/cameras/<camera>/frame", "int64", "(T,)", "1", "frame index, -1 missing"),
    Entry("/steps/cameras/<camera>/offset_ns", "int64", "(T,)", "ns", "mid-exposure - t_ns"),
    Entry("/steps/cameras/<camera>/bound_ns", "int64", "(T,)", "ns", "|offset_ns| + u_ns of the frame"),
    Entry("/steps/cameras/<camera>/valid", "uint8", "(T,)", "1", "the frame is there"),
    Entry("/steps/arms/<arm>/bound_ns", "int64", "(T,)", "ns", "larger u_ns of the two samples around"),
    Entry("/steps/arms/<arm>/valid", "uint8", "(T,)", "1", "joints and gripper were measured"),
    Entry("/steps/arms/<arm>/action_valid", "uint8", "(T,)", "1", "the robot had been told something"),
    Entry("/steps/bases/<base>/bound_ns", "int64", "(T,)", "ns", "larger u_ns of the two samples around"),
    Entry("/steps/bases/<base>/valid", "uint8", "(T,)", "1", "the velocity was measured"),
    Entry("/steps/bases/<base>/action_valid", "uint8", "(T,)", "1", "the base had been told something"),
    Entry("/steps/requested", "float64", "(T, D)", "rad, m, m/s, rad/s", "action asked, held"),
    Entry("/steps/sent", "float64", "(T, D)", "rad, m, m/s, rad/s", "/action, then /base_action"),
    Entry("/steps/measured", "float64", "(T, D)", "rad, m, m/s, rad/s", "/observations/qpos, then base_vel"),
    Entry("/observations/qpos", "float64", "(T, J)", "rad, m", "joints cubic Hermite; gripper linear"),
    Entry("/observations/qvel", "float64", "(T, J)", "rad/s, m/s", "linear; gripper: slope"),
    Entry("/observations/effort", "float64", "(T, J)", "Nm", "tau_J; gripper NaN (not measured)"),
    Entry("/observations/wrench", "float64", "(T, 6A)", "N, Nm", "O_F_ext_hat_K"),
    Entry("/observations/ee_pose", "float64", "(T, 7A)", "m, 1", "xyz, quaternion xyzw, base frame"),
    Entry("/observations/base_vel", "float64", "(T, B)", "m/s, rad/s", "measured velocity, linear; rigs with a base"),
    Entry("/observations/images/<camera>", "uint8", "(T, L)", "", "view of the JPEGs; zeros = missing"),
    Entry("/action", "float64", "(T, J)", "rad, m", "last sent at or before t_ns"),
    Entry("/base_action", "float64", "(T, B)", "m/s, rad/s", "the same of the bases; rigs with a base"),
    Entry("/compress_len", "int64", "(C, T)", "bytes", "length of each JPEG, 0 missing"),
    Entry("/calibration/<camera>/K", "float64", "(3, 3)", "pixel", "camera matrix at width x height"),
    Entry("/calibration/<camera>/distortion", "float64", "any", "1", "as model has them: OpenCV's order"),
    Entry("/calibration/<camera>/sigmas", "float64", "any", "pixel, 1", "1-sigma of each of @parameters"),
    Entry("/calibration/<camera>/T_ee_camera", "float64", "(4, 4)", "m", "on a wrist: the camera in O_T_EE's frame"),
    Entry("/calibration/<camera>/T_base_camera", "float64", "(4, 4)", "m", "in the cell: the camera in the arm's base"),
    Entry("/calibration/<camera>/mount_covariance", "float64", "any", "m, rad", "(6, 6) of the twist right of T"),
    Entry("/calibration/<camera>/intrinsics", "json", "()", "", "the lens' result in full, see calibration-store.md"),
    Entry("/calibration/<camera>/mount", "json", "()", "", "the same of where the camera is"),
    Entry("/calibration/<camera>/<key>", "float64", "any", "", "what else a program gave"),
    Entry("/labels/instruction", "text", "()", "", "what the policy is told; of all labels see labels.md"),
    Entry("/labels/steps", "text", "()", "", "JSON, parts of the task: name, begin_ns, end_ns, source"),
    Entry("/labels/notes", "text", "()", "", "JSON, words on instants: t_ns, text"),
    Entry("/labels/history", "text", "()", "", "JSON, all that was said while it was recorded: t_ns, kind, data"),
    Entry("/labels/<key>", "text", "()", "", "outcome, score, tags, scene, ...; attribute json: holds JSON"),
    Entry("/provenance", "json", "()", "", "rig, task, software, operator; journal: what it held"),
    Entry("/digests", "json", "()", "", "SHA-256 of every group and data set but this, by name; from version 2"),
)

ATTRIBUTES: tuple[Entry, ...] = (
    Entry("/@format", "text", "()", "", FORMAT),
    Entry("/@format_version", "int64", "()", "1", str(FORMAT_VERSION)),
    Entry("/@episode_uuid", "text", "()", "", "for ever the same"),
    Entry("/@status", "text", "()", "", "as the recorder ended it; interrupted: cut off"),
    Entry("/@utc_anchor_ns", "int64", "()", "ns", "UTC at monotonic_anchor_ns"),
    Entry("/@monotonic_anchor_ns", "int64", "()", "ns", "CLOCK_MONOTONIC, as all t_ns"),
    Entry("/@sim", "bool", "()", "", "recorded on the virtual rig"),
    Entry("/@compress", "bool", "()", "", "true: images are JPEG (ALOHA)"),
    Entry("/streams/<stream>@kind", "text", "()", "", "trigger, camera, leader, arm, gripper, command, base, drive"),
    Entry("/streams/<stream>@source", "text", "()", "", "mid_exposure, device, bracketed, arrival"),
    Entry("/streams/<stream>@lost", "int64", "()", "1", "samples that never came: marked, or skipped in seq"),
    Entry("/streams/cameras/<camera>@sync_class", "text", "()", "", "triggered, slaved, timestamped"),
    Entry("/streams/cameras/<camera>@width", "int64", "()", "pixel", ""),
    Entry("/streams/cameras/<camera>@height", "int64", "()", "pixel", ""),
    Entry("/clocks/<stream>@refit_note", "text", "()", "", "why not refitted, or not tied to edges; else empty"),
    Entry("/clocks/cameras/<camera>@ppm", "float64", "()", "ppm", "rate error against the edges"),
    Entry("/steps@mid_exposure_offset_ns", "int64", "()", "ns", "edge to nominal mid-exposure"),
    Entry("/steps@rate_hz", "float64", "()", "Hz", "nominal trigger rate"),
    Entry("/observations/<array>@names", "text", "(J,)", "", "names of the columns; also on /action, /base_action"),
    Entry("/steps/requested@names", "text", "(D,)", "", "names of the columns, also of sent and measured"),
    Entry("/compress_len@names", "text", "(C,)", "", "cameras, in the order of the rows"),
    Entry("/calibration/<camera>@source", "text", "()", "", "calibrated, factory, none: where the lens is from"),
    Entry("/calibration/<camera>@model", "text", "()", "", "pinhole, k1k2, 5p, rational, fisheye; or its maker's name"),
    Entry("/calibration/<camera>@parameters", "text", "()", "", "names of sigmas: fx fy cx cy, then the distortion's"),
    Entry("/calibration/<camera>@width", "int64", "()", "pixel", "of the pictures that K holds for"),
    Entry("/calibration/<camera>@height", "int64", "()", "pixel", ""),
    Entry("/calibration/<camera>@rms_px", "float64", "()", "pixel", "of the corners that it was found with"),
    Entry("/calibration/<camera>@holdout_rms_px", "float64", "()", "pixel", "of views that the solution did not see"),
    Entry("/calibration/<camera>@uuid", "text", "()", "", "of the lens' result"),
    Entry("/calibration/<camera>@date", "text", "()", "", "when that was made, UTC"),
    Entry("/calibration/<camera>@serial", "text", "()", "", "the camera's"),
    Entry("/calibration/<camera>@arm", "text", "()", "", "whose base or end effector T is told in"),
    Entry("/calibration/<camera>@mount_sigma_mm", "float64", "()", "mm", "1-sigma of T's translation"),
    Entry("/calibration/<camera>@mount_sigma_deg", "float64", "()", "deg", "1-sigma of its rotation"),
    Entry("/calibration/<camera>@mount_holdout_mm", "float64", "()", "mm", "of robot poses not seen; _deg the same"),
    Entry("/calibration/<camera>@mount_holdout_deg", "float64", "()", "deg", ""),
    Entry("/calibration/<camera>@mount_rms_px", "float64", "()", "pixel", "of the corners that T was found with"),
    Entry("/calibration/<camera>@mount_uuid", "text", "()", "", "of T's result"),
    Entry("/calibration/<camera>@mount_date", "text", "()", "", "when that was made, UTC"),
    Entry("/calibration/<camera>@mount_intrinsics_uuid", "text", "()", "", "of the lens that T was found with"),
    Entry("/calibration/<camera>@note", "text", "()", "", "what is wrong with it; absent: nothing"),
    Entry("/labels/<key>@json", "bool", "()", "", "true: the text holds JSON"),
    Entry("/digests@sha256", "text", "()", "", "SHA-256 of the text of /digests"),
)


@lru_cache(maxsize=4096)
def entry_for(path: str) -> Entry | None:
    """The declaration of a data set by its path in a file; None when it has none."""
    return next((entry for entry in DATASETS if _pattern(entry.path).fullmatch(path)), None)


def is_json(path: str) -> bool:
    """Whether a data set of this path holds JSON."""
    entry = entry_for(path)
    return entry is not None and entry.dtype == "json"


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    names = re.sub(r"<stream>", r"[\\w-]+(/[\\w-]+)?", re.escape(path))
    return re.compile(re.sub(r"<\w+>", r"[\\w-]+", names))
