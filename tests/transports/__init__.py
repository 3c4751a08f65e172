"""How flashes travel: in the session, and in cookies of their own."""
