"""Shapes, parameters, multiply-adds and receptive fields, by arithmetic."""
