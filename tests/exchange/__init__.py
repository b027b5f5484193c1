"""Sealed files: the envelope, its manifest, its rows, the signed papers."""
