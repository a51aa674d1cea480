"""What the librarians decide: names and meanings, how texts are understood, where they are kept."""
