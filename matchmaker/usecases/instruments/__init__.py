"""The network's instruments: read, compared, and changed by consensus."""
