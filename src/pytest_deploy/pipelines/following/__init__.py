"""What stands behind a command: the recipes, scripts and wrapped commands that it runs. One module for each kind of runner."""
