"""Does what the README shows work, line by line."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.usefixtures("spark")
def test_the_examples_run_one_after_the_other(generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "events.root").symlink_to(generated)
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    names: dict[str, object] = {}
    for example in examples:
        exec(example, names)  # noqa: S102  # our own words
    assert len(examples) == 3
    assert (tmp_path / "z.png").stat().st_size > 10_000
    assert sum(len(table) for table in names["tables"]) == 100_000
