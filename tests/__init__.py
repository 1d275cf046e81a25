"""The tests of Certwright. A package, so that `tests.support` can be imported by tests and benchmarks."""
