"""What runs by itself: the computation of cases, the trail's sequencer and checkpointer, the outbox, the sweeps."""
