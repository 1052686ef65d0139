"""RQ: the worker process, its thin jobs (one call each) and the periodic schedule.

Nothing here decides anything about deliveries: the engine does (`app.sending.engine.engine`), and SQL is the
truth. RQ carries the doorbell.
"""
