import json
import time

from .jupyter import Server, eventually, is_state, spark_of

INTERVAL = 0.5  # [s]; what conftest tells the server


def last_activity(server: Server) -> str:
    """As the hub reads it; asking is no activity."""
    return json.loads(server.ask("api/status?no_track_activity=1").text)["last_activity"]


def moves(server: Server) -> bool:
    before = last_activity(server)
    time.sleep(3 * INTERVAL)
    return last_activity(server) != before


def test_a_silent_cell_keeps_the_server_active_and_an_idle_kernel_does_not(server: Server):
    kernel = server.kernel()
    with server.channels(kernel) as channels:
        cell = channels.run("import time; time.sleep(5)")
        channels.until(is_state("busy"))
        time.sleep(INTERVAL)
        assert moves(server)
        channels.until(lambda m: m["parent_header"].get("msg_id") == cell and is_state("idle")(m))
    time.sleep(2 * INTERVAL)
    assert not moves(server)
    server.ask(f"api/kernels/{kernel}", method="DELETE")


def test_a_job_of_spark_keeps_the_server_active_although_the_kernel_is_idle(server: Server):
    with spark_of(server, "of-nobody") as spark:
        time.sleep(2 * INTERVAL)
        assert not moves(server)
        spark.work(8)
        eventually(lambda: moves(server), seconds=6)
        spark.done()
        time.sleep(2 * INTERVAL)
        assert not moves(server)
