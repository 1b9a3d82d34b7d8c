"""Networks for the waveform of sound."""
