"""The read side of events: finding them, one with what became of it, the latest for previews."""
