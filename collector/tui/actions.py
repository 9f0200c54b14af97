"""Everything that an operator can do with a key: one table, from which keys, help and command palette are made."""

from dataclasses import dataclass
from typing import Final, Literal

from collector.session import State

ScreenName = Literal["preflight", "record", "review", "browse", "play"]

_ALL: Final = frozenset(State)
_TAKE: Final = frozenset({State.RECORDING, State.REVIEW})
_SAID: Final = frozenset({State.ARMED, State.RECORDING, State.REVIEW})
_UP: Final = frozenset({State.IDLE, State.ARMED, State.RECORDING, State.REVIEW})
_EVERYWHERE: Final[tuple[ScreenName, ...]] = ("preflight", "record", "review", "browse")
_SESSION: Final[tuple[ScreenName, ...]] = ("preflight", "record", "review")
_SHOT: Final[tuple[ScreenName, ...]] = ("record", "review")
_LABELLED: Final[tuple[ScreenName, ...]] = ("record", "review", "browse")
_REVIEW: Final[tuple[ScreenName, ...]] = ("review",)
_SEEN: Final[tuple[ScreenName, ...]] = ("review", "browse")
_FILM: Final[tuple[ScreenName, ...]] = ("play",)
_LOOK: Final[tuple[ScreenName, ...]] = ("review", "play")

# A held key repeats after 0.25 to 0.66 s (the consoles' and X's defaults) and then some 30 times a second.
_ONCE_S: Final = 0.75
_BRISK_S: Final = 0.4
_REPEAT_S: Final = 0.12


@dataclass(frozen=True, slots=True)
class Action:
    """What a key does. `label`: a word or two for the line of keys; `tells`: a sentence, for help and tooltips.

    `states`: in which it does anything. `free`: it changes nothing that is the controller's, so a watcher may.
    `says`: screens on which it says something of an episode, or takes that back: there a watcher may too.
    `held_s`: the same key again within so long is taken for the same press, held.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    tells: str
    screens: tuple[ScreenName, ...]
    states: frozenset[State] = _ALL
    free: bool = False
    says: tuple[ScreenName, ...] = ()
    held_s: float = _REPEAT_S


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "toggle", ("space",), "start / stop",
        "Start a take; stop the one that runs. Under review: keep this take, start the next. In a countdown: cancel.",
        _SHOT, _SAID, held_s=_ONCE_S,
    ),
    Action(
        "reset", ("e",), "reset", "After a fault: start again what has ended, recover the robot.",
        _SESSION, _UP | {State.FAULT}, held_s=_ONCE_S,  # in IDLE too: whatever resets is no key that arms
    ),
    Action(
        "arm", ("A",), "arm", "Take up recording, under a valid certificate.",
        ("preflight",), frozenset({State.IDLE}), held_s=_ONCE_S,
    ),
    Action(
        "override", ("o",), "override", "Take up recording without a valid certificate, for a reason that is kept.",
        ("preflight",), frozenset({State.IDLE}), held_s=_ONCE_S,
    ),
    Action(
        "selftest", ("S",), "self-test", "Prove that every stream is aligned, live; gives a new certificate.",
        ("preflight",), frozenset({State.IDLE}), held_s=_ONCE_S,
    ),
    Action(
        "step", ("m",), "mark step",
        "The next step of the task's list begins now; in a take that has ended, at the moment that is looked at.",
        _SHOT, _SAID, says=_REVIEW, held_s=_BRISK_S,
    ),
    Action("keep", ("k",), "keep", "Keep the take under review.", _SHOT, frozenset({State.REVIEW}), held_s=_ONCE_S),
    Action(
        "next", ("n",), "keep + next", "Keep the take under review and start the next one.",
        _SHOT, frozenset({State.REVIEW}), held_s=_ONCE_S,
    ),
    Action(
        "retake", ("r",), "retake", "Throw this take away, running or under review, and begin it anew.",
        _SHOT, _TAKE, held_s=_ONCE_S,
    ),
    Action(
        "discard", ("d",), "discard", "Throw the take under review away; it goes to the trash, nothing is deleted.",
        _SHOT, frozenset({State.REVIEW}), held_s=_ONCE_S,
    ),
    Action(
        "undo", ("u",), "undo", "Take back what was done last: a label, a mark, keeping, discarding, a take. Ten deep.",
        _EVERYWHERE, _ALL - {State.STARTING}, says=_EVERYWHERE,
    ),
    Action(
        "release", ("x",), "hold robot", "The robot holds where it is, at once.", (*_EVERYWHERE, "play"), free=True,
    ),
    Action(
        "approach", ("a",), "robot to leader", "Hold the leader still: the robot goes to it and then follows.",
        _SESSION, _UP, held_s=_ONCE_S,
    ),
    *(
        Action(f"score_{n}", (str(n),), f"score {n}", f"This take is worth {n} of 5.", _LABELLED, says=_LABELLED)
        for n in range(1, 6)
    ),
    Action("success", ("s",), "success", "This take succeeded.", _LABELLED, says=_LABELLED),
    Action("failure", ("f",), "failure", "This take failed.", _LABELLED, says=_LABELLED),
    Action(
        "note", ("N",), "note", "Write something down: of this instant while a take runs, of the take afterwards.",
        _LABELLED, _ALL - {State.STARTING}, says=_SEEN,
    ),
    Action(
        "speak", ("V",), "spoken note", "Speak of this take; the same key ends it. Kept as sound beside the episode.",
        _SHOT, _TAKE, held_s=_ONCE_S,
    ),
    Action("tag", ("t",), "tag", "Tag this take.", _LABELLED, says=_LABELLED),
    Action(
        "label_step", ("l",), "name step", "A step begins now that you pick or name yourself.",
        _SHOT, _TAKE, says=_REVIEW,
    ),
    Action(
        "scene", ("c",), "scene", "Choose the scene of the next take instead of the one whose turn it is.",
        _SESSION, _UP,
    ),
    Action("pause", ("space",), "pause", "Stop the film here, or go on.", _FILM, free=True),
    Action("faster", ("+",), "faster", "Play it faster, up to eight times.", _FILM, free=True),
    Action("slower", ("-",), "slower", "Play it slower, down to a tenth.", _FILM, free=True),
    Action("back", ("escape", "b"), "back", "Back to where you were.", ("browse", "play"), free=True),
    Action("look_earlier", ("left",), "earlier", "Look a little earlier in the take.", _LOOK, free=True, held_s=0.0),
    Action("look_later", ("right",), "later", "Look a little later in the take.", _LOOK, free=True, held_s=0.0),
    Action("look_back", ("pageup",), "a tenth back", "Look a tenth of the take earlier.", _LOOK, free=True),
    Action("look_on", ("pagedown",), "a tenth on", "Look a tenth of the take later.", _LOOK, free=True),
    Action("look_first", ("home",), "begin", "Look at the take's first moment.", _LOOK, free=True),
    Action("look_last", ("end",), "end", "Look at the take's last moment.", _LOOK, free=True),
    Action("border_before", ("up",), "border before", "Go to the step's border before this moment.", _LOOK, free=True),
    Action("border_after", ("down",), "border after", "Go to the step's border after this moment.", _LOOK, free=True),
    Action(
        "border_earlier", (",",), "border earlier", "The border nearest to this moment moves one picture earlier.",
        _REVIEW, _UP, says=_REVIEW, held_s=0.0,
    ),
    Action(
        "border_later", (".",), "border later", "The border nearest to this moment moves one picture later.",
        _REVIEW, _UP, says=_REVIEW, held_s=0.0,
    ),
    Action(
        "border_here", ("|",), "border here", "The border nearest to this moment moves to this moment.", _REVIEW, _UP,
        says=_REVIEW,
    ),
    Action(
        "border_remove", ("backspace",), "no border",
        "The border nearest to this moment goes: the step before it lasts on.",
        _REVIEW, _UP, says=_REVIEW, held_s=_BRISK_S,
    ),
    Action(
        "propose", ("P",), "propose steps",
        "Show where grip and motion suggest that the steps begin; the same key again accepts them.",
        _REVIEW, _UP, says=_REVIEW, held_s=_BRISK_S,
    ),
    Action("play", ("w",), "watch", "Play the take's pictures back.", _SEEN, free=True),
    Action(
        "plot", ("j",), "curves", "Show the next curves: joints, gripper, base, force.", (*_SEEN, "play"), free=True,
    ),
    Action("filter", ("/",), "filter", "Show only some of the episodes.", ("browse",), free=True),
    Action("sort", ("o",), "order", "Order the episodes by another column.", ("browse",), free=True),
    Action("reach", ("z",), "which", "This session's episodes, all of the folder, or what was discarded.",
           ("browse",), free=True),
    Action("throw_away", ("d",), "discard", "Move this episode to the trash; nothing is deleted.",
           ("browse",), held_s=_ONCE_S),
    Action("restore", ("R",), "bring back", "Bring this discarded episode back.", ("browse",), held_s=_ONCE_S),
    Action(
        "replay", ("y",), "on the robot", "The robot does again what it did in this episode, once you have confirmed.",
        ("browse",), _UP, held_s=_ONCE_S,
    ),
    Action(
        "clutch", ("g",), "clutch", "Hold the robot and free the leader; again: go on from there.",
        _SESSION, _UP, held_s=_BRISK_S,
    ),
    Action(
        "deadman", ("h",), "deadman", "Hold this key down while the robot may move, on a rig whose deadman is a key.",
        _SESSION, _UP, held_s=0.0,
    ),
    Action(
        "disarm", ("i",), "disarm", "Back to the morning's checks; the session and its takes stay.",
        _SESSION, frozenset({State.ARMED, State.REVIEW}), held_s=_ONCE_S,
    ),
    Action(
        "review", ("v",), "review", "Look at the last take; again: back.",
        _SESSION, _ALL - {State.STARTING}, free=True,
    ),
    Action("preflight", ("p",), "checks", "Look at the rig's checks; again: back.", _SESSION, free=True),
    Action("browse", ("b",), "browse", "Look through the episodes of the session and of the folder.",
           _SESSION, free=True),
    Action("picture", ("w",), "next camera", "Show the next camera, where there is room for one only.",
           ("record",), free=True),
    Action(
        "take_control", ("C",), "take control", "Control the rig from this console; whoever has it will watch.",
        _EVERYWHERE, free=True, held_s=_ONCE_S,
    ),
    Action("help", ("?",), "help", "All keys, and what the states mean.", _EVERYWHERE, free=True),
    Action("quit", ("q",), "detach", "Leave; the daemon goes on, with the take that runs.", _EVERYWHERE, free=True),
)  # fmt: skip

BY_NAME: Final = {action.name: action for action in ACTIONS}


def on_screen(screen: ScreenName) -> tuple[Action, ...]:
    """What can be done on a screen, in the order of the table."""
    return tuple(action for action in ACTIONS if screen in action.screens)
