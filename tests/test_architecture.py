"""The house: floors, public names, lengths, and who may know what."""

import ast
import importlib
import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "hepnb"
MODULES = sorted(LIBRARY.rglob("*.py"))
LONGEST = 300

PUBLIC = {
    "hepnb": ["__version__", "attach"],
    "hepnb.backends.attach": ["BACKENDS", "Companion", "accompany", "attach", "detach", "running"],
    "hepnb.backends.backend": ["Backend", "Choice"],
    "hepnb.evaluation.bootstrap": ["Ranking", "Replicas", "rank", "resample", "weighted"],
    "hepnb.evaluation.calibration": ["Reliability", "brier", "calibration_error", "reliability"],
    "hepnb.evaluation.estimates": ["Estimate", "difference", "ratio", "share"],
    "hepnb.evaluation.comparison": [
        "ClassComparison",
        "ClassEvaluation",
        "Comparison",
        "Evaluation",
        "ModelEvaluation",
        "Operation",
        "Predictions",
        "evaluate",
    ],
    "hepnb.evaluation.metrics": ["RocCurve", "WorkingPoint", "confusion", "needed", "roc", "upper_limit"],
    "hepnb.evaluation.report": ["Row", "events_per_second", "rows", "summary"],
    "hepnb.cli": ["main"],
    "hepnb.classifiers.catalogue": ["CLASSIFIERS", "Classifier", "find_classifier"],
    "hepnb.classifiers.dataset": ["Batch", "Dataset", "Share"],
    "hepnb.classifiers.gang": ["Job"],
    "hepnb.classifiers.run": ["Predictions", "Run", "open_run"],
    "hepnb.classifiers.search": ["Outcome", "Trial", "search"],
    "hepnb.classifiers.training": ["Training", "train"],
    "hepnb.cluster.hub_pod": ["HubPod", "this_pod"],
    "hepnb.cluster.projects": ["is_project", "project_of", "user_of"],
    "hepnb.cluster.trust": ["OWN_SERVER", "PROJECT_SERVER", "without_personal"],
    "hepnb.cluster.profiles": ["Profile", "default_profile", "find_profile", "fitting", "load_profiles"],
    "hepnb.errors": [
        "FormatError",
        "HepnbError",
        "InputError",
        "JavaError",
        "KernelError",
        "LeftOutWarning",
        "MissingInputError",
        "MissingNameError",
        "MissingPackageError",
        "OutputError",
        "SessionError",
        "UnreadableFileError",
        "WrongTypeError",
        "missing_package",
        "nearest",
    ],
    "hepnb.features.folder": ["FeatureFolder", "Shard", "open_folder", "write_manifest", "write_shard"],
    "hepnb.features.scaling": ["Moments", "Scaling", "curved", "joined"],
    "hepnb.generators.dimuon": ["generate"],
    "hepnb.generators.pythia.engine": ["generate"],
    "hepnb.generators.topology": ["generate"],
    "hepnb.loaders.addresses": ["resolve"],
    "hepnb.loaders.batches": ["iterate"],
    "hepnb.loaders.catalogue": ["FileDescription", "describe"],
    "hepnb.loaders.plan": ["EntryRange", "Piece", "plan"],
    "hepnb.loaders.read": ["read_batches"],
    "hepnb.operations.archive": ["Manifest", "extract"],
    "hepnb.operations.backup": ["back_up"],
    "hepnb.operations.database": ["check", "copies", "copy", "keep_copy"],
    "hepnb.operations.doctor.examination": ["examine"],
    "hepnb.operations.doctor.findings": ["Finding"],
    "hepnb.operations.hub_api": ["HubApi", "hub_of", "quoted"],
    "hepnb.operations.people": ["Person", "invited", "known"],
    "hepnb.operations.projects": ["Project", "add", "create", "delete", "projects", "remove"],
    "hepnb.operations.shares": [
        "Share",
        "link",
        "revoke_all",
        "revoke_link",
        "revoke_links",
        "revoke_person",
        "seconds",
        "share_with",
        "shares",
    ],
    "hepnb.operations.restore": ["Restored", "restore"],
    "hepnb.notebook": ["load_ipython_extension"],
    "hepnb.physics.dimuon": ["Resonance", "is_leading", "is_loose"],
    "hepnb.physics.kinematics": ["invariant_mass"],
    "hepnb.plots.curves": ["Curve", "RatePoint", "ReliabilityCurve", "draw_calibration", "draw_roc"],
    "hepnb.plots.history": ["draw_history"],
    "hepnb.plots.matrices": ["draw_confusion"],
    "hepnb.plots.scores": ["draw_scores"],
    "hepnb.plots.spectrum": ["draw"],
    "hepnb.reduction.dimuon": ["Cut", "Reduced", "Selection", "reduce"],
    "hepnb.reduction.job": ["Reduction", "reduce_files"],
    "hepnb.reduction.kernels": ["Kernel", "find_kernel", "register"],
    "hepnb.runners.local": ["InProcess", "Processes"],
    "hepnb.runners.runner": ["Progress", "Runner"],
    "hepnb.server.activity": ["Activity"],
    "hepnb.server.closed_ports": ["ClosedPorts"],
    "hepnb.cluster.deaths": ["explain"],
    "hepnb.server.collaboration": ["documents_folder", "is_shared", "page_config", "prepare"],
    "hepnb.server.guests": ["Guests"],
    "hepnb.server.identity": ["Colours", "SharedIdentity"],
    "hepnb.server.kernels": ["ExplainingConnection", "WatchedKernelManager"],
    "hepnb.cluster.memory": ["oom_kills"],
    "hepnb.server.recovery": ["recover"],
    "hepnb.server.share": ["Links", "People", "Share"],
    "hepnb.server.spark_pages": ["SparkPages"],
    "hepnb.sessions": ["load_ipython_extension"],
    "hepnb.sessions.answers": ["NotThereError", "log_lines", "log_window", "session_answer", "window"],
    "hepnb.sessions.door": ["Door", "HubDoor"],
    "hepnb.sessions.facts": ["Facts"],
    "hepnb.sessions.handlers": [
        "Asked",
        "Batches",
        "CancelStatement",
        "Nowhere",
        "OneSession",
        "OneStatement",
        "Ping",
        "SessionCall",
        "SessionFiles",
        "SessionList",
        "SessionLog",
        "SessionState",
        "StatementList",
        "Version",
    ],
    "hepnb.sessions.inside": ["Inside", "load"],
    "hepnb.sessions.kernel_app": ["SessionKernelApp"],
    "hepnb.sessions.launcher": ["Launcher", "Order", "Started"],
    "hepnb.sessions.link": ["Link", "Listener"],
    "hepnb.sessions.local_launcher": ["LocalLauncher"],
    "hepnb.sessions.magics": ["SessionMagics", "table"],
    "hepnb.sessions.notebook_kernel": ["HubToken", "RemoteSessionKernel", "configure", "main"],
    "hepnb.sessions.pages": ["SessionsPage"],
    "hepnb.sessions.recording": ["Recording"],
    "hepnb.sessions.records": ["Record", "Shelf"],
    "hepnb.sessions.sandbox": ["available", "cleaned", "command"],
    "hepnb.sessions.service": ["application", "serve"],
    "hepnb.sessions.session": ["Session"],
    "hepnb.sessions.sessions": ["Limits", "Sessions"],
    "hepnb.sessions.statement_queue": ["StatementQueue"],
    "hepnb.sessions.statements": ["Statement"],
    "hepnb.sessions.tee": ["Tee", "statement_id", "statement_number"],
    "hepnb.sessions.wishes": [
        "CompletionWish",
        "SessionWish",
        "StatementWish",
        "body_of",
        "completion_wish",
        "number_of",
        "session_wish",
        "statement_wish",
    ],
    "hepnb.spark.dimuon": ["cutflow", "reduce"],
    "hepnb.spark.histogram": ["fill"],
    "hepnb.spark.root_source": ["read_root"],
    "hepnb.spark.runner": ["SparkRunner"],
    "hepnb.spark.connect": ["connect", "disconnect"],
    "hepnb.spark.session": ["get_session", "running", "start", "stop"],
    "hepnb.writers.parquet": ["pack", "write_rows"],
    "hepnb.writers.root": ["Naming", "write_events", "write_histograms"],
    "hepnb.writers.staging": ["staged_file", "staged_folder"],
}

SIGNATURES = {
    "hepnb.backends.attach:attach": "(backend=None, *, profile=None, options=None, name=None)",
    "hepnb.spark.session:get_session": "(profile=None)",
    "hepnb.spark.root_source:read_root": "(spark, paths, *, tree='Events', columns=None, filters=(), reduce=None)",
    "hepnb.generators.pythia.engine:generate": "(process, events, *, seed, pileup=0.0, runner=None, progress=None)",
    "hepnb.generators.topology:generate": "(process, events, *, seed, pileup=0.0)",
    "hepnb.loaders.batches:iterate": "(paths, *, tree='Events', columns=None, filters=(), start=0, stop=None)",
    "hepnb.reduction.kernels:register": "(name, *, columns, optional=())",
    "hepnb.reduction.dimuon:reduce": "(events, *, selection='spectrum', massless=False, order='pt')",
    "hepnb.spark.dimuon:reduce": "(events, *, selection='spectrum', massless=False, order='pt', observation=None)",
    "hepnb.spark.histogram:fill": "(df, column, axis)",
    "hepnb.plots.spectrum:draw": "(h, *, title)",
    "hepnb.physics.kinematics:invariant_mass": "(lib, pt1, eta1, phi1, pt2, eta2, phi2, *, mass1=0.0, mass2=0.0)",
}


def source(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_layers_hold():
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert linter is not None
    result = subprocess.run([linter, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_there_and_documented(module: str):
    for public in PUBLIC[module]:
        value = getattr(importlib.import_module(module), public)
        assert isinstance(value, str) or inspect.getdoc(value), f"{module}.{public} has no docstring"


@pytest.mark.parametrize("function", SIGNATURES)
def test_public_signatures_stay(function: str):
    module, _, attribute = function.partition(":")
    parameters = inspect.signature(getattr(importlib.import_module(module), attribute)).parameters.values()
    bare = inspect.Signature([parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters])
    assert str(bare) == SIGNATURES[function]


@pytest.mark.parametrize("path", [*MODULES, *sorted((ROOT / "deploy").rglob("*.py"))], ids=name)
def test_no_module_is_longer_than_one_question(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_which_question_it_answers(path: Path):
    assert ast.get_docstring(source(path))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_one_module_touches_the_environment(path: Path):
    touches = any(
        isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") for node in ast.walk(source(path))
    )
    assert touches == (name(path) == "lib/hepnb/cluster/environment.py")


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_library_does_not_print(path: Path):
    calls = [node.func for node in ast.walk(source(path)) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys; before = set(sys.modules); import hepnb; print(sorted(set(sys.modules) - before))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['hepnb']"


def test_classifiers_wait_for_keras_until_they_need_it():
    rooms = "classifiers.training, hepnb.classifiers.run, hepnb.classifiers.search, hepnb.classifiers.worker"
    code = f"import sys, hepnb.{rooms}; print({{'keras', 'tensorflow', 'jax', 'xgboost'}} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_the_tests_mirror_the_rooms():
    rooms = {path.name for path in LIBRARY.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= {path.name for path in (ROOT / "tests").iterdir()}


def test_every_package_that_may_be_missing_is_known_with_the_extra_that_brings_it():
    import re
    import tomllib

    from hepnb.errors import missing_package

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    core = {re.split(r"[<>=]", one)[0] for one in project["dependencies"]}
    for package in sorted(imported() - core):
        extra = re.search(r"hepnb\[(\w+)\]", str(missing_package(ModuleNotFoundError(name=f"{package}.part"))))
        assert extra, f"{package} is in no extra"
        brought = _brought(extra[1], project["optional-dependencies"])
        also = {
            "jupyter-collaboration": {"jupyter-ydoc", "pycrdt"},
            "jupyterlab": {"jupyter-server"},
            "pyspark": {"py4j"},
        }
        brought = brought.union(*(also.get(one, set()) for one in brought))
        assert _project(package) in brought, f"{extra[1]} does not bring {package}"


def _brought(extra: str, extras: dict[str, list[str]]) -> set[str]:
    """What an extra names, and the extras of ours that it names."""
    import re

    found = set()
    for one in extras[extra]:
        if ours := re.fullmatch(r"hepnb\[(.*)\]", one):
            found |= set().union(*(_brought(other, extras) for other in ours[1].split(",")))
        else:
            found.add(re.split(r"[\[<>=!; ]", one)[0])
    return found


def _project(package: str) -> str:
    """The name by which a package is installed."""
    return {"IPython": "ipython", "zmq": "pyzmq"}.get(package, package.replace("_", "-"))


def imported() -> set[str]:
    """The packages that the library imports, but for itself and Python's own."""
    found = {"fastjet", "pythia8mc"}  # imported by name
    for path in MODULES:
        for node in ast.walk(source(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).partition(".")[0])
    return found - sys.stdlib_module_names - {"hepnb"}


def test_every_direct_dependency_has_its_reason():
    import re
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    requirements = [one for group in [*groups, project["dependency-groups"]["dev"]] for one in group]
    names = {re.split(r"[\[<>=!; ]", one)[0] for one in requirements} - {"hepnb"}
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    assert sorted(one for one in names if f"`{one}`" not in reasons) == []
