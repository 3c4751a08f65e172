"""Templates, and the helpers for the tests of others."""
