"""The network's instruments in the API and on pages, and at the desk how they are changed."""
