"""The read side of webhooks: lists, totals, bars, confirmations, settings as they were."""
