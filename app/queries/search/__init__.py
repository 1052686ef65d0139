"""The read side of search: events by their ids and keys, webhooks by their names."""
