"""Readers of labeled texts: packaged corpora and the user's tables."""
