"""Accounts: passwords, tokens, keys, lock-out, and what an account is; nothing is stored here."""
