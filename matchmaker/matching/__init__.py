"""Matching: candidates, eligibility, features, scores, explanations."""
