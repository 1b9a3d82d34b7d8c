"""Readers of images: packaged digits, Fashion-MNIST, and your own folders of pictures."""
