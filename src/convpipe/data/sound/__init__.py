"""Reader of sound files."""
