"""Which jars let Spark's JVM read and write s3a:// addresses?

The small set: the AWS SDK's bundle, which hadoop-aws asks for, has 686 MB. Spark's own resolver fetches them into
deploy/images/s3a, from where the images take them, and they are compared with the list there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("images") / "s3a"
LIST: Final = FOLDER / "sha256"

_SDK: Final = "software.amazon.awssdk"
_WANTED: Final = (
    "org.apache.hadoop:hadoop-aws:3.5.0",
    f"{_SDK}:s3:2.35.4",
    f"{_SDK}:s3-transfer-manager:2.35.4",
    f"{_SDK}:apache-client:2.35.4",
)
_LEFT_OUT: Final = (
    f"{_SDK}:bundle",
    f"{_SDK}:netty-nio-client",
    "org.wildfly.openssl:wildfly-openssl",
    # Spark has these, in versions that fit each other.
    "commons-codec:commons-codec",
    "commons-logging:commons-logging",
    "org.apache.httpcomponents:httpclient",
    "org.apache.httpcomponents:httpcore",
    "org.slf4j:slf4j-api",
)


def compare(folder: Path, listed: str) -> None:
    """Look whether the jars of a folder are those of a list, to the bit.

    Args:
        folder: with the jars.
        listed: a line a jar: its SHA-256 and its name.

    Raises:
        SystemExit: one is missing, differs, or is not on the list.
    """
    wanted = {name: digest for digest, name in (line.split() for line in listed.splitlines())}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jar")}
    for name in sorted(wanted | found):
        if name not in found:
            raise SystemExit(f"{name} did not come, which {LIST.name} in {FOLDER} has.")
        if name not in wanted:
            raise SystemExit(f"{name} came, which {LIST.name} in {FOLDER} does not have.")
        if found[name] != wanted[name]:
            raise SystemExit(f"{name} is not what it was when {LIST.name} in {FOLDER} was written: do not use it.")


def fetch(folder: Path) -> None:
    """Let Spark's resolver fetch the jars.

    Args:
        folder: where they go.

    Raises:
        SystemExit: they cannot be had.
    """
    spark = shutil.which("spark-submit", path=str(Path(sys.executable).parent))
    if spark is None:
        raise SystemExit(f"There is no spark-submit beside {sys.executable}; install hepnb[spark] there.")
    with tempfile.TemporaryDirectory() as ivy:
        # A class that prints the version of Hadoop and ends: nothing shall be run.
        packages = ["--packages", ",".join(_WANTED), "--exclude-packages", ",".join(_LEFT_OUT)]
        main = ["--class", "org.apache.hadoop.util.VersionInfo", "spark-internal"]
        result = subprocess.run(
            [spark, "--conf", f"spark.jars.ivy={ivy}", *packages, *main],
            capture_output=True,
            text=True,
            check=False,
            # Its shell script asks this interpreter where Spark is; the machine's own knows of none.
            env={**os.environ, "PYSPARK_DRIVER_PYTHON": sys.executable, "PYSPARK_PYTHON": sys.executable},
        )
        if result.returncode:
            sys.stderr.write(result.stderr)
            raise SystemExit("Spark's resolver could not fetch the jars of S3A; its last lines above say why.")
        for jar in Path(ivy, "jars").glob("*.jar"):
            shutil.copyfile(jar, folder / jar.name)


def main() -> None:
    """Fetch the jars unless they are there; with ``--renew`` write their list anew.

    Raises:
        SystemExit: they cannot be had, or are not those of the list.
    """
    renew = sys.argv[1:] == ["--renew"]
    if renew or len(list(FOLDER.glob("*.jar"))) != len(LIST.read_text().splitlines()):
        for jar in FOLDER.glob("*.jar"):
            jar.unlink()
        fetch(FOLDER)
    if renew:
        digests = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(FOLDER.glob("*.jar"))]
        LIST.write_text("".join(f"{digest}  {name}\n" for name, digest in digests))
    compare(FOLDER, LIST.read_text())


if __name__ == "__main__":
    main()
