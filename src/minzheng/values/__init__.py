"""Small, pure values every layer shares: money, months, identity numbers, divisions, errors.

No framework, network, clock or chance: a day or a moment always comes in as an argument.
"""
