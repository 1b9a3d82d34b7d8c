"""Sound: recordings in files."""
