"""Readers of images: packaged digits, Fashion-MNIST, and folders of the reader's own pictures."""
