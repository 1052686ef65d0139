"""Tests of the one way out, against real receivers on loopback."""
