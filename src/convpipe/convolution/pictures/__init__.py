"""Pictures of the worked cases: still SVG and animated GIF."""
