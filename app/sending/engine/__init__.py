"""The loop: claim, send, record; its database worker; its window of transfers."""
