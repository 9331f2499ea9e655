"""People who work here, their roles and licences."""
