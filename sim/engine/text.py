"""Writing LLVM text: lines of one function, for vectors of a given width.

No flag that lets the compiler reorder, contract or assume anything about numbers is ever written: what stands here is what
is computed, to the bit.
"""

import math
import struct
from collections.abc import Sequence

INTRINSICS = {"fma": 3, "fabs": 1, "sqrt": 1, "trunc": 1}
"""LLVM's own functions that are used, and their number of arguments: all of them correctly rounded or exact."""


def double(value: float) -> str:
    """Return a number as LLVM writes it: its sixteen hexadecimal digits, or a decimal that is exact."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15 and math.copysign(1.0, value) > 0:
        return f"{value:.1f}"
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def vector(width: int, of: str = "double") -> str:
    """Return the type of ``width`` numbers, a plain number for 1."""
    return of if width == 1 else f"<{width} x {of}>"


def declarations(width: int) -> str:
    """Return the declarations of the functions of LLVM that :class:`Lines` calls."""
    kind = vector(width)
    lines = [f"declare {kind} @llvm.{name}.{_suffix(width)}({', '.join([kind] * count)})" for name, count in INTRINSICS.items()]
    if width > 1:
        lines.append(f"declare i1 @llvm.vector.reduce.and.v{width}i1({vector(width, 'i1')})")
    return "\n".join(lines)


def _suffix(width: int) -> str:
    return "f64" if width == 1 else f"v{width}f64"


class Lines:
    """The lines of one function; each method adds one and returns the name of its result.

    Attributes:
        width: numbers in a vector.
        written: the lines.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.kind = vector(width)
        self.written: list[str] = []
        self._count = 0

    def add(self, text: str) -> str:
        """Add ``name = text`` and return the name."""
        self._count += 1
        name = f"%v{self._count}"
        self.written.append(f"  {name} = {text}")
        return name

    def say(self, text: str) -> None:
        """Add a line that has no result."""
        self.written.append(f"  {text}")

    def constant(self, value: float) -> str:
        """Return a number, the same in every lane."""
        return double(value) if self.width == 1 else f"splat (double {double(value)})"

    def whole_constant(self, value: int) -> str:
        """Return a whole number of 64 bits, the same in every lane."""
        signed = value - (1 << 64) if value >= 1 << 63 else value
        return str(signed) if self.width == 1 else f"splat (i64 {signed})"

    def arithmetic(self, operation: str, left: str, right: str) -> str:
        """Add ``fadd``, ``fsub``, ``fmul``, ``fdiv`` or ``frem``."""
        return self.add(f"{operation} {self.kind} {left}, {right}")

    def negative(self, value: str) -> str:
        """Add a change of sign."""
        return self.add(f"fneg {self.kind} {value}")

    def fused(self, left: str, right: str, added: str) -> str:
        """Add ``left * right + added``, rounded once."""
        return self.call("fma", left, right, added)

    def call(self, name: str, *arguments: str) -> str:
        """Add a call of one of LLVM's own functions."""
        given = ", ".join(f"{self.kind} {argument}" for argument in arguments)
        return self.add(f"call {self.kind} @llvm.{name}.{_suffix(self.width)}({given})")

    def own(self, name: str, *arguments: str) -> str:
        """Add a call of one of our functions."""
        given = ", ".join(f"{self.kind} {argument}" for argument in arguments)
        return self.add(f"call {self.kind} @{name}.{self.width}({given})")

    def compare(self, condition: str, left: str, right: str) -> str:
        """Add a comparison; ``condition`` is LLVM's, such as ``olt``."""
        return self.add(f"fcmp {condition} {self.kind} {left}, {right}")

    def select(self, condition: str, chosen: str, otherwise: str) -> str:
        """Add a choice in every lane."""
        return self.add(f"select {vector(self.width, 'i1')} {condition}, {self.kind} {chosen}, {self.kind} {otherwise}")

    def both(self, left: str, right: str) -> str:
        """Add ``left and right`` of two conditions."""
        return self.add(f"and {vector(self.width, 'i1')} {left}, {right}")

    def either(self, left: str, right: str) -> str:
        """Add ``left or right`` of two conditions."""
        return self.add(f"or {vector(self.width, 'i1')} {left}, {right}")

    def opposite(self, condition: str) -> str:
        """Add ``not`` of a condition."""
        return self.add(f"xor {vector(self.width, 'i1')} {condition}, {self.truth(True)}")

    def everywhere(self, condition: str) -> str:
        """Add whether a condition holds in every lane, as one truth."""
        if self.width == 1:
            return condition
        return self.add(f"call i1 @llvm.vector.reduce.and.v{self.width}i1({vector(self.width, 'i1')} {condition})")

    def branch(self, condition: str, name: str) -> None:
        """Go to the block ``name`` unless ``condition``, one truth, holds; a block of its own follows."""
        self._count += 1
        self.say(f"br i1 {condition}, label %b{self._count}, label %{name}")
        self.written.append(f"b{self._count}:")

    def block(self, name: str, result: str) -> None:
        """Return ``result`` here, and begin the block ``name``."""
        self.say(f"ret {self.kind} {result}")
        self.written.append(f"{name}:")

    def bits(self, value: str) -> str:
        """Add the bits of a number as a whole number."""
        return self.add(f"bitcast {self.kind} {value} to {vector(self.width, 'i64')}")

    def number(self, bits: str) -> str:
        """Add the number that bits are."""
        return self.add(f"bitcast {vector(self.width, 'i64')} {bits} to {self.kind}")

    def whole(self, operation: str, left: str, right: str) -> str:
        """Add an operation on whole numbers."""
        return self.add(f"{operation} {vector(self.width, 'i64')} {left}, {right}")

    def negative_bit(self, value: str) -> str:
        """Add whether the sign bit of a number is set, as it is in -0.0."""
        return self.add(f"icmp slt {vector(self.width, 'i64')} {self.bits(value)}, {self.whole_constant(0)}")

    def spread(self, value: str) -> str:
        """Add a plain double to every lane."""
        if self.width == 1:
            return value
        first = self.add(f"insertelement {self.kind} poison, double {value}, i64 0")
        zeros = f"<{self.width} x i32> zeroinitializer"
        return self.add(f"shufflevector {self.kind} {first}, {self.kind} poison, {zeros}")

    def load(self, pointer: str, row: int, *, lanes: bool) -> str:
        """Add a load of row ``row``: of one number per lane, or of one for all of them."""
        if lanes:
            return self.add(f"load {self.kind}, ptr {self.at(pointer, row * self.width)}, align 8")
        return self.spread(self.add(f"load double, ptr {self.at(pointer, row)}, align 8"))

    def store(self, value: str, pointer: str, row: int) -> None:
        """Add a store of one number per lane to row ``row``."""
        self.say(f"store {self.kind} {value}, ptr {self.at(pointer, row * self.width)}, align 8")

    def at(self, pointer: str, count: int) -> str:
        """Return a pointer ``count`` doubles further."""
        return self.add(f"getelementptr inbounds double, ptr {pointer}, i64 {count}") if count else pointer

    def truth(self, value: bool) -> str:
        """Return a condition that always holds, or never."""
        word = "true" if value else "false"
        return word if self.width == 1 else f"splat (i1 {word})"

    def read_table(self, argument: str, pointer: str, points: int) -> str:
        """Add the reading of a table by search, lane by lane."""
        if self.width == 1:
            return self.add(f"call double @search(double {argument}, ptr {pointer}, i64 {points})")
        found = "poison"
        for lane in range(self.width):
            at = self.add(f"extractelement {self.kind} {argument}, i64 {lane}")
            value = self.add(f"call double @search(double {at}, ptr {pointer}, i64 {points})")
            found = self.add(f"insertelement {self.kind} {found}, double {value}, i64 {lane}")
        return found

    def function(self, name: str, arguments: Sequence[str], result: str) -> str:
        """Return the text of a function of vectors, never inlined: inlining costs a quarter of a kernel's speed."""
        given = ", ".join(f"{self.kind} {argument}" for argument in arguments)
        head = f"define internal {self.kind} @{name}.{self.width}({given}) noinline nounwind {{"
        return "\n".join([head, *self.written, f"  ret {self.kind} {result}", "}"])
