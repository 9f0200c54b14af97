"""Which scene to set up next, so that all that can vary is covered evenly. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, islice, product
from math import lcm, prod

from collector.labels.task import Choices

_MOST = 1024
"""Scenes looked at for one answer; of more, those of the values kept least, in the order of `diagonal`."""

Scene = dict[str, str]


def next_scene(factors: Choices, kept: Iterable[Mapping[str, str]]) -> Scene:
    """The scene whose turn it is: of the values that each factor has least, the combination seen least.

    So the counts of one factor's values never differ by more than one where every take is of the scene told, and
    come together again where they are not. Of the combinations the one kept least wins, then the one whose pairs of
    values are (two factors seen in all their pairs long before all of many are seen in all combinations), then the
    first in the order of `diagonal`: the same takes lead to the same scene.
    """
    if not factors:
        return {}
    kept = list(kept)
    table, counts = coverage(factors, kept), _counts(factors, kept)
    least = [[v for v, n in table[name].items() if n == min(table[name].values())] for name in factors]
    all_of_them = [list(values) for values in factors.values()]
    scenes = diagonal(all_of_them if prod(map(len, all_of_them)) <= _MOST else least)
    due = (values for values in scenes if all(value in few for value, few in zip(values, least, strict=True)))
    weigh = {pair: len(factors[pair[0]]) * len(factors[pair[1]]) for pair in combinations(factors, 2)}

    def had(values: tuple[str, ...]) -> tuple[int, int]:
        scene = tuple(zip(factors, values, strict=True))
        return counts[scene], sum(counts[pair] * weigh[pair[0][0], pair[1][0]] for pair in combinations(scene, 2))

    return dict(zip(factors, min(islice(due, _MOST), key=had), strict=True))


def coverage(factors: Choices, kept: Iterable[Mapping[str, str]]) -> dict[str, dict[str, int]]:
    """Kept takes by factor and value."""
    table = {name: dict.fromkeys(values, 0) for name, values in factors.items()}
    for scene in kept:
        for name, value in scene.items():
            if value in table.get(name, {}):
                table[name][value] += 1
    return table


def diagonal(lists: list[list[str]]) -> Iterator[tuple[str, ...]]:
    """Every combination once, each step moving on in all the lists: a a, b b, a c, b a, ... and not a a, a b, a c.

    However early it is broken off, it has used every list evenly.
    """
    sizes = [len(values) for values in lists]
    begun: set[tuple[int, ...]] = set()
    for start in product(*map(range, sizes)):
        if start in begun:
            continue
        for step in range(lcm(*sizes)):
            at = tuple((first + step) % size for first, size in zip(start, sizes, strict=True))
            begun.add(at)
            yield tuple(values[index] for values, index in zip(lists, at, strict=True))


Part = tuple[tuple[str, str], ...]


def _counts(factors: Choices, kept: Iterable[Mapping[str, str]]) -> Counter[Part]:
    """How often each pair of values and each whole scene was kept."""
    counts: Counter[Part] = Counter()
    for scene in kept:
        known = tuple((name, scene[name]) for name in factors if scene.get(name) in factors[name])
        counts.update({known, *combinations(known, 2)})
    return counts
