"""Maintenance: what must happen now and then, by `python -m workers --maintenance`, never where deliveries are sent.

One file for each step; `registry.STEPS` names them all. A new step is a function in a file of its own and one line
there. Every transaction of a step fits into 50 ms (`app.ledger.moves.steps.BUDGET_S`), and several workers may run
the same step at once: each takes rows that no other holds.
"""
