"""Use cases: what people and programs ask of the service, without HTTP."""
