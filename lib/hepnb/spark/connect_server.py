"""How does a Spark that runs let other processes in, by Spark Connect?"""

from typing import Final

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from hepnb.cluster.spark_conf import LOOPBACK
from hepnb.errors import SessionError

_SERVICE: Final = "org.apache.spark.sql.connect.service.SparkConnectService$"


def serve(session: SparkSession, *, token: str) -> int:
    """Begin to listen on the loopback address, for whoever has the token; once for each Spark.

    Args:
        session: a Spark whose driver is of this process.
        token: that clients must show.

    Returns:
        The port.

    Raises:
        SessionError: it cannot.
    """
    context = session.sparkContext
    settings = {
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": "0",
        "spark.connect.authenticate.token": token,
    }
    try:
        # The server asks Spark's own settings, which are not to be changed from Python any more.
        conf = context._jsc.sc().conf()  # noqa: SLF001 - there is no public way to the JVM
        for name, value in settings.items():
            conf.set(name, value)
        service = getattr(getattr(context._jvm, _SERVICE), "MODULE$")  # noqa: SLF001 - as above
        service.start(context._jsc.sc())  # noqa: SLF001 - as above
        return int(service.localPort())
    except Py4JError as error:
        raise SessionError(f"Spark does not listen for Spark Connect: {str(error).splitlines()[0]}") from error
