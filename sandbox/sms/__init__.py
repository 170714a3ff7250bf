"""A stand-in for a gateway of short messages: HTTP on a real socket, with faults. Written from docs/sms.md alone."""
