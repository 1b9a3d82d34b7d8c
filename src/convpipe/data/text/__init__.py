"""Readers of labelled texts: packaged corpora, and your own tables."""
