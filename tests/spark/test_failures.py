import pytest
from pyspark.errors import PySparkRuntimeError

from hepnb.errors import AccessError, OutputError, SessionError, UnreadableFileError
from hepnb.spark.failures import explain


@pytest.mark.parametrize(
    ("message", "kind", "sentence"),
    [
        (
            "Job aborted: …\nhepnb.errors.UnreadableFileError: a.root is empty (0 bytes).\n\n\tat org.apache…",
            UnreadableFileError,
            "a.root is empty (0 bytes).",
        ),
        (
            "Job aborted: …\nhepnb.errors.AccessError: s3://b/x.root cannot be opened: there are no credentials.\n",
            AccessError,
            "s3://b/x.root cannot be opened: there are no credentials.",
        ),
        ("java.io.IOException: No space left on device\n\tat …", OutputError, "The disk is full"),
        ("java.lang.OutOfMemoryError: Java heap space", SessionError, "Spark ran out of memory"),
        ("Python worker exited unexpectedly (crashed)", SessionError, "A Python worker of Spark was killed"),
        ("Something new.\nwith details", SessionError, "Spark gave up: Something new."),
        ("", SessionError, "Spark gave up: PySparkRuntimeError."),
    ],
)
def test_the_sentence_is_found_behind_what_spark_says(message, kind, sentence):
    found = explain(PySparkRuntimeError(message))
    assert type(found) is kind
    assert str(found).startswith(sentence)
