"""A share of the fault matrix: nothing that was promised is lost, whatever happens. `make faults` runs all of it."""

import pytest

from benchmarks.faults.cases import CASES, Case
from benchmarks.faults.outcome import outcome


@pytest.mark.parametrize("case", [case for case in CASES if case.quick], ids=lambda case: case.name)
def test_every_invariant_holds(case: Case) -> None:
    found = outcome(case.name, case.runs(case.quick))
    assert found.runs
    assert found.violations == ()
