"""Readers of labeled texts: packaged corpora, and your own tables."""
