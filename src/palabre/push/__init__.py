"""Web push: who wants to be told on which device, of what; and the encryption that lets only that device read it."""
