"""Readers of labelled texts: packaged corpora, and tables of the reader's own."""
