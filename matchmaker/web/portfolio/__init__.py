"""The best set of introductions as JSON and as a page of the desk."""
