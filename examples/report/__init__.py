"""A view renders the pages of a report in parallel, each in the language of the session."""
