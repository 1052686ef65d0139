"""What happens to a due delivery. Neither Flask nor RQ."""
