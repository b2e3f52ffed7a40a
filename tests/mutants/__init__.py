"""`./dev mutants`: deliberate faults, and whether the tests notice them."""
