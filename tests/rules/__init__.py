"""The rules without a server: the bag, flashes and deltas, copies, keys."""
