"""Numbered steps from an empty file to today's schema. Frozen: never edit one that was released."""
