"""How the library's tables came to be: an Alembic branch of its own, labelled `library`."""
