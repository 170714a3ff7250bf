"""The pages, one module a line of work. They ask queries, call actions, check form, and show."""
