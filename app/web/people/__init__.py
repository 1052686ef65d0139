"""People as they stand before the dashboard: the browsers they are known by."""
