"""The documents agree with the code."""

import re
import signal

from pathlib import Path

import click

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.live.bounds import Bounds
from aldea_core.ports.sign_ins import ONE_TIME_TOKENS_KEPT
from aldea_core.protocol.deepgram.close_codes import CLOSES
from aldea_core.protocol.deepgram.errors import _CODES
from aldea_core.use_cases.access.issue_token import VALID_FOR
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.cli.errors import ExitStatus
from entrypoints.settings import Settings, variable
from entrypoints.transcribe.endpoint import PATHS


ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def test_every_close_code_is_published():
    """
    And none that is never sent.
    """
    published = {int(code) for code in re.findall(r"^\| (\d{4}) \|", PROTOCOL, re.MULTILINE)}

    assert published == {close.code for close in CLOSES.values()}


def test_published_advice_to_reconnect_is_that_of_each_close():
    """
    By code and the name with which the reason begins.
    """
    row = re.compile(r"^\| (\d{4}) \| ([A-Z]+-\d{4}|) ?\|.*\| ?([^|]*?) ?\|$", re.MULTILINE)
    published = {(int(code), name, advice) for code, name, advice in row.findall(PROTOCOL)}
    named = re.compile(r"[A-Z]+-\d{4}|")

    assert published == {
        (close.code, named.match(close.reason)[0], close.reconnect) for close in CLOSES.values()
    }


def test_close_reasons_fit_into_their_frame():
    """
    RFC 6455, 5.5: 125 bytes with the code.
    """
    assert all(len(close.reason.encode()) <= 123 for close in CLOSES.values())


def test_every_error_code_and_path_is_published():
    """
    Except those of unknown paths and methods.
    """
    assert all(
        f"`{code}`" in PROTOCOL for status, code in _CODES.items() if status not in {404, 405, 415}
    )
    assert all(path in PROTOCOL for path in PATHS)


def test_exit_statuses_are_published():
    """
    With click's own, and the one of shells for SIGINT.
    """
    table = (ROOT / "docs/cli.md").read_text().partition("## Exit statuses")[2]
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", table, re.MULTILINE)

    assert [(int(code), text) for code, text in rows] == [
        (status, status.meaning) for status in ExitStatus
    ]
    assert click.UsageError.exit_code == ExitStatus.USAGE
    assert ExitStatus.INTERRUPTED == 128 + signal.SIGINT


def test_settings_that_are_named_exist():
    """
    In every document.
    """
    known = {variable(field.name) for field in Settings.__attrs_attrs__}
    for document in DOCUMENTS:
        named = set(re.findall(r"ALDEA_[A-Z_]+[A-Z]", document.read_text()))
        assert named <= known | {"ALDEA_API_KEY", "ALDEA_URL"}, document


def test_links_lead_somewhere():
    """
    Those within the repository.
    """
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document}: {link}"


def test_index_has_every_decision_by_number_and_title():
    folder = ROOT / "docs/decisions"
    index = re.findall(
        r"^- (\d+) \[(.*)\]\((.*)\)$", (folder / "README.md").read_text(), re.MULTILINE
    )

    assert [file for *_, file in index] == sorted(one.name for one in folder.glob("0*.md"))
    for number, title, file in index:
        assert file.startswith(number)
        assert title in (folder / file).read_text().partition("\n")[0]


def test_files_that_are_named_exist():
    """
    By their paths from the root, `src`, a part of it, or a folder of tests. An asterisk stands for
    any name; so do names in capitals, in commands. The changelog and the glossary's last table name
    what was.
    """
    rings = [ring for ring in (ROOT / "src").iterdir() if ring.is_dir()]
    parts = [*rings, ROOT / "src/aldea_core/protocol", ROOT / "src/entrypoints/backend"]
    homes = [ROOT, ROOT / "src", *parts, *(ROOT / "tests").iterdir()]
    first = {
        "src",
        "tests",
        "docs",
        "benchmarks",
        "infra",
        *(one.name for ring in [*parts, ROOT / "src"] for one in ring.glob("*/")),
    }
    for document in DOCUMENTS:
        if document.name != "CHANGELOG.md":
            text = document.read_text().partition("## Old names")[0]
            for named in re.findall(r"`([\w.*-]+/[\w./*-]+)`", text):
                path, dot, kind = named.rpartition(".")
                if not kind[:1].isupper():
                    path, dot, kind = named, "", ""
                is_file = path.split("/")[0] in first or "/test_" in path
                if is_file and not re.search(r"[A-Z]|/\.", path):
                    stem = path.removesuffix(".py")
                    found = [
                        one
                        for home in homes
                        for end in ("", ".py")
                        for one in home.glob(stem + end)
                    ] + [one for home in homes for one in home.glob(path)]
                    assert found, f"{document}: {named}"
                    is_defined = any(
                        f"class {kind}" in one.read_text() for one in found if one.is_file()
                    )
                    assert not dot or is_defined, f"{document}: {named}"


def test_modules_and_methods_that_are_named_exist():
    """
    `module.py` without a folder, and `Class.method`, where developers begin.
    """
    code = [*ROOT.glob("src/**/*.py"), *ROOT.glob("tests/**/*.py")]
    modules = {path.name for path in code}
    source = "\n".join(path.read_text() for path in ROOT.glob("src/**/*.py"))
    for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/first-hour.md"):
        text = (ROOT / name).read_text()
        assert set(re.findall(r"`(\w+\.py)`", text)) <= modules, name
        for kind, method in re.findall(r"`([A-Z]\w+[a-z])\.(\w+)`", text):
            body = re.search(rf"^class {kind}\b.*?(?=^\S|\Z)", source, re.MULTILINE | re.DOTALL)
            assert body is not None, f"{name}: {kind}"
            assert f"def {method}(" in body.group(), f"{name}: {kind}.{method}"


def test_the_core_is_listed_as_it_is():
    """
    Its packages in CONTRIBUTING.md, its ports in the architecture.
    """
    core = ROOT / "src/aldea_core"
    rows = (ROOT / "CONTRIBUTING.md").read_text()
    for part in ("domain", "protocol", "use_cases"):
        row = re.search(rf"^\| `src/aldea_core/{part}` \|(.*)$", rows, re.MULTILINE)
        assert row is not None
        packages = {path.parent.name for path in (core / part).glob("*/__init__.py")}
        assert packages == set(re.findall(r"`(\w+)`", row.group(1))), part

    table = (ROOT / "docs/architecture.md").read_text().partition("| ports |")[2]
    named = re.findall(r"`(\w+)`", table.partition("\n\n")[0])
    assert sorted(named) == sorted(
        path.stem for path in core.glob("ports/*.py") if path.stem != "__init__"
    )


def test_published_bounds_are_the_real_ones():
    """
    Seconds and bytes in the table of bounds.
    """
    table = (ROOT / "docs/architecture.md").read_text()
    bounds = Bounds()

    assert f"{bounds.idle} s | `ALDEA_IDLE_SECONDS`" in table
    assert f"{bounds.first_audio} s | `ALDEA_FIRST_AUDIO_SECONDS`" in table
    assert f"{bounds.lead} s, then {bounds.pace}× real time" in table
    assert f"{bounds.replay_bytes // 2**20} MB a stream" in table


def test_every_problem_is_published():
    """
    With its status.
    """
    backend = (ROOT / "docs/backend.md").read_text()
    rows = re.findall(r"^\| (\d{3}) \| ([a-z, -]+) \|", backend, re.MULTILINE)
    published = {(code, int(status)) for status, codes in rows for code in codes.split(", ")}

    assert published == {(kind.code, kind.status) for kind in ProblemKind}


def test_published_rate_limits_are_the_real_ones():
    backend = (ROOT / "docs/backend.md").read_text()
    row = re.compile(r"^\| [^|]+ \| (\d+) \| (\d+) (s|min) \|$", re.MULTILINE)
    published = [
        (int(burst), int(every) * (60 if unit == "min" else 1))
        for burst, every, unit in row.findall(backend)
    ]
    rules = (
        attempt_limits.SIGN_IN_TO_ACCOUNT,
        attempt_limits.SIGN_IN_FROM_NEW_NETWORKS,
        attempt_limits.SIGN_IN_BY_NETWORK,
        attempt_limits.PASSWORD_OF_USER,
        attempt_limits.SIGN_UP_BY_NETWORK,
        attempt_limits.RESET_EMAILS.by_network,
        attempt_limits.RESET_EMAILS.in_all,
        attempt_limits.TOKENS_BY_NETWORK,
        attempt_limits.INVITATIONS_OF_ORG,
        attempt_limits.EMAILS_OF_INVITATION,
        attempt_limits.EMAIL_CHANGES_OF_USER,
        attempt_limits.SECOND_FACTOR_OF_USER,
    )

    assert published == [(rule.pace.burst, rule.pace.every.total_seconds()) for rule in rules]
    assert attempt_limits.SIGN_UP_EMAILS.in_all.pace == attempt_limits.RESET_EMAILS.in_all.pace
    assert attempt_limits.TOKENS_OF_USER.pace == attempt_limits.TOKENS_BY_NETWORK.pace


def test_one_time_tokens_outlive_repeated_requests():
    """
    As many stay valid as the rate allows within an hour, so others' requests do not end the
    owner's.
    """
    pace = attempt_limits.RESET_EMAILS.in_all.pace

    assert pace.burst + VALID_FOR[TokenKind.RESET] / pace.every <= ONE_TIME_TOKENS_KEPT


def test_readme_says_no_better_number_than_the_measured_one():
    readme, numbers = (ROOT / "README.md").read_text(), (ROOT / "docs/performance.md").read_text()
    said = re.search(r"A live frame costs ([\d.]+) times what nginx takes", readme)
    measured = re.search(r"^\| A frame of 3,200 bytes: .*\| ([\d.]+)× ", numbers, re.MULTILINE)

    assert said
    assert measured
    assert float(said[1]) >= round(float(measured[1]), 1)
