"""The decision page: the whole chain of one case, for whoever checks it."""
