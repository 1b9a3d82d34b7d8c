"""Export of a classifier to one file that runs without convpipe, and the certificate of equal predictions."""
