"""Timings and measurements, each beside a peer in the same run."""
