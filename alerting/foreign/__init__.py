"""Rule files of others, taken as they are: read, checked for what can't work, and delivered."""
