"""The engagement desk over HTTP: operations of the API, and pages."""
