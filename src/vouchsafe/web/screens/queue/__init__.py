"""The queue: desks and queues with counts, the list, and the case beside it."""
