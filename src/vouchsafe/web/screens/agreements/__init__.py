"""Where data goes: the agreement register in force, what it refuses today, and how it came to be."""
