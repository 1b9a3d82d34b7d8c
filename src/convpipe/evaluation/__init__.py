"""What a trained classifier is worth: the closing table, figures, explanations."""
