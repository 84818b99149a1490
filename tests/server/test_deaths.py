import pytest

from hepnb.server.deaths import explain

GONE = "its variables are gone"


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
    sentence = explain(code, kills=kills, restarts=True)
    assert sentence.startswith(cause)
    assert GONE in sentence
    assert sentence.endswith(".")


def test_who_ran_out_of_memory_reads_what_to_do():
    assert "a larger profile" in explain(-9, kills=2, restarts=True)
    assert "smaller pieces" in explain(-9, kills=2, restarts=True)
    assert "memory" not in explain(3, kills=0, restarts=True)


def test_a_kernel_that_is_not_started_again_is_to_be_restarted_by_hand():
    assert "run the cells again" in explain(3, kills=0, restarts=True)
    assert "menu Kernel" in explain(3, kills=0, restarts=False)
