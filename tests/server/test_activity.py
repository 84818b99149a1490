import json
import time

from tests.waiting import until

from .jupyter import Server, is_state, spark_of

INTERVAL = 0.5  # [s]; what conftest tells the server


def last_activity(server: Server) -> str:
    """As the hub reads it; asking is no activity."""
    return json.loads(server.ask("api/status?no_track_activity=1").text)["last_activity"]


def until_active(server: Server, *, within: float) -> None:
    """Wait for the next activity."""
    before = last_activity(server)
    until(lambda: last_activity(server) != before, within=within, what="the server is active")


def until_at_rest(server: Server) -> None:
    """Wait until nothing is active, for as long as three looks take."""

    def rests() -> bool:
        before = last_activity(server)
        time.sleep(3 * INTERVAL)
        return last_activity(server) == before

    until(rests, within=10, what="the server is at rest")


def test_a_silent_cell_keeps_the_server_active_and_an_idle_kernel_does_not(server: Server):
    kernel = server.kernel()
    with server.channels(kernel) as channels:
        cell = channels.run("import time; time.sleep(5)")
        channels.until(is_state("busy"))
        time.sleep(INTERVAL)  # the cell itself has been an activity
        until_active(server, within=6 * INTERVAL)
        channels.until(lambda m: m["parent_header"].get("msg_id") == cell and is_state("idle")(m))
    until_at_rest(server)
    server.ask(f"api/kernels/{kernel}", method="DELETE")


def test_a_job_of_spark_keeps_the_server_active_although_the_kernel_is_idle(server: Server):
    with spark_of(server, "of-nobody") as spark:
        until_at_rest(server)
        spark.work(8)
        until_active(server, within=30)
        spark.done()
        until_at_rest(server)
