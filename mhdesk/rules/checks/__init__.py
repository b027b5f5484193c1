"""Data-quality rules of specification section 11, used at entry and over the whole ledger."""
