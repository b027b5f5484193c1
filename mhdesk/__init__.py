"""mhdesk (精防台账): an offline, encrypted ledger for township prevention doctors."""

__version__ = "0.1.0"
