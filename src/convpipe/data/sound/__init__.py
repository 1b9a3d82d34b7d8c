"""Sound: recordings in wav files."""
