"""Checking a receiver (C12): real, signed probes outside any delivery, and a score card of what came of them.

`asking` orders a check, `probes` makes the messages, `sending` carries them, `verdicts` judges the answers,
`running` does a check from claim to result, `certificates` looks at certificates alone, `words` says it all.
Nothing here runs in a web thread but `asking`.
"""
