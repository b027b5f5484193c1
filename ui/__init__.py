"""The window. Calls services; never imports db."""
