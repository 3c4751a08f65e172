"""What goes wrong with flash messages elsewhere, done to this library with real servers."""
