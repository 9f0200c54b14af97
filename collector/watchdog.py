"""Which gripper processes hang: a gripper's calls block and hold the interpreter, so it must be judged from outside."""

from collections.abc import Mapping
from typing import Any, Protocol

_START_NS = 30_000_000_000  # from spawn to ready, on a busy machine too


class Member(Protocol):
    """A process as the daemon sees it (collector.children.Child)."""

    ready: bool
    ending: bool
    heard_ns: int
    status: dict[str, Any]

    @property
    def alive(self) -> bool:
        """Is the process there?"""
        ...


def silent(members: Mapping[str, Member], now_ns: int) -> list[str]:
    """The grippers' processes that let pass the instant by which they had promised to be heard again.

    Each promises `due_ns` in its status, before every call that may block. Replace those: a move that meets an
    object may never come back (franka_ros issue 264). The arms' processes go on, and hold.
    """
    return [
        name
        for name, member in members.items()
        if name.startswith("gripper-") and member.alive and not member.ending and now_ns > _due_ns(member)
    ]


def _due_ns(member: Member) -> int:
    if not member.ready:
        return member.heard_ns + _START_NS
    return int(member.status.get("due_ns", member.heard_ns + _START_NS))
