"""The steps of the take under review while somebody puts them right: what is shown, and what is still to be said."""

from collections.abc import Sequence

from collector.labels import adjust
from collector.labels.event import Step

Steps = tuple[Step, ...]


class Editing:
    """`told`: the steps as the daemon has them. What is changed here counts until the daemon has it too."""

    def __init__(self) -> None:
        self.told: Steps = ()
        self._mine: Steps | None = None
        self.proposed: Steps = ()
        """Steps that are only shown until they are accepted."""

    @property
    def steps(self) -> Steps:
        """As they are now."""
        return self.told if self._mine is None else self._mine

    @property
    def shown(self) -> Steps:
        """What there is to look at."""
        return self.proposed or self.steps

    @property
    def unsaid(self) -> bool:
        """Is there something that the daemon does not have?"""
        return self._mine is not None

    def begin(self, told: Steps) -> None:
        """Another take."""
        self.told, self._mine, self.proposed = told, None, ()

    def heard(self, told: Steps) -> None:
        """The daemon's steps are these now."""
        self.told = told
        if self._mine == told:
            self._mine = None

    def drop(self) -> None:
        """What the daemon does not have counts as never done."""
        self._mine, self.proposed = None, ()

    # -- each returns the instant to look at; None: there is nothing to change ------------------------

    def move(self, near_ns: int, by_ns: int) -> int | None:
        """The border nearest to an instant, by so much."""
        at = adjust.nearest_border(self.steps, near_ns)
        return None if at is None else self._move(at, self.steps[at].begin_ns + by_ns)

    def put(self, t_ns: int) -> int | None:
        """The border nearest to an instant, there."""
        at = adjust.nearest_border(self.steps, t_ns)
        return None if at is None else self._move(at, t_ns)

    def remove(self, near_ns: int) -> int | None:
        """The border nearest to an instant goes."""
        at = adjust.nearest_border(self.steps, near_ns)
        if at is None:
            return None
        was = self.steps[at].begin_ns
        self._change(adjust.removed(self.steps, at))
        return was

    def begin_step(self, t_ns: int, names: Sequence[str], span: tuple[int, int], name: str = "") -> int | None:
        """A step begins there: the next one of the task's list, or this."""
        chosen = name or adjust.next_name(self.steps, names, t_ns)
        changed = adjust.begun(self.steps, t_ns, chosen, names[0] if names else "step 1", span)
        if changed == self.steps:
            return None
        self._change(changed)
        return t_ns

    def rename(self, t_ns: int, name: str) -> int | None:
        """The step in which an instant lies is called so."""
        at = adjust.step_at(self.steps, t_ns)
        if at is None or self.steps[at].name == name:
            return None
        self._change(adjust.renamed(self.steps, at, name))
        return t_ns

    def accept(self) -> None:
        """What is proposed are the steps."""
        self._change(self.proposed)

    def border(self, t_ns: int, *, after: bool) -> int | None:
        """The next border before or after an instant."""
        borders = adjust.borders(self.shown)
        beyond = [at for at in borders if (at > t_ns if after else at < t_ns)]
        return (min(beyond) if after else max(beyond)) if beyond else None

    def _move(self, at: int, t_ns: int) -> int:
        self._change(adjust.moved(self.steps, at, t_ns))
        return self.steps[at].begin_ns

    def _change(self, steps: Steps) -> None:
        self._mine, self.proposed = (None if steps == self.told else steps), ()
