"""Section 6 of the checklist: changes of the database's schema."""
