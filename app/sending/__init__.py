"""What happens to a due delivery. No Flask, no RQ."""
