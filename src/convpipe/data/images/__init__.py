"""Readers of images: packaged digits, Fashion-MNIST, and the user's folders of pictures."""
