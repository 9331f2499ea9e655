"""Search in the trail."""
