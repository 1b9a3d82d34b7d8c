"""Training: the training loop, learning rate schedules, recalibration, checkpoints and progress."""
