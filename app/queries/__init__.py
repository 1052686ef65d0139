"""The read side: filtered lists paged by key, counts from roll-ups, one delivery with its tries.

Every query here has its index, and tests read the plans.
"""
