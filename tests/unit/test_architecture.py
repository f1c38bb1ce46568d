"""Rules of the code that no linter checks."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

from pathlib import Path
from typing import Protocol

import pytest

import aldea_core.ports


ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
MODULES = sorted(SRC.rglob("*.py"))
CORE = [path for path in MODULES if "aldea_core" in path.parts]
PORTS = [
    importlib.import_module(f"aldea_core.ports.{found.name}")
    for found in pkgutil.iter_modules(aldea_core.ports.__path__)
]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


class TestTheCore:
    @pytest.mark.parametrize("path", CORE, ids=name_of)
    def test_core_imports_only_stdlib_and_attrs(self, path):
        """
        And typing_extensions for `override`.
        """
        allowed = {*sys.stdlib_module_names, "attrs", "typing_extensions", "aldea_core"}
        imported = {
            (node.module or "").partition(".")[0]
            if isinstance(node, ast.ImportFrom)
            else node.names[0].name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }

        assert imported <= allowed

    @pytest.mark.parametrize("path", CORE, ids=name_of)
    def test_core_has_no_clock_and_no_event_loop(self, path):
        """
        Time comes from ports, and only ports are awaited.
        """
        text = path.read_text()

        assert not re.search(r"\b(datetime\.now|utcnow|today)\(", text)
        assert not re.search(r"^\s*(import|from) (time|asyncio)\b", text, re.MULTILINE)


class TestPorts:
    @pytest.mark.parametrize("module", PORTS, ids=lambda module: module.__name__)
    def test_ports_are_abstract_protocols(self, module):
        """
        An adapter that lacks a method cannot be made; every port has a docstring.
        """
        ports = [
            value
            for _, value in inspect.getmembers(module, inspect.isclass)
            if value.__module__ == module.__name__ and Protocol in value.__bases__
        ]

        assert ports
        for port in ports:
            methods = [
                value
                for name, value in vars(port).items()
                if not name.startswith("_") and (callable(value) or isinstance(value, property))
            ]
            assert methods
            assert all(getattr(method, "__isabstractmethod__", False) for method in methods)
            assert port.__doc__

    def test_every_port_has_a_memory_adapter(self):
        """
        That is what `aldea up` and the tests run on; but for hosts that callers name, which are
        real servers in tests. `org_leases` is a part of `leases`.
        """
        stems = {module.__name__.rpartition(".")[2] for module in PORTS}
        memory = {path.stem for path in (SRC / "adapters/memory").glob("*.py")}

        assert stems - {"callbacks", "remote_audio", "webhook_sender"} == memory - {
            "__init__",
            "org_leases",
        }

    def test_ports_with_several_adapters_have_a_contract_suite(self):
        """
        Which names the port.
        """
        ports = {
            name
            for module in PORTS
            for name, value in inspect.getmembers(module, inspect.isclass)
            if value.__module__ == module.__name__ and Protocol in value.__bases__
        }
        adapters = [
            base.id
            for path in (SRC / "adapters").rglob("*.py")
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.ClassDef)
            for base in node.bases
            if isinstance(base, ast.Name) and base.id in ports
        ]
        suites = "".join(
            path.read_text()
            for path in (ROOT / "tests/contract").glob("*.py")
            if not path.stem.startswith("test_")
        )

        assert len(set(adapters)) > 50
        assert not [
            port
            for port in set(adapters)
            if adapters.count(port) > 1 and not re.search(rf"\b{port}(Contract)?\b", suites)
        ]


class TestFiles:
    @pytest.mark.parametrize("path", MODULES, ids=name_of)
    def test_files_have_one_job(self, path):
        """
        A bounded length, a name that says what it holds, and a docstring first.
        """
        text = path.read_text()

        assert len(text.splitlines()) <= 310
        assert path.stem not in {"utils", "helpers", "common", "base", "manager", "misc"}
        assert ast.get_docstring(ast.parse(text))

    @pytest.mark.parametrize("folder", ["domain", "protocol", "use_cases"])
    def test_test_files_mirror_the_core(self, folder):
        """
        No test file tests a module that does not exist.
        """
        modules = {path.stem for path in (SRC / "aldea_core" / folder).glob("*.py")}
        tested = {
            path.stem.removeprefix("test_")
            for path in (ROOT / "tests/unit" / folder).glob("test_*.py")
        }

        assert tested <= modules | {"accounts", "sessions"}

    def test_adapters_are_final(self):
        """
        They mark their port's methods with `override`.
        """
        ports = {
            name
            for module in PORTS
            for name, value in vars(module).items()
            if inspect.isclass(value) and Protocol in value.__bases__
        }
        for path in (SRC / "adapters").rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.ClassDef):
                    continue
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                if bases & ports:
                    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
                    assert "final" in decorators, f"{path}: {node.name}"


class TestTheRepository:
    def test_no_mocks(self):
        """
        Memory adapters are used instead.
        """
        pattern = re.compile(r"^\s*(from|import) unittest", re.MULTILINE)

        assert [
            path for path in tracked() if path.suffix == ".py" and pattern.search(_text(path))
        ] == []

    def test_no_secrets(self):
        """
        Neither keys of ours nor of others.
        """
        pattern = re.compile(
            r"org_[0-9A-Za-z]{39}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|ghp_\w{30,}",
        )

        assert [path for path in tracked() if pattern.search(_text(path))] == []

    def test_no_address_of_a_package_index(self):
        """
        The machine's configuration decides where packages come from.
        """
        pattern = re.compile(
            r"index-url|pypi\.org|files\.pythonhosted|registry\.npmjs", re.IGNORECASE
        )
        here = Path(__file__)

        assert [path for path in tracked() if path != here and pattern.search(_text(path))] == []


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (UnicodeDecodeError, FileNotFoundError):
        return ""


def test_constants_named_alike_have_one_unit():
    """
    None is a number in one module and a duration in another.
    """
    numbers, durations = set(), set()
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name, value = node.targets[0].id, ast.unparse(node.value)
                if value.startswith("timedelta("):
                    durations.add(name)
                elif re.fullmatch(r"[\d.]+([ */+-]+[\d.]+)*", value):
                    numbers.add(name)

    assert numbers and durations
    assert not numbers & durations


def test_migrations_import_nothing_that_may_change():
    """
    What a migration did stays what it does: it calls libraries, and modules beside it that are history.
    """
    migrations = ROOT / "src/adapters/postgres/migrations"
    ours = "adapters.postgres.migrations"
    files = [file for file in migrations.rglob("*.py") if file.name != "env.py"]
    imported = {
        (name_of(file), name)
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    libraries = {*sys.stdlib_module_names, "alembic", "attrs", "sqlalchemy"}

    assert len(files) > 20
    assert not [
        (file, name)
        for file, name in imported
        if name.partition(".")[0] not in libraries
        and name != ours
        and not name.startswith(f"{ours}.")
    ]


def test_migrations_are_one_chain():
    """
    Each revision once, named like its file, after the one before.
    """
    versions = ROOT / "src/adapters/postgres/migrations/versions"
    files = sorted(versions.glob("r*.py"))
    texts = [file.read_text() for file in files]
    revisions = [re.search(r'^revision = "(\w+)"', text, re.MULTILINE)[1] for text in texts]
    before = [re.search(r"^down_revision = (.+)", text, re.MULTILINE)[1] for text in texts]

    assert revisions == [file.name[1:5] for file in files]
    assert before == ["None", *(f'"{revision}"' for revision in revisions[:-1])]
