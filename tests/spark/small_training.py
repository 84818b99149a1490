"""A start of Java that loads little, in the place of `hepnb.spark.archive_training`."""

import os
import subprocess
from pathlib import Path

import pyspark

jars = Path(pyspark.__file__).parent / "jars" / "*"
options = os.environ["SPARK_SUBMIT_OPTS"].split()
java = f"{os.environ['JAVA_HOME']}/bin/java" if "JAVA_HOME" in os.environ else "java"
subprocess.run([java, *options, "-cp", str(jars), "org.apache.spark.launcher.Main"], check=False)
