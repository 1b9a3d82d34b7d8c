"""Shapes, parameters, multiply-adds and receptive fields, computed by arithmetic."""
