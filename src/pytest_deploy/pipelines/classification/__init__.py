"""How a command or packaged step is told for what it is: tables of known tools (``roles.toml``) and what their arguments mean."""
