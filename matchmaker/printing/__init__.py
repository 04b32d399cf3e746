"""Documents that people print: one description of a document, and its forms HTML, PDF and DOCX."""
