"""What could not be read and waits for a person."""
