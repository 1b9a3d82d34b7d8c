"""The page of a trained network: its first layers on real samples."""
