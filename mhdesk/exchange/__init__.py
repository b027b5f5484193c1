"""Sealed files between township and district: bytes in, bytes out. No ledger, no files, no clock."""
