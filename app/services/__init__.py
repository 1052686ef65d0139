"""Use cases, one transaction each: publish, create a webhook, turn it on, resend, rotate.

Both faces (`web`, `api`) call these. Nothing here knows HTML, forms or JSON answers.
"""
