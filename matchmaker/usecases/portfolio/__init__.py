"""The best set of introductions over all open needs, under limits that the caller sets."""
