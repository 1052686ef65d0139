"""The front: owns the sockets, reads heads and bodies in its event loop, and gives work to threads.

An ASGI application around the Flask application, run by `ops/web.py` (docs/decisions/front.md). Here a connection
that is slow costs no thread: a request reaches a thread when it is there as a whole. Publishing, the call that comes
most often, is answered here; whatever is out of the ordinary about it (an error, a replayed key of another event) is
handed to Flask, so that there is one place for each rule and each answer.

What may not live here: rules of the product. It may import api and services; nothing imports it but `ops/`.
"""
