"""The `minzheng` command."""


def main() -> int:
    return 0
