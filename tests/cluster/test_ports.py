"""Free ports of the loopback address."""

import random
import socket

from hepnb.cluster.ports import free_port


def test_a_seed_of_the_user_s_does_not_choose_the_ports():
    ports = set()
    for _ in range(20):
        random.seed(1)
        ports.add(free_port())
    assert len(ports) > 10


def test_a_port_that_somebody_listens_on_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert free_port(taken) in range(20_000, 30_000)
    assert free_port(taken) == taken
