"""Log-in, log-out, password and the switch of spaces."""
