"""The read side of deliveries: lists, one with its attempts, previews, explanations."""
