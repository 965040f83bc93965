"""With Flask-Login: a view deletes a document in the background and says who did it."""
