"""Publishing an event: what may be handed in, and how it is stored."""
