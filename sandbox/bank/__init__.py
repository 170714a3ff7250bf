"""A bank to practise with: SFTP on 127.0.0.1, a book of its own, and faults to switch on. Written from docs/bank.md."""
