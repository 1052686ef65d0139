"""Drivers for `make compare`: how one webhook server is started, given an endpoint, called, and how it signs.

Each is a file with a class `Driver`; `docs/performance.md` says what it has to do.
"""
