"""Findings for readers: on the terminal, in a test's report, in a file. Nothing here judges."""
