"""Was it delivered, and if not, why: what an answer says."""
