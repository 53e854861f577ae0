"""What is made of a finished run: terminal, JSON, Markdown, annotations."""
