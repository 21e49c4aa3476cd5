"""From LLVM text to functions of this processor, and back from a cache of object code."""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from sim.cache import cached

ADDRESSES: Mapping[str, str] = {"reloc": "static", "codemodel": "large"}
"""Addresses are whole.  Code and constants lie in blocks of their own, which a process with many libraries loaded may get more
than two gigabytes apart; with distances of 32 bits LLVM would then end the process."""


@dataclass(frozen=True)
class Compiled:
    """Functions in memory; each keeps ``engine``, which holds them there."""

    engine: Any

    def function(self, name: str, arguments: Sequence[type]) -> Any:
        """Return a function by name; calling it lets other threads of Python run."""
        found = ctypes.CFUNCTYPE(None, *arguments)(self.engine.get_function_address(name))
        found.owner = self.engine  # its memory goes when nobody holds it
        return found


def compile_text(text: str) -> bytes:
    """Return the object code of LLVM text for this processor.

    The processor's own instructions are used where it has them; they change how fast a result comes, never a bit of it.
    """
    module = llvm.parse_assembly(text)
    module.verify()
    machine = _machine()
    return machine.emit_object(module)


def load(code: bytes) -> Compiled:
    """Return the functions of object code."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Compiled(engine)


def built(text: str) -> Compiled:
    """Return the functions of LLVM text, their object code from the cache where it was compiled before."""
    return load(cached("object-code", processor() + "\n" + text, lambda: compile_text(text)))


def processor() -> str:
    """Return what object code depends on: compiler, kind of machine, processor and its instructions."""
    version = ".".join(map(str, llvm.llvm_version_info))
    return "|".join((version, llvm.get_default_triple(), llvm.get_host_cpu_name(), _features(), *ADDRESSES.values()))


def splits_vectors() -> bool:
    """Return whether this processor takes vectors of four doubles in halves, if at all: longer ones then only wait longer."""
    halving = ("znver1", "bdver", "btver")
    return not llvm.get_host_cpu_features().get("avx2", False) or llvm.get_host_cpu_name().startswith(halving)


@cache
def _ready() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _features() -> str:
    return llvm.get_host_cpu_features().flatten()


def _machine() -> Any:
    _ready()
    target = llvm.Target.from_triple(llvm.get_default_triple())
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=_features(), opt=2, **ADDRESSES, jit=True)
