"""The ground every app of the platform stands on: staff, roles, regions in charge, scope, audit, sealed values."""
