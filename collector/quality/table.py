"""What is measured of a take: every figure with its unit, what is good, and what to do about a bad one.

The name of a figure is for ever tied to how it is computed: who computes it otherwise gives it another name, so that
takes of different versions are never compared as one. docs/reference/quality.md is generated from this table.
"""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["us", "ms", "s", "1", "share", "rad", "mrad", "rad/s", "rad/s³", "m", "N", "0-255", "dB"]
Better = Literal["lower", "higher", "usual"]
Group = Literal["time base", "pace", "motion", "grip", "robot", "pictures"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a take.

    `better`: lower, higher, or usual where only the task's other takes tell. `least`: the smallest difference that
    matters, in the figure's unit. `limit`: beyond it the figure is bad whatever is usual; None: no such bound.
    `remedy`: what the operator or the engineer does about a bad one.
    """

    name: str
    title: str
    unit: Unit
    better: Better
    group: Group
    least: float
    text: str
    remedy: str
    limit: float | None = None

    def shown(self, value: float | None) -> str:
        """The value with its unit, for people; `-` where it is not known."""
        if value is None:
            return "-"
        if self.unit == "share":
            return f"{100 * value:.3g} %"
        value = 0.0 if abs(value) < 1e-3 else value
        digits = f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
        return digits if self.unit in ("1", "0-255") else f"{digits} {self.unit}"

    def is_bad(self, value: float) -> bool:
        """Is it beyond the limit?"""
        if self.limit is None:
            return False
        return value < self.limit if self.better == "higher" else value > self.limit


_TABLE = (
    Metric(
        "sync_p99_us", "sync p99", "us", "lower", "time base", 50.0,
        "99 % of the steps that are valid have every stream within this of their instant (/steps/bound_ns).",
        "Run the self-test; look at the stream with the largest bound.",
        limit=1000.0,
    ),
    Metric(
        "lost_frames", "lost frames", "1", "lower", "time base", 1.0,
        "Frames that never came, over all cameras: as marked while recording, or skipped in a camera's count.",
        "Look at the cables and the USB ports of the camera; give each camera a port of its own.",
        limit=2.0,
    ),
    Metric(
        "longest_blind_s", "longest blind", "s", "lower", "time base", 0.02,
        "The longest stretch of steps in which one camera had no frame.",
        "Retake: what happened there cannot be seen. Then look at the camera's cable.",
        limit=0.1,
    ),
    Metric(
        "lost_states_share", "lost states", "share", "lower", "time base", 0.01,
        "States of an arm that never came, of those that should have; the worst arm.",
        "Stop other programs on this machine; for a Franka use a real-time kernel and a network port of its own.",
    ),
    Metric(
        "invalid_steps_share", "invalid steps", "share", "lower", "time base", 0.005,
        "Steps in which a camera, an arm, a base or an action is missing; exports leave them out.",
        "Look at lost frames and lost states; a take that lost much is better done anew.",
        limit=0.02,
    ),
    Metric(
        "duration_s", "length", "s", "usual", "pace", 0.5,
        "From the first step to the last.",
        "Far from the usual length something was done otherwise: look at the take before you keep it.",
    ),
    Metric(
        "idle_share", "idle", "share", "lower", "pace", 0.03,
        "Share of the take in which nothing moves: no joint by 0.03 rad/s, no gripper by 5 mm/s, no base by 0.02 m/s"
        " or rad/s. Policies learn to stand still from it.",
        "Start when you are ready, go on without waiting, stop as soon as the task is done.",
    ),
    Metric(
        "idle_before_s", "idle before", "s", "lower", "pace", 0.3,
        "From the first step until anything moves.",
        "Press start when your hand is on the leader; auto_start in the task file does it when the robot follows.",
    ),
    Metric(
        "idle_after_s", "idle after", "s", "lower", "pace", 0.3,
        "From the last motion to the last step.",
        "Press stop as soon as the task is done; a pedal helps, or auto_stop in the task file.",
    ),
    Metric(
        "longest_pause_s", "longest pause", "s", "lower", "pace", 0.3,
        "The longest stretch between two motions in which nothing moves.",
        "Plan the motion before you start; retake where you had to think.",
    ),
    Metric(
        "sparc", "smoothness", "1", "higher", "motion", 0.3,
        "Spectral arc length of the measured joint speed (SPARC; Balasubramanian et al. 2015: cut-off 10 Hz, amplitude"
        " threshold 0.05, padding level 4), mean over the motions by their duration, the worst arm. One minimum-jerk"
        " motion has -1.4; every halt and every correction makes it more negative.",
        "Move in fewer, longer strokes; rest your elbow, slow down before contact.",
    ),
    Metric(
        "ldlj", "calmness", "1", "higher", "motion", 0.3,
        "Log dimensionless jerk of the measured joint velocities (LDLJ-V; Balasubramanian et al. 2015), mean over the"
        " motions by their duration, the worst arm. One minimum-jerk motion has -5.3; tremor and jolts make it more"
        " negative.",
        "Hold the leader loosely; if every take is so, look for play in the leader's joints or raise its damping.",
    ),
    Metric(
        "shake_mrad", "shake", "mrad", "lower", "motion", 0.2,
        "How far the joints tremble about their path while they move: root mean square over the joints of what is"
        " faster than about 4 Hz, the worst arm.",
        "Rest your arm, hold the leader loosely; on servo arms look for play and for gains that are too high.",
    ),
    Metric(
        "path_rad", "joint path", "rad", "lower", "motion", 0.2,
        "Length of the way in joint space, all arms together.",
        "Far more than usual is a detour or a second try: take the straight way.",
    ),
    Metric(
        "path_m", "hand path", "m", "lower", "motion", 0.05,
        "Length of the way of the end effectors, all arms together.",
        "Far more than usual is a detour or a second try: take the straight way.",
    ),
    Metric(
        "peak_speed", "peak speed", "rad/s", "usual", "motion", 0.1,
        "The fastest that any joint went.",
        "Keep one pace through all takes; a jolt where nothing should be fast is a reason to retake.",
    ),
    Metric(
        "joint_margin_rad", "joint margin", "rad", "higher", "motion", 0.05,
        "How near any joint came to an end of its range.",
        "Change your pose or move the object towards the robot: near its end a joint slows down or stops.",
        limit=0.05,
    ),
    Metric(
        "grip_events", "grips", "1", "usual", "grip", 1.0,
        "How often a gripper closed or opened.",
        "More than usual is a second try, fewer a missed grasp: look at the take before you keep it.",
    ),
    Metric(
        "held_s", "held", "s", "usual", "grip", 0.3,
        "How long grippers were closed after a grasp, together.",
        "Far from usual the object slipped, or was held while you hesitated.",
    ),
    Metric(
        "lag_ms", "robot lag", "ms", "lower", "robot", 5.0,
        "How far the measured joints are behind what was sent (least squares over the take), the worst arm.",
        "Look at the gains and at the payload: the robot does not keep up with what it is told.",
    ),
    Metric(
        "sent_jerk", "sent jerk", "rad/s³", "lower", "robot", 5.0,
        "Root mean square jerk of what the robot was sent while it followed, the worst joint of the worst arm.",
        "Move more softly; if every take is so, raise the leader's rate or the smoothing of teleoperation.",
    ),
    Metric(
        "limited_share", "held back", "share", "lower", "robot", 0.02,
        "Share of the time in FOLLOW in which the robot was sent a joint more than 0.05 rad from what was asked:"
        " limits of speed, range or workspace held it back. The worst arm.",
        "Slow down: the leader runs ahead of what the robot may do, and the robot did not do what you showed.",
        limit=0.1,
    ),
    Metric(
        "not_following_share", "not following", "share", "lower", "robot", 0.02,
        "Share of the take in which an arm did not follow its leader; the worst arm.",
        "Let the robot come to the leader (approach) before you start; auto_start in the task file waits for it.",
        limit=0.05,
    ),
    Metric(
        "holds", "holds", "1", "lower", "robot", 1.0,
        "How often an arm stopped following within the take.",
        "Retake: the robot stood while the hand moved on. The events of the take say why.",
        limit=0.0,
    ),
    Metric(
        "control_success", "in time", "share", "higher", "robot", 0.02,
        "Share of the control commands that reached the robot in time, mean over the take, the worst arm.",
        "Stop other programs on this machine; check its real-time kernel and the network to the robot.",
    ),
    Metric(
        "peak_force_n", "peak force", "N", "lower", "robot", 3.0,
        "The greatest external force at an end effector, over 20 ms.",
        "Touch more softly; a bump that belongs to no part of the task is a reason to retake.",
    ),
    Metric(
        "brightness", "brightness", "0-255", "usual", "pictures", 8.0,
        "Mean brightness of the darkest camera, by three of its frames.",
        "Look at the lighting and for something that covers a lens.",
    ),
    Metric(
        "sharpness_db", "sharpness", "dB", "higher", "pictures", 1.5,
        "Contrast of fine detail (variance of the Laplacian) of the least sharp camera, by three of its frames.",
        "Clean the lens, look at the focus and at the exposure: a long one blurs what moves.",
    ),
    Metric(
        "repeated_share", "repeated frames", "share", "lower", "pictures", 0.02,
        "Frames that are byte for byte the one before, of the camera that has most: noise makes no two pictures equal.",
        "Plug the camera in again: it gives an old picture as a new one.",
        limit=0.5,
    ),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.name: metric for metric in _TABLE}
"""By name, in the order in which they are shown."""

GRAVEST = ("not_following_share", "holds", "longest_blind_s", "invalid_steps_share", "sync_p99_us", "repeated_share")
"""Of those beyond their limits these come first: they spoil a take, or are what spoiled the others."""

HEADLINE = ("duration_s", "idle_share", "sparc", "shake_mrad", "sync_p99_us", "lost_frames")
"""Where there is room for six."""
