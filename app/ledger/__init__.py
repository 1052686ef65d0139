"""All SQL that writes events, deliveries, attempts, leases, lanes and their counters."""
