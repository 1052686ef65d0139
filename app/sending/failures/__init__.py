"""Why a delivery failed, what to do about it, and who."""
