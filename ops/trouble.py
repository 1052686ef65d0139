"""What ends a start: one sentence for the person at the terminal."""


class Trouble(Exception):
    """Hookdesk cannot run; the text is a sentence that says why and how to mend it."""


class SaidAlready(Trouble):
    """As above, but a child process has told the person already."""
