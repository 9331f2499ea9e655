"""Log-in, log-off, and the sign of life that keeps a session open while somebody types."""
