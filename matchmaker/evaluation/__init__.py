"""Measuring the matching on real collaborations: data sets, time split, metrics and baselines."""
