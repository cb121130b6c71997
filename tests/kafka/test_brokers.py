from pathlib import Path

from kafka import KafkaProducer

from tests.kafka.brokers import Cluster, Kafka, admin


def test_a_test_gets_a_broker_and_a_prefix_of_its_own(kafka: Kafka) -> None:
    with admin(kafka.bootstrap) as client:
        client.create_topics({f"{kafka.prefix}.x": {"num_partitions": 2, "replication_factor": 1}})
        assert f"{kafka.prefix}.x" in client.list_topics()


def test_three_brokers_keep_what_was_acknowledged_when_one_is_killed(tmp_path: Path) -> None:
    with Cluster(tmp_path / "kafka", brokers=3) as cluster:
        topic = {"num_partitions": 3, "replication_factor": 3}
        with admin(cluster.bootstrap) as client:
            client.create_topics({"x": topic | {"configs": {"min.insync.replicas": "2"}}})
        producer = KafkaProducer(bootstrap_servers=cluster.bootstrap.split(","), acks="all")
        cluster.brokers[0].kill()
        sent = [producer.send("x", b"a", partition=partition) for partition in range(3)]
        assert [future.get(60).offset for future in sent] == [0, 0, 0]
        producer.close()
        cluster.start()


def test_a_broker_that_was_paused_goes_on_and_one_that_was_stopped_comes_back(
    tmp_path: Path,
) -> None:
    with Cluster(tmp_path / "kafka") as cluster:
        (broker,) = cluster.brokers
        broker.pause()
        broker.resume()
        cluster.until_ready()
        broker.stop()
        assert not broker.running
        cluster.start()
        assert broker.running
