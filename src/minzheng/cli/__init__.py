"""The `minzheng` command: finds the subcommands, starts what they need, turns errors into Chinese and exit codes.

A subcommand is a module here with `add(subparsers)`: it adds its parser and sets the defaults `run` (a function
of the parsed arguments that returns an exit code), `database` (True when it needs one; then the embedded server is
up and Django ready before `run` is called) and `role` ("owner" for what changes the schema or loads in bulk).
The modules import Django inside `run` only, so that `--help` stays quick.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

from minzheng.base.logs import tell_places_only
from minzheng.cli.parser import ChineseParser
from minzheng.values.errors import MinzhengError, Refusal, SourceTrouble

EXIT_REFUSED = 1
EXIT_SOURCE = 3
EXIT_DEFECT = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand. 0 done, 1 refused, 2 wrongly called, 3 a source failed, 4 our own defect.

    Without `arguments` it is the whole process, whose errors are then told by type and place.
    """
    if arguments is None:
        tell_places_only()
    parsed = build_parser().parse_args(arguments)
    try:
        return _run(parsed)
    except KeyboardInterrupt:
        sys.stderr.write("\n已中断。\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except MinzhengError as error:
        sys.stderr.write(f"{error}\n")
        return _exit_code(error)


def build_parser() -> ChineseParser:
    parser = ChineseParser(prog="minzheng", description="民政业务平台命令行。各命令加 -h 查看用法。")
    parser.set_defaults(database=False, role="app")
    subparsers = parser.add_subparsers(
        title="命令", metavar="命令", required=True, dest="command", parser_class=ChineseParser
    )
    for module in command_modules():
        module.add(subparsers)
    return parser


def command_modules() -> list[ModuleType]:
    """Every module here that adds a command, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [module for module in modules if hasattr(module, "add")]


def _run(parsed: argparse.Namespace) -> int:
    if not parsed.database:
        return int(parsed.run(parsed) or 0)
    from minzheng.database import serving

    os.environ["MINZHENG_DATABASE_ROLE"] = parsed.role
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    with serving():
        if parsed.command != "restore":
            _refuse_unfinished_restore()
        import django

        django.setup()
        return int(parsed.run(parsed) or 0)


def _refuse_unfinished_restore() -> None:
    """Nothing works on what a restore has not proved to be the copy."""
    from minzheng.database import Role, address, copies

    if copies.is_unfinished(address(Role.APP)):
        raise Refusal(
            "restore.unfinished",
            "这里的数据库正在恢复，或恢复没有完成，不能使用。",
            next_step="请等恢复结束；若已中断，请重新执行同一条 minzheng restore。",
        )


def _exit_code(error: MinzhengError) -> int:
    if isinstance(error, Refusal):
        return EXIT_REFUSED
    return EXIT_SOURCE if isinstance(error, SourceTrouble) else EXIT_DEFECT
