"""Convolution itself: what it computes, what comes out, what it costs, and how it looks."""
