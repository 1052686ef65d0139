"""How the program is run on one machine: the supervisor behind `make run`, the web server, test set-up.

Nothing here knows what Hookdesk does, and the app imports nothing from here. Only the standard library
and python-dotenv may be imported, so that starting costs no time.
"""
