"""Compiling the rulebook's kernels into the cache on disk, in a process of its own: `python -m minzheng.assessment.compiling`.

Knows the rules and the rulebook only, so that the process starts quickly and its memory is given back.
"""

from __future__ import annotations

import subprocess
import sys

from minzheng.rulebook import load
from minzheng.rules.kernel.run import compile_book
from minzheng.rules.stages import stage_rules
from minzheng.values.errors import Defect


def compile_all() -> None:
    """Both stages of the rulebook in force, as `computing.make_engines` asks for them."""
    from minzheng.rulebook.programs import TO_THE_YUAN

    book = load()
    compile_book(book, programs=[], values=stage_rules(book))
    compile_book(book, values=[provision.name for provision in TO_THE_YUAN.values()])


def start() -> subprocess.Popen[bytes]:
    """Begin compiling beside what else there is to do."""
    return subprocess.Popen([sys.executable, "-m", "minzheng.assessment.compiling"], stderr=subprocess.PIPE)


def wait(process: subprocess.Popen[bytes]) -> None:
    """Until it is compiled; `Defect` when it was not."""
    _out, said = process.communicate()
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines() or ["没有输出"]
        raise Defect(f"规则没有编译成功：{lines[-1][:300]}", code="sweep.compile")


if __name__ == "__main__":
    compile_all()
