"""A brief on one package: from stored answers to a document, and from the document to HTML and PDF."""
