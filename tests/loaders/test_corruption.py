"""Is a damaged file told in a sentence, and never read as another one where it carries checksums."""

import contextlib
import re
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest
import uproot

from hepnb.errors import HepnbError, UnreadableFileError
from hepnb.loaders.catalogue import describe
from hepnb.loaders.files import open_tree
from hepnb.loaders.plan import EntryRange
from hepnb.loaders.read import read_batches

from .round_trip import TREE, read

FLIPS = 170  # of each of six files
SAMPLE = "Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"


def written(path: Path, codec: Any, *, rntuple: bool) -> str:
    """Two clusters of 150 and 250 events."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(0, 5, 400)
    columns = {
        "x": ak.Array(np.arange(400, dtype=np.int32) % 17),
        "jagged": ak.unflatten(np.round(rng.normal(size=lengths.sum()), 1).astype(np.float32), lengths),
        "y": ak.Array(np.round(rng.normal(size=400), 1)),
        "text": ak.Array([f"event {number % 7}" for number in range(400)]),
    }
    with uproot.recreate(path, compression=codec) as file:
        types = {name: array.type.content for name, array in columns.items()}
        target = (file.mkrntuple if rntuple else file.mktree)(TREE, types)
        for start, stop in ((0, 150), (150, 400)):
            target.extend({name: array[start:stop] for name, array in columns.items()})
    return str(path)


def columns_of(path: str) -> pa.Table:
    """Described and read as in one piece of work."""
    file = describe(path, tree=TREE)
    batches = read_batches(EntryRange(path, 0, file.entries), tree=TREE, schema=file.schema)
    return pa.Table.from_batches(batches, file.schema).combine_chunks()


def misreadings(path: str, copy: Path, places: np.ndarray, *, seed: int) -> list[int]:
    """The bytes, of some among `places`, of which a wrong bit gives other columns and no error of ours."""
    intact, data, misread = columns_of(path), Path(path).read_bytes(), []
    rng = np.random.default_rng(seed)
    for place, bit in zip(rng.choice(places, FLIPS).tolist(), rng.integers(0, 8, FLIPS).tolist(), strict=True):
        wrong = bytearray(data)
        wrong[place] ^= 1 << bit
        copy.write_bytes(wrong)
        try:
            if not columns_of(str(copy)).equals(intact):
                misread.append(place)
        except HepnbError as error:
            assert str(error).endswith(".")  # noqa: PT017  # some damages are harmless, so that nothing need be raised
    assert columns_of(path).equals(intact)  # nothing that a damaged file did stays behind
    return misread


def everywhere(path: str) -> np.ndarray:
    return np.arange(Path(path).stat().st_size)


def baskets_of(path: str) -> np.ndarray:
    """The places of the baskets' bytes; uproot does not compress the rest, which has no checksums."""
    with uproot.open({path: TREE}) as tree:
        spans = [
            (int(start), int(start + size))
            for branch in tree.branches
            for start, size in zip(branch.member("fBasketSeek"), branch.member("fBasketBytes"), strict=True)
        ]
    return np.concatenate([np.arange(start, stop) for start, stop in spans])


@pytest.mark.parametrize("codec", [uproot.ZLIB(1), uproot.LZ4(1), uproot.LZMA(1)], ids=["ZLIB", "LZ4", "LZMA"])
def test_no_wrong_bit_of_a_basket_with_checksums_passes(tmp_path: Path, codec: Any):
    path = written(tmp_path / "x.root", codec, rntuple=False)
    assert misreadings(path, tmp_path / "wrong.root", baskets_of(path), seed=1) == []


def test_no_wrong_bit_of_the_real_rntuple_passes(real_data: Path, tmp_path: Path):
    path = str(real_data / SAMPLE)
    assert misreadings(path, tmp_path / "wrong.root", everywhere(path), seed=2) == []


@pytest.mark.parametrize("rntuple", [False, True], ids=["TTree", "RNTuple"])
def test_without_checksums_a_wrong_bit_changes_values_at_most(tmp_path: Path, rntuple: bool):
    path = written(tmp_path / "x.root", uproot.ZSTD(1), rntuple=rntuple)
    misread = misreadings(path, tmp_path / "wrong.root", everywhere(path), seed=3)
    assert len(misread) < FLIPS / 2


def test_a_wrong_bit_of_the_counts_is_noticed_at_the_end_of_their_basket(tmp_path: Path):
    path = Path(written(tmp_path / "x.root", None, rntuple=False))
    with uproot.open({str(path): TREE}) as tree:
        counts = tree["njagged"].array(library="np").astype(">i4")
    data = path.read_bytes()
    for start, stop in ((0, 150), (150, 400)):
        place = data.index(counts[start:stop].tobytes())
        wrong = bytearray(data)
        wrong[place + 3] ^= 1  # the first event of the basket has one element more, or one less
        path.write_bytes(wrong)
        schema = pa.schema([("jagged", pa.list_(pa.float32()))])
        told = (
            rf"^The branch 'jagged' of {path}, entries {start} to {stop} cannot be read: (its elements before|it holds)"
        )
        with pytest.raises(UnreadableFileError, match=told):
            list(read_batches(EntryRange(str(path), start, stop), tree=TREE, schema=schema))


def test_text_that_reaches_beyond_its_letters_is_told_and_ends_no_process(tmp_path: Path):
    path = Path(written(tmp_path / "x.root", None, rntuple=True))
    data = bytearray(path.read_bytes())
    place = data.index((np.arange(1, 151, dtype="<i8") * 7).tobytes())  # the letters of an event are seven
    data[place + 8 * 100 + 2] ^= 0x80
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match=r"^The branch 'text' of .*, entries 0 to 150 cannot be read: "):
        read(str(path), columns=["text"])


def test_a_file_that_was_cut_after_it_was_described_is_told(tmp_path: Path):
    path = Path(written(tmp_path / "x.root", uproot.ZLIB(1), rntuple=False))
    data, last = path.read_bytes(), int(baskets_of(str(path)).max()) + 1
    schema = describe(str(path), tree=TREE).schema
    end = (last - 40).to_bytes(4)
    path.write_bytes(data[:12] + end + data[16 : last - 40])  # the header announces no more than is there
    with pytest.raises(UnreadableFileError, match=r"cannot be|truncated"):
        list(read_batches(EntryRange(str(path), 150, 400), tree=TREE, schema=schema))


def test_a_damaged_version_of_a_branch_does_not_outlive_its_file(tmp_path: Path):
    """Seen to break sound files later: uproot replaces its model of a version by one that it makes from the file."""
    from uproot.models.TBranch import Model_TBranch

    data = Path(written(tmp_path / "x.root", None, rntuple=False)).read_bytes()
    models = dict(Model_TBranch.known_versions)
    for name in re.finditer(b"TBranch\0", data):
        for place in range(name.end(), name.end() + 8):  # the size of the branch, and its version
            wrong = bytearray(data)
            wrong[place] ^= 1
            (tmp_path / "wrong.root").write_bytes(wrong)
            with contextlib.suppress(HepnbError):
                describe(str(tmp_path / "wrong.root"), tree=TREE)
            assert {version: Model_TBranch.known_versions[version] for version in models} == models


def test_pages_that_are_left_to_uproot_have_their_checksums_checked(real_data: Path, tmp_path: Path):
    with uproot.open({str(real_data / SAMPLE): TREE}) as ntuple:
        pages = next(pages for pages in ntuple.page_link_list[0] if pages.pages)
        page = pages.pages[0].locator
    data = bytearray((real_data / SAMPLE).read_bytes())
    data[page.offset + page.num_bytes // 2] ^= 1
    (tmp_path / "x.root").write_bytes(data)
    with open_tree(str(tmp_path / "x.root"), TREE) as tree, pytest.raises(ValueError, match="match its checksum"):
        tree.arrays([tree.column(name) for name in tree.names], 0, 1000)
