"""The web's part of the change feed: its operations, streams and pages."""
