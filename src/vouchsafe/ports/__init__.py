"""What we need from the outside, one Protocol a file."""
