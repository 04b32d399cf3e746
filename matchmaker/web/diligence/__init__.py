"""Due diligence on partners in the API and at the desk."""
