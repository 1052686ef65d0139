"""Search keys of events: taken after they were stored, forgotten when they are removed."""
