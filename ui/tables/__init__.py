"""tables of the window."""
