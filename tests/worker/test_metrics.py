"""What a worker counts can be read from this machine."""

from urllib.request import urlopen

from vouchsafe.worker.metrics import LOOP_FAILURES, serve_metrics


def test_a_second_worker_takes_the_next_free_port_and_each_shows_its_counts() -> None:
    LOOP_FAILURES.labels("outbox").inc()
    first = serve_metrics(39464)
    assert first is not None
    second = serve_metrics(first[0].server_port)
    assert second is not None
    try:
        for server, _ in (first, second):
            assert server.server_address[0] == "127.0.0.1"
            with urlopen(f"http://127.0.0.1:{server.server_port}/metrics") as answer:
                assert b'vouchsafe_loop_failures_total{loop="outbox"}' in answer.read()
        assert second[0].server_port > first[0].server_port
        assert serve_metrics(first[0].server_port, tries=1) is None
    finally:
        for server, thread in (first, second):
            server.shutdown()
            server.server_close()
            thread.join()
