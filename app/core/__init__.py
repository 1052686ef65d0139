"""What every room uses and what knows no noun: settings, database, transaction,
errors, ids, times, paging, encryption, validation, doorbell, actor.

What may not live here: anything about webhooks, events or people.
"""
