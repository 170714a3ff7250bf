"""An argument parser whose headings and complaints are Chinese."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

_COMPLAINTS = (
    ("the following arguments are required: ", "缺少参数："),
    ("unrecognized arguments: ", "无法识别的参数："),
    ("expected one argument", "需要一个值"),
    ("expected at least one argument", "至少需要一个值"),
    ("not allowed with argument", "不能同时使用"),
    ("invalid choice: ", "不可选的值："),
    ("choose from", "可选"),
    ("invalid int value: ", "不是整数："),
    ("invalid float value: ", "不是数字："),
    ("argument ", "参数 "),
)


class ChineseParser(argparse.ArgumentParser):
    """`argparse.ArgumentParser` as an officer reads it."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*arguments, **{**settings, "add_help": False})
        self._positionals.title = "参数"
        self._optionals.title = "选项"
        self.add_argument("-h", "--help", action="help", help="显示本说明")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", "用法：", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "用法：", 1)

    def error(self, message: str) -> NoReturn:
        for english, chinese in _COMPLAINTS:
            message = message.replace(english, chinese)
        self.exit(2, f"{self.format_usage()}{message}\n")
