import pytest

from hepnb.cluster.deaths import explain

GONE = "its variables are gone"
AGAIN = "run the cells again"


@pytest.mark.parametrize(
    ("code", "kills", "cause"),
    [
        (-9, 1, "The kernel was killed (signal 9), most likely because memory ran out"),
        (-9, 0, "The kernel was killed from outside (signal 9), and not for lack of memory"),
        (-9, None, "The kernel was killed from outside (signal 9), often a sign that memory ran out"),
        (-15, 0, "The kernel was killed from outside (signal 15)"),
        (-15, 1, "The kernel was killed from outside (signal 15)"),
        (-11, 0, "The kernel crashed (signal 11, SIGSEGV) inside a compiled library"),
        (-6, 0, "The kernel crashed (signal 6, SIGABRT) inside a compiled library"),
        (3, 0, "The kernel ended by itself with exit code 3"),
        (0, 0, "The kernel ended by itself with exit code 0"),
        (None, 0, "The kernel ended, and nothing says why"),
    ],
)
def test_the_sentence_begins_with_the_cause(code, kills, cause):
    sentence = explain(code, kills=kills, who="The kernel", again=AGAIN)
    assert sentence.startswith(cause)
    assert GONE in sentence
    assert sentence.endswith(".")


def test_who_ran_out_of_memory_reads_what_to_do():
    assert "a larger profile" in explain(-9, kills=2, who="The kernel", again=AGAIN)
    assert "smaller pieces" in explain(-9, kills=2, who="The kernel", again=AGAIN)
    assert "memory" not in explain(3, kills=0, who="The kernel", again=AGAIN)


def test_what_to_do_ends_the_sentence():
    assert explain(3, kills=0, who="The kernel", again=AGAIN).endswith(f"; {AGAIN}.")
    assert explain(-9, kills=1, who="The kernel", again=AGAIN).endswith(f", and {AGAIN}.")
