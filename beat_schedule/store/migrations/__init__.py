"""How the tables came to be; `migrate.py` runs these through Alembic."""
