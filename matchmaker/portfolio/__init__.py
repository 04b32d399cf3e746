"""The best set of introductions under limits: solved exactly, checked, explained, and priced."""
