"""ClickHouse dies and is slow: the live count goes on, and storage has all of it in the end."""

import time
from pathlib import Path

from tests.faults.players import hostile
from tests.faults.seeds import LONG, told
from tests.faults.stage import ClickHouse, Stages
from tests.faults.watching import Watching
from tests.kafka.brokers import Cluster

AWAY = 60 if LONG else 15  # s
SLOW = 5  # times that it does nothing for 2 s, and something for 0.2


def test_clickhouse_is_killed_and_slow_and_nothing_is_missing_in_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    with (
        ClickHouse(tmp_path) as clickhouse,
        Stages(clickhouse, tmp_path).around(cluster.bootstrap) as stage,
    ):
        server = clickhouse.process
        collector = stage.collector()
        stage.worker("worker-1")
        stage.worker("worker-2")
        stage.until_counted()
        with stage.load([collector], hostile(told(), 200, AWAY + 2.2 * SLOW + 60)) as load:
            with Watching(stage) as watching:
                time.sleep(2)
                server.kill()
                time.sleep(AWAY)
                server.start()
                for _ in range(SLOW):
                    server.pause()
                    time.sleep(2)
                    server.resume()
                    time.sleep(0.2)
            load.until_more(20)
        assert watching.longest_pause() < 6
        stage.pass_time()
        stage.check()
