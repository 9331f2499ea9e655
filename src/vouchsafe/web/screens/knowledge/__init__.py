"""A desk's documents: what may be cited, by whom, since when; what is held, withdrawn, missing or in doubt."""
