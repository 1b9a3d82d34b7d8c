"""Checks of labeled data (leaks between parts, shortcuts to the class) and of the installation."""
