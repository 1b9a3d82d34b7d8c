"""Pictures of the worked cases: still SVGs and animated GIFs."""
