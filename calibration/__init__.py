"""Where each camera is and what its lens does, with how well that is known: pure solvers, frozen results, a store."""
