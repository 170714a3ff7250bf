"""From the generated text of a kernel to LLVM's language.

The text is a small part of Python: whole numbers, names assigned in straight lines, conditional expressions,
calls of its own functions, loops over households and people, arrays. Every number is a 64-bit integer. Here is
that part and nothing else; anything beyond it is a Defect of the generator and raises at once.

What plain Python says with an exception (a product that does not fit, a division by something not above 0) is kept
in the byte `err` points to: the run goes on with 1 and its caller raises.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OVERFLOW, NOT_POSITIVE = 1, 2
"""What the error byte can hold; the first trouble stays."""

COMPARED = {ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge", ast.Eq: "eq", ast.NotEq: "ne"}
PLAIN = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.LShift: "shl", ast.RShift: "ashr",
}  # fmt: skip
CHECKED = {"cmul": "smul", "cadd": "sadd"}
"""Functions of `support` that the machine does itself, with its overflow flag."""
SMALL, LARGE = 100, 1000
"""A function of fewer lines is always copied into its caller, one of more lines never."""


class Untranslatable(Exception):
    """The generator wrote something this translator does not know."""


@dataclass(frozen=True)
class Array:
    """A parameter of a driver: one array, or a table of arrays with these element types (i8 ... i64)."""

    types: tuple[str, ...]
    table: bool


Signature = Mapping[str, Array | None]
"""Parameters of a driver in order; None is a whole number."""


class Module:
    """All functions of one generated text."""

    def __init__(self, text: str, drivers: Mapping[str, Signature]) -> None:
        self.functions: dict[str, ast.FunctionDef] = {}
        self.constants: dict[str, int] = {}
        self.drivers = drivers
        self.specialised: dict[str, tuple[str, dict[str, tuple[int, ...]]]] = {}
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.constants[node.targets[0].id] = ast.literal_eval(node.value)

    def ir(self) -> str:
        """The module as LLVM text."""
        parts = [_HEAD]
        done: set[str] = set()
        for name, signature in self.drivers.items():
            parts.append(_Function(self, name, self.functions[name], {}, signature).text())
        waiting = self._called()
        while waiting - done:
            for name in sorted(waiting - done):
                done.add(name)
                base, fixed = self.specialised.get(name, (name, {}))
                parts.append(_Function(self, name, self.functions[base], fixed, None).text())
            waiting = self._called()
        return "\n".join(parts)

    def _called(self) -> set[str]:
        """Functions of the text that are compiled, and copies made for a constant tuple."""
        unspecialised = {n for n in self.functions if n not in self.drivers and n not in CHECKED}
        taking_tuples = {base for base, _ in self.specialised.values()}
        return (unspecialised - taking_tuples - _TUPLE_ONLY) | set(self.specialised)

    def specialise(self, name: str, fixed: dict[str, tuple[int, ...]]) -> str:
        """The name of `name` with some parameters fixed to constant tuples."""
        wanted = (name, fixed)
        for found, known in self.specialised.items():
            if known == wanted:
                return found
        made = f"{name}.{len(self.specialised)}"
        self.specialised[made] = wanted
        return made

    def width(self, name: str) -> int:
        """How many numbers a function returns."""
        base = self.specialised.get(name, (name, {}))[0]
        for node in ast.walk(self.functions[base]):
            if isinstance(node, ast.Return):
                return len(node.value.elts) if isinstance(node.value, ast.Tuple) else 1
        raise Untranslatable(f"{name} returns nothing")


_TUPLE_ONLY = {"smallest_divisor", "largest_divisor"}
_HEAD = """
declare {i64, i1} @llvm.smul.with.overflow.i64(i64, i64)
declare {i64, i1} @llvm.sadd.with.overflow.i64(i64, i64)

define internal void @trouble(ptr %err, i8 %what) noinline cold nounwind {
  %old = load i8, ptr %err
  %first = icmp eq i8 %old, 0
  %new = select i1 %first, i8 %what, i8 %old
  store i8 %new, ptr %err
  ret void
}
"""


def aggregate(width: int) -> str:
    return "i64" if width == 1 else "{" + ", ".join(["i64"] * width) + "}"


class _Function:
    """One function. Names live in stack slots; LLVM turns them into registers."""

    def __init__(
        self,
        module: Module,
        name: str,
        node: ast.FunctionDef,
        fixed: dict[str, tuple[int, ...]],
        signature: Signature | None,
    ) -> None:
        self.module, self.name, self.node, self.fixed = module, name, node, dict(fixed)
        self.signature = signature
        self.slots: dict[str, str] = {}
        self.pointers: dict[tuple[str, int], str] = {}
        self.entry: list[str] = []
        self.lines: list[str] = []
        self.loops: list[tuple[str, str]] = []
        self.unrolled: dict[str, int] = {}
        self._count = 0

    # -- text -----------------------------------------------------------------------------------------------
    def text(self) -> str:
        names = [a.arg for a in self.node.args.args if a.arg not in self.fixed]
        self.params = names
        for name in names:
            if self._array(name) is None:
                self.entry.append(f"store i64 %in.{name}, ptr {self.slot(name)}")
        self.block(self.node.body)
        head = ["ptr noalias %err"]
        head += [f"{'i64' if self._array(n) is None else 'ptr noalias'} %in.{n}" for n in names]
        if self.signature is not None:
            return self._define("void", "dso_local", head, "ret void")
        width = self.module.width(self.name)
        size = len(self.lines)
        kind = "alwaysinline" if size <= SMALL else "noinline" if size > LARGE else ""
        return self._define(
            aggregate(width), "internal", head, f"ret {aggregate(width)} zeroinitializer", kind
        )

    def _define(self, result: str, linkage: str, head: list[str], last: str, kind: str = "") -> str:
        if result == "i64":
            last = "ret i64 0"
        # A name that no branch has set yet is 0, never what lay in memory.
        slots = [f"{slot} = alloca i64" for slot in self.slots.values()]
        slots += [f"store i64 0, ptr {slot}" for slot in self.slots.values()]
        body = [f"  {line}" for line in (*slots, *self.entry)]
        body += [line if line.endswith(":") else f"  {line}" for line in self.lines]
        start = f"define {linkage} {result} @{self.name}({', '.join(head)}) {kind} nounwind {{"
        return "\n".join([start, *body, f"  {last}", "}", ""])

    def put(self, text: str) -> None:
        self.lines.append(text)

    def new(self, text: str) -> str:
        self._count += 1
        self.put(f"%t{self._count} = {text}")
        return f"%t{self._count}"

    def label(self, what: str) -> str:
        self._count += 1
        return f"{what}{self._count}"

    def start(self, label: str) -> None:
        self.put(f"{label}:")

    def jump(self, label: str) -> None:
        self.put(f"br label %{label}")

    def slot(self, name: str) -> str:
        return self.slots.setdefault(name, f"%s.{name}")

    def _array(self, name: str) -> Array | None:
        return None if self.signature is None else self.signature.get(name)

    # -- statements -----------------------------------------------------------------------------------------
    def block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[target]):
                self.assign(target, node.value)
            case ast.AugAssign(target=ast.Name() as target):
                value = ast.BinOp(ast.Name(target.id, ast.Load()), node.op, node.value)
                self.assign(target, value)
            case ast.If():
                self.branch(node)
            case ast.For():
                self.loop(node)
            case ast.Return():
                self.give(node)
            case ast.Continue() | ast.Break():
                self.jump(self.loops[-1][0 if isinstance(node, ast.Continue) else 1])
                self.start(self.label("dead"))
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case _:
                self.unknown(node)

    def unknown(self, node: ast.AST) -> None:
        raise Untranslatable(f"{self.name}: {ast.unparse(node)}")

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name():
                self.put(f"store i64 {self.value(value)}, ptr {self.slot(target.id)}")
            case ast.Subscript():
                kind, place = self.place(target)
                found = self.value(value)
                if kind != "i64":
                    found = self.new(f"trunc i64 {found} to {kind}")
                self.put(f"store {kind} {found}, ptr {place}")
            case ast.Tuple(elts=names) if isinstance(value, ast.Call):
                result, width = self.call(value)
                if width != len(names):
                    self.unknown(value)
                for k, name in enumerate(names):
                    assert isinstance(name, ast.Name)
                    part = self.new(f"extractvalue {aggregate(width)} {result}, {k}")
                    self.put(f"store i64 {part}, ptr {self.slot(name.id)}")
            case _:
                self.unknown(target)

    def branch(self, node: ast.If) -> None:
        yes, no, end = self.label("then"), self.label("else"), self.label("end")
        self.put(f"br i1 {self.truth(node.test)}, label %{yes}, label %{no}")
        for label, body in ((yes, node.body), (no, node.orelse)):
            self.start(label)
            self.block(body)
            self.jump(end)
        self.start(end)

    def loop(self, node: ast.For) -> None:
        assert isinstance(node.target, ast.Name)
        if isinstance(node.iter, ast.Name) and node.iter.id in self.fixed:
            for number in self.fixed[node.iter.id]:
                self.put(f"store i64 {number}, ptr {self.slot(node.target.id)}")
                self.block(node.body)
            return
        if not (isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func) == "range"):
            self.unknown(node.iter)
        assert isinstance(node.iter, ast.Call)
        first, end = (self.value(a) for a in node.iter.args)
        at = self.slot(node.target.id)
        head, body, step, after = (self.label(w) for w in ("head", "body", "step", "after"))
        self.put(f"store i64 {first}, ptr {at}")
        self.jump(head)
        self.start(head)
        now = self.new(f"load i64, ptr {at}")
        inside = self.new(f"icmp slt i64 {now}, {end}")
        self.put(f"br i1 {inside}, label %{body}, label %{after}")
        self.start(body)
        self.loops.append((step, after))
        self.block(node.body)
        self.loops.pop()
        self.jump(step)
        self.start(step)
        following = self.new(f"add i64 {self.new(f'load i64, ptr {at}')}, 1")
        self.put(f"store i64 {following}, ptr {at}")
        self.jump(head)
        self.start(after)

    def give(self, node: ast.Return) -> None:
        if isinstance(node.value, ast.Tuple):
            kind = aggregate(len(node.value.elts))
            found = "undef"
            for k, each in enumerate(node.value.elts):
                found = self.new(f"insertvalue {kind} {found}, i64 {self.value(each)}, {k}")
            self.put(f"ret {kind} {found}")
        else:
            assert node.value is not None
            self.put(f"ret i64 {self.value(node.value)}")
        self.start(self.label("dead"))

    # -- expressions ----------------------------------------------------------------------------------------
    def value(self, node: ast.expr) -> str:
        """The operand of a 64-bit number."""
        match node:
            case ast.Constant(value=int(number)):
                return str(int(number))
            case ast.Name():
                return self.name_value(node.id)
            case ast.BinOp():
                return self.operation(node)
            case ast.UnaryOp(op=ast.USub()):
                return self.new(f"sub i64 0, {self.value(node.operand)}")
            case ast.UnaryOp(op=ast.Invert()):
                return self.new(f"xor i64 {self.value(node.operand)}, -1")
            case ast.IfExp():
                return self.choice(node)
            case ast.Call():
                result, width = self.call(node)
                if width == 1:
                    return result
            case ast.Subscript():
                kind, place = self.place(node)
                found = self.new(f"load {kind}, ptr {place}")
                return found if kind == "i64" else self.new(f"sext {kind} {found} to i64")
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                return self.new(f"zext i1 {self.truth(node)} to i64")
        raise Untranslatable(f"{self.name}: {ast.unparse(node)}")

    def name_value(self, name: str) -> str:
        if name in self.module.constants:
            return str(self.module.constants[name])
        if name not in self.slots:
            raise Untranslatable(f"{self.name}: {name} is read before it is set")
        return self.new(f"load i64, ptr {self.slot(name)}")

    def truth(self, node: ast.expr) -> str:
        """The operand of a condition."""
        match node:
            case ast.Compare():
                sides = [self.value(s) for s in (node.left, *node.comparators)]
                found = ""
                for op, a, b in zip(node.ops, sides, sides[1:], strict=False):
                    one = self.new(f"icmp {COMPARED[type(op)]} i64 {a}, {b}")
                    found = one if not found else self.new(f"and i1 {found}, {one}")
                return found
            case ast.BoolOp():
                if not all(_harmless(v) for v in node.values[1:]):
                    raise Untranslatable(f"{self.name}: {ast.unparse(node)} may not be tried")
                word = "and" if isinstance(node.op, ast.And) else "or"
                parts = [self.truth(v) for v in node.values]
                found = parts[0]
                for part in parts[1:]:
                    found = self.new(f"{word} i1 {found}, {part}")
                return found
            case ast.UnaryOp(op=ast.Not()):
                return self.new(f"xor i1 {self.truth(node.operand)}, true")
        return self.new(f"icmp ne i64 {self.value(node)}, 0")

    def operation(self, node: ast.BinOp) -> str:
        a, b = self.value(node.left), self.value(node.right)
        word = PLAIN.get(type(node.op))
        if word is not None:
            return self.new(f"{word} i64 {a}, {b}")
        if not isinstance(node.op, ast.FloorDiv | ast.Mod):
            self.unknown(node)
        if not b.isdigit():
            b = self.checked(f"icmp slt i64 {b}, 1", b, NOT_POSITIVE)
        rest = self.new(f"srem i64 {a}, {b}")
        under = self.new(f"icmp slt i64 {rest}, 0")
        if isinstance(node.op, ast.Mod):
            return self.new(f"select i1 {under}, i64 {self.new(f'add i64 {rest}, {b}')}, i64 {rest}")
        whole = self.new(f"sdiv i64 {a}, {b}")
        return self.new(f"select i1 {under}, i64 {self.new(f'sub i64 {whole}, 1')}, i64 {whole}")

    def checked(self, wrong: str, value: str, what: int) -> str:
        """`value`, or 1 and a mark where the condition `wrong` holds."""
        test = self.new(wrong)
        bad, good = self.label("bad"), self.label("good")
        kept = self.new(f"select i1 {test}, i64 1, i64 {value}")
        self.put(f"br i1 {test}, label %{bad}, label %{good}")
        self.start(bad)
        self.put(f"call void @trouble(ptr %err, i8 {what})")
        self.jump(good)
        self.start(good)
        return kept

    def choice(self, node: ast.IfExp) -> str:
        test = self.truth(node.test)
        if _harmless(node.body) and _harmless(node.orelse):
            return self.new(f"select i1 {test}, i64 {self.value(node.body)}, i64 {self.value(node.orelse)}")
        yes, no, end = self.label("then"), self.label("else"), self.label("end")
        kept = self.slot(self.label("kept"))
        self.put(f"br i1 {test}, label %{yes}, label %{no}")
        for label, side in ((yes, node.body), (no, node.orelse)):
            self.start(label)
            self.put(f"store i64 {self.value(side)}, ptr {kept}")
            self.jump(end)
        self.start(end)
        return self.new(f"load i64, ptr {kept}")

    def call(self, node: ast.Call) -> tuple[str, int]:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in CHECKED:
            a, b = (self.value(x) for x in node.args)
            pair = self.new(f"call {{i64, i1}} @llvm.{CHECKED[name]}.with.overflow.i64(i64 {a}, i64 {b})")
            value = self.new(f"extractvalue {{i64, i1}} {pair}, 0")
            over = self.new(f"extractvalue {{i64, i1}} {pair}, 1")
            lowest = self.new(f"icmp eq i64 {value}, {-(1 << 63)}")
            return self.checked(f"or i1 {over}, {lowest}", value, OVERFLOW), 1
        if name not in self.module.functions:
            self.unknown(node)
        fixed = {
            parameter.arg: tuple(ast.literal_eval(given))
            for parameter, given in zip(self.module.functions[name].args.args, node.args, strict=True)
            if isinstance(given, ast.Tuple)
        }
        if fixed:
            name = self.module.specialise(name, fixed)
        given_values = [f"i64 {self.value(a)}" for a in node.args if not isinstance(a, ast.Tuple)]
        width = self.module.width(name)
        return self.new(f"call {aggregate(width)} @{name}({', '.join(['ptr %err', *given_values])})"), width

    # -- arrays ---------------------------------------------------------------------------------------------
    def place(self, node: ast.Subscript) -> tuple[str, str]:
        """Element type and address of one element."""
        if isinstance(node.value, ast.Name):
            array = self._array(node.value.id)
            if array is None or array.table:
                self.unknown(node)
            assert array is not None
            kind, base = array.types[0], f"%in.{node.value.id}"
        else:
            kind, base = self.entry_of_table(node.value)
        index = self.value(node.slice)
        return kind, self.new(f"getelementptr inbounds {kind}, ptr {base}, i64 {index}")

    def entry_of_table(self, node: ast.expr) -> tuple[str, str]:
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int(number))):
                array = self._array(name)
                if array is not None and array.table:
                    return array.types[number], self.pointer(name, number)
        raise Untranslatable(f"{self.name}: {ast.unparse(node)}")

    def pointer(self, name: str, number: int) -> str:
        """The address of one array of a table, read once where the function begins."""
        found = self.pointers.get((name, number))
        if found is None:
            found = self.pointers[name, number] = f"%{name}.{number}"
            self.entry.append(
                f"%{name}.{number}.at = getelementptr inbounds ptr, ptr %in.{name}, i64 {number}"
            )
            self.entry.append(f"{found} = load ptr, ptr %{name}.{number}.at")
        return found


def _harmless(node: ast.expr) -> bool:
    """Whether an expression may be computed although its value is not wanted."""

    def wary(inner: ast.AST) -> bool:
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.FloorDiv | ast.Mod):
            return not isinstance(inner.right, ast.Constant)
        return isinstance(inner, ast.Call | ast.Subscript)

    return not any(wary(n) for n in ast.walk(node))


__all__ = ["NOT_POSITIVE", "OVERFLOW", "Array", "Module", "Signature", "Untranslatable"]
