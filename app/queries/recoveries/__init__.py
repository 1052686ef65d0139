"""The read side of recoveries: what belongs to one, how many that are, lists."""
