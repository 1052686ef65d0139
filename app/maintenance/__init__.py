"""What must happen now and then, beside delivering: each step in short transactions, none in the engine's process."""
