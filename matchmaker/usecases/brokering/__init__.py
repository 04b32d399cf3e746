"""Brokering in use: engagements, consents, documents, notices and the clock."""
