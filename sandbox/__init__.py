"""Stand-ins for what the platform speaks to outside. They share no code with it: each is written from its public page."""
