"""Connections to services outside."""
