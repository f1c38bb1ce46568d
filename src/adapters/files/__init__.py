"""Plain files, for machines where nobody sends anything anywhere."""
