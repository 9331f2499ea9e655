"""The local outbox: mail that stays on this machine while no relay is set."""
