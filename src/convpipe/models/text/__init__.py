"""Networks for texts."""
