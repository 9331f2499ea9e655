"""Models that find names."""
