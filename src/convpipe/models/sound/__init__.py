"""Networks made for the waveform of sound."""
