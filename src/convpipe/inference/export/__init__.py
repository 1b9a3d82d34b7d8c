"""Export of a classifier into one file that runs without convpipe, with a certificate that it answers alike."""
