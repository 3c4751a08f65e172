"""Messages, forms, and the errors for wrong calls."""
