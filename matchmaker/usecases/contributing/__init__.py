"""What people and programs contribute: writes, the review queue, claims, reports, uploads."""
