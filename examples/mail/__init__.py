"""A view sends a mail in a thread, which asks `current_app` for the sender's address."""
