"""Audit: who did what to whom, when and from where, before and after. Append-only (E3).

`record` writes an entry with the caller's rows, `read` pages through them, `differences` finds what a change
changed and masks secrets, `actions` and `subject` are the words. Nothing here knows Flask: who acts is handed in.
"""
