"""Convolution explained: worked cases, shapes, costs, pictures and interactive pages."""
