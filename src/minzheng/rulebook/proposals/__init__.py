"""Texts that are proposed and not in force: a reform names them, nothing else reads them.

A module says in `REPLACES` which provision of the rulebook its provision would stand in for. It is written, cited and
reviewed like every provision; adopting it means moving it into its instrument's module.
"""
