"""Machine code of a kernel: optimised by LLVM, kept on disk under the hash of its text, called without the lock.

LLVM comes as a library (llvmlite); no compiler is needed where the platform runs.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np

from .machine import OVERFLOW, Array, Module, Signature

VERSION = 2
"""Raised when the same text is to become other machine code."""
_lock = Lock()
_loaded: dict[str, Library] = {}


class Library:
    """Machine code in memory; `fast` and `full` are its two drivers."""

    def __init__(self, code: bytes, arity: dict[str, str]) -> None:
        machine = _target()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._call = {
            name: ctypes.CFUNCTYPE(None, ctypes.c_void_p, *(_C[k] for k in kinds))(
                self._engine.get_function_address(name)
            )
            for name, kinds in arity.items()
        }

    def run(self, driver: str, *arguments: Any) -> None:
        """Call a driver with numbers, arrays and lists of arrays. Raises OverflowError or ZeroDivisionError."""
        error = np.zeros(1, np.uint8)
        kept: list[Any] = []
        given = [_argument(a, kept) for a in arguments]
        self._call[driver](error.ctypes.data, *given)
        if error[0] == OVERFLOW:
            raise OverflowError("kernel integer overflow")
        if error[0]:
            raise ZeroDivisionError("kernel division by a number that is not above 0")


_C = {"n": ctypes.c_int64, "a": ctypes.c_void_p}


def _argument(value: Any, kept: list[Any]) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, np.ndarray):
        return value.ctypes.data
    table = np.array([a.ctypes.data for a in value] or [0], np.uintp)
    kept.append(table)
    return int(table.ctypes.data)


@cache
def _prepare() -> None:
    """Set LLVM up, once a process.

    A kernel is one long run of conditional moves. LLVM's guess that branches would predict better, and its
    reordering before registers are given out (which keeps too much alive), cost a quarter of the time together.
    """
    llvm.initialize_native_target()
    llvm.set_option("kernel", "-enable-misched=false")
    if llvm.get_process_triple().startswith("x86_64"):
        llvm.set_option("kernel", "-x86-cmov-converter=false")


def _target() -> llvm.TargetMachine:
    _prepare()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, jit=True
    )


def signature(driver: str, types: dict[str, tuple[str, ...]]) -> Signature:
    """Parameters of a driver; `types` are the element types of the tables U, T and O."""
    whole = Array(("i64",), table=False)
    tables: Signature = {name: Array(types[name], table=True) for name in ("U", "T")}
    out = Array(types["O"], table=True)
    if driver == "fast":
        return {"start": None, "end": None, "off": whole, **tables, "P": whole, "O": out, "S": whole,
                "flags": Array(("i8",), table=False)}  # fmt: skip
    return {"start": None, "end": None, "off": whole, "todo": whole, "qoff": whole, **tables, "P": whole,
            "O": out, "S": whole}  # fmt: skip


def element(array_type: np.dtype[Any]) -> str:
    return f"i{array_type.itemsize * 8}"


def load(text: str, drivers: dict[str, Signature], folder: Path) -> Library:
    """The machine code of a text, from memory, from the folder, or made now."""
    name = _name(text, drivers)
    with _lock:
        found = _loaded.get(name)
        if found is None:
            arity = {d: "".join("n" if a is None else "a" for a in s.values()) for d, s in drivers.items()}
            found = _loaded[name] = Library(_code(text, drivers, folder / f"{name}.o"), arity)
        return found


def _name(text: str, drivers: dict[str, Signature]) -> str:
    facts = (VERSION, llvmlite.__version__, llvm.llvm_version_info, llvm.get_host_cpu_name(),
             llvm.get_host_cpu_features().flatten(), repr(drivers), text)  # fmt: skip
    return f"kernel_{hashlib.sha256(repr(facts).encode()).hexdigest()[:20]}"


def _code(text: str, drivers: dict[str, Signature], path: Path) -> bytes:
    if path.exists():
        return path.read_bytes()
    code = translate(text, drivers)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(code)
    part.replace(path)
    return code


def translate(text: str, drivers: dict[str, Signature]) -> bytes:
    """Optimised machine code as an object file."""
    machine = _target()
    module = llvm.parse_assembly(Module(text, drivers).ir())
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    llvm.create_pass_builder(machine, options).getModulePassManager().run(
        module, llvm.create_pass_builder(machine, options)
    )
    code: bytes = machine.emit_object(module)
    return code
