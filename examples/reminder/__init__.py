"""A view starts a timer, which sends a reminder with a link in it."""
