"""What a user sees, from flashing to showing, over every storage and transport."""
