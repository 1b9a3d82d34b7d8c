"""Finding the weights: the loop, schedules, recalibration, resuming, progress."""
