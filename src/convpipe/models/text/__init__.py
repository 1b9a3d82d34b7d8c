"""Networks made for texts."""
