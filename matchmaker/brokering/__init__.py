"""Brokering: how a match becomes a collaboration, step by step and by stated rules."""
