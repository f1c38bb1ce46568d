"""What docstrings promise exists."""

import ast
import builtins
import importlib
import re

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest


SRC = Path(__file__).parents[2] / "src"
TREES = {
    ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
        path.read_text()
    )
    for path in sorted(SRC.rglob("*.py"))
}
BUILTIN = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}
# A line of the section: names at its indentation, and what follows.
_RAISES = re.compile(r"^Raises:\n((?:    .*\n?|\n)+)", re.MULTILINE)
_NAMES = re.compile(r"^    (\w[\w., ]*?):(?: |$)", re.MULTILINE)


def promised(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Of each definition its name, and the exceptions that its docstring has."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for section in _RAISES.findall(ast.get_docstring(node) or ""):
                for names in _NAMES.findall(section):
                    for name in re.split(r", (?:or )?| or ", names):
                        yield node.name, name


@cache
def imports(module: str) -> frozenset[str]:
    """The modules of ours that *module* imports, at its head or later."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return frozenset(found & TREES.keys())


@cache
def exceptions(module: str) -> frozenset[str]:
    """
    The exceptions that *module* defines, and those of libraries that its code names, which are all
    names in it that are no class of ours.
    """
    classes = [node for node in TREES[module].body if isinstance(node, ast.ClassDef)]
    named = {
        node.attr if isinstance(node, ast.Attribute) else node.name
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Attribute | ast.alias)
    }
    return frozenset(named - OURS.keys() | {node.name for node in classes if raisable(node)})


OURS = {
    node.name: node
    for tree in TREES.values()
    for node in tree.body
    if isinstance(node, ast.ClassDef)
}


def raisable(node: ast.ClassDef) -> bool:
    """Whether a base of it is an exception: a built-in one, one of ours, or one of a library."""
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    return any(
        base in BUILTIN
        or re.search(r"(Error|Exception|Exit|Abort)$", base)
        or (base in OURS and base != node.name and raisable(OURS[base]))
        for base in bases
    )


@cache
def exceptions_of_core() -> frozenset[str]:
    return frozenset().union(*(exceptions(name) for name in TREES if name.startswith("aldea_core")))


def is_of_library(name: str, tree: ast.Module) -> bool:
    """Whether *name* is an attribute, as `web.HTTPNotFound` is, of what the module imports."""
    home, _, attribute = name.rpartition(".")
    return any(
        hasattr(getattr(__import__(node.module, fromlist=[home]), home), attribute)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module
        and home in {each.name for each in node.names}
    ) or any(
        hasattr(importlib.import_module(home), attribute)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and home in {each.name for each in node.names}
    )


def reachable(module: str) -> set[str]:
    """*module*, and what it imports, and what that imports."""
    seen, left = {module}, [module]
    while left:
        new = imports(left.pop()) - seen
        seen |= new
        left += new
    return seen


@pytest.mark.parametrize("module", [name for name in TREES if any(promised(TREES[name]))])
def test_exceptions_that_docstrings_promise_exist(module):
    """
    In the core, or in a module that this one gets them from: a name of another part of the program
    does not count.
    """
    assert not [
        (where, name)
        for where, name in promised(TREES[module])
        if not (name in BUILTIN | exceptions_of_core() or is_of_library(name, TREES[module]))
        and not any(name in exceptions(each) for each in reachable(module))
    ]
