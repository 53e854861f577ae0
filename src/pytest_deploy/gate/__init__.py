"""The run: settings, waivers, selection, collected items, verdict."""
