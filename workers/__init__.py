"""RQ: the worker process, its thin jobs (one call each) and the periodic schedule.

Nothing here decides anything about deliveries: the engine does (`app.delivery.engine`), and SQL is the
truth. RQ carries the doorbell.
"""
