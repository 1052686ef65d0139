"""Benchmarks: `make bench`. Every number stands beside a baseline measured in the same run, as a ratio.

Nothing here is a test: machines differ, and a busy one must not turn a build red. The ratios and how they
were measured are in docs/performance.md.
"""
