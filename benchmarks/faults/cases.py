"""The matrix: every fault, how often, and how it is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.faults import clock, crowd, cut, daemons, flips, full, kill, many, sealing, slow, syncing, torn
from benchmarks.faults.outcome import Run


@dataclass(frozen=True, slots=True)
class Case:
    """`runs(n)` yields the runs; `full` and `quick`: how many. `how`: what is done, for the page.

    `root`: it mounts file systems of its own, so it runs only where that is permitted.
    """

    name: str
    full: int
    quick: int
    runs: Callable[[int], Iterator[Run]]
    how: str
    root: bool = False


CASES = (
    Case("kill", 60, 1, kill.kills, "kill -9 of the recorder at a random moment of its first 3 s"),
    Case("torn-write", 120, 4, torn.torn_writes, "the n-th write stops anywhere and the recorder dies, n = 1.."),
    Case("short-write", 10, 1, torn.short_writes, "a third of the writes take less than they are given"),
    Case("failed-call", 88, 11, torn.failed_calls, "the n-th call of each kind fails once: EIO, ENOSPC; n = 1.."),
    Case("long-recovery", 1, 0, torn.long_recovery, "a torn write at the end of an episode of 120 s"),
    Case("kill-sealing-step", 20, 6, sealing.step_kills, "kill -9 before and after each step that seals an episode"),
    Case("power-sealing-step", 40, 4, sealing.step_power_cuts, "the same as a power cut: unsynced steps are undone"),
    Case("kill-sealing", 15, 1, sealing.moment_kills, "kill -9 at a random moment of sealing"),
    Case("kill-recovery", 10, 1, sealing.recovery_kills, "kill -9 of salvage at random moments, up to 3 in a row"),
    Case("cut", 0, 17, cut.cuts, "the journal ends at every 64th byte; every fourth of these is sealed too"),
    Case("journal-flip", 300, 5, flips.journal_flips, "one bit of a journal is flipped"),
    Case("sealed-flip", 120, 4, flips.sealed_flips, "one bit of a sealed episode is flipped"),
    Case("power", 20, 1, syncing.power_cuts, "power cut: what was not synced is there, or zeros, or missing"),
    Case("sync-error", 20, 1, syncing.failed_syncs, "1-3 syncs fail with EIO and lose their pages, then a power cut"),
    Case("power-ext4", 8, 0, syncing.real_power_cuts, "an ext4 shut down without flushing, mounted again", root=True),
    Case("disk-full", 8, 0, full.filling, "a tmpfs fills; freed after 0.5 s, or not", root=True),
    Case("disk-full-injected", 6, 2, full.filling_injected, "ENOSPC from the disk; freed after 0.5 s, or not"),
    Case("file-too-large", 4, 1, full.largest_file, "EFBIG (RLIMIT_FSIZE)"),
    Case("no-room-to-seal", 4, 0, full.no_room_to_seal, "the disk is full at finalise, then freed", root=True),
    Case("read-only-ext4", 4, 0, full.read_only, "an ext4 that meets an error and turns read-only", root=True),
    Case("read-only", 8, 1, full.read_only_injected, "EROFS from the n-th write on"),
    Case("slow-disk", 4, 0, slow.slow_disk, "syncs at 10 MB/s while 19 MB/s are recorded"),
    Case("sync-storm", 4, 0, slow.sync_storm, "another process writes and syncs 8 MB blocks without pause"),
    Case("busy-cpu", 4, 0, slow.busy_cpu, "one spinning process a core"),
    Case("salvage-meanwhile", 5, 1, crowd.salvage_meanwhile, "salvage runs in a loop on the folder recorded into"),
    Case("daemon-killed", 3, 0, daemons.killed_daemons, "daemon: kill -9 while it records, then salvage and verify"),
    Case("capture-killed", 3, 0, daemons.killed_captures, "daemon: kill -9 of its capture process"),
    Case("daemon-terminated", 2, 0, daemons.terminated, "daemon: SIGTERM while it records"),
    Case("camera-unplugged", 2, 0, daemons.dead_cameras, "daemon: a camera dies"),
    Case("out-of-memory", 3, 0, daemons.out_of_memory, "daemon: no more memory for the capture process (RLIMIT_AS)"),
    Case("two-daemons", 1, 0, daemons.two_daemons, "daemon: a second one on the same rig"),
    Case("daemon-disk-full", 2, 0, daemons.full_disks, "daemon: an ext4 fills; freed in time, or not", root=True),
    Case("back-to-back", 30, 0, many.back_to_back, "daemon: 30 episodes of 1 s, one after the other"),
    Case("clock-jump", 10, 1, clock.jumps, "time.time and time.time_ns jump by up to an hour at every look"),
)
