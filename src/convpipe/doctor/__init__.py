"""Checks of labeled data: leaks between parts, facts that tell the class, and the installation."""
