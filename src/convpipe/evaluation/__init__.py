"""What a trained classifier is worth: figures in numbers, in pictures and on the terminal."""
