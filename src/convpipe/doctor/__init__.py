"""Checks of labelled data: leaks between parts, facts that tell the class, and the installation."""
