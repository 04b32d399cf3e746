"""White papers over HTTP: the API's operations, the pages of the desk, the files of the repository."""
