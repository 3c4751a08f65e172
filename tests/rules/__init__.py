"""The rules without a server: the bag, parcels and deltas, copies and limits, keys."""
