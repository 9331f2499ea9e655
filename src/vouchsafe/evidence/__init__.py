"""The trail as pure code: no database, no network, no clock."""
