"""Questions to a running deployment: is it up, is it the new version, does it do its job."""
