"""Why it failed: success rules, the one table of failure reasons, and the sentences made from it."""
