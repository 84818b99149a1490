"""Which ports of the machine does a notebook server show?"""

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web


class ClosedPorts(web.RequestHandler):
    """None: it takes the place of jupyter-server-proxy's ``proxy/<port>/``, which has no setting that closes it.

    On one machine those ports are everybody's, also the pages of another user's Spark.
    """

    @allow_unauthenticated
    def prepare(self) -> None:
        """Refuse whatever is asked, whoever asks."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("Ports of this machine are not shown here; Spark's pages open from the notebook that runs it.\n")
