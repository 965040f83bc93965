"""A view stores a file in the background and writes an audit line when that is done."""
