"""With Flask-SQLAlchemy: a view counts its visitors in the background."""
