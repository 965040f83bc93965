"""A page shows the account of whoever asks for it."""
