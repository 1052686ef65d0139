"""All SQL that writes events, deliveries, attempts, leases, lanes and counters. Neither Flask nor RQ.

`store` publishes, `leases` claims and records, `lanes` locks, `counters` counts.
"""
