"""The tests. `machine/` holds what they stand on; every other folder tests the part it is named after."""
