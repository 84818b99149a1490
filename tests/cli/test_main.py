import subprocess
import sys

import pytest

import hepnb as package
from hepnb import cli
from hepnb.errors import SessionError
from tests.cli.running import called, hepnb


def test_version_is_the_packages():
    assert hepnb("--version").stdout == f"hepnb {package.__version__}\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), ["generate", "reduce"]),
        (
            ("reduce",),
            [
                *("--output", "--selection", "--tree", "--backend", "--profile", "--workers", "--on-error"),
                *("--overwrite", "--no-plot", "--json", "spark|process"),
            ],
        ),
        (
            ("generate", "dimuon"),
            ["--events", "--seed", "--output", "--compression", "zlib|lz4|zstd|none", "--rntuple"],
        ),
    ],
)
def test_help_names_every_option(command, words):
    result = called(*command, "--help")
    assert result.returncode == 0
    assert [word for word in words if word not in result.stdout] == []


def test_a_wrong_option_is_a_usage_error():
    result = hepnb("reduce", "--nonsense")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_help_waits_for_no_heavy_import():
    heavy = {"uproot", "awkward", "pyspark", "matplotlib", "pyarrow", "numpy"}
    code = f"import sys, hepnb.cli; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("error", [SessionError("Spark gave up."), OSError("the connection is closed")])
def test_what_fails_after_an_interrupt_is_the_interrupt(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli.commands, "main", fail)
    for function in ("install", "heard"):
        monkeypatch.setattr(cli.interrupts, function, lambda: None)
    monkeypatch.setattr(cli.interrupts, "received", lambda: True)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "hepnb: interrupted; nothing was left half-written.\n"
