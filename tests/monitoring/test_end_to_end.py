"""A spike, an audience that leaves, an ingest that breaks: who is called, and after how long.

`penonton serve` under `penonton simulate`, Prometheus with our rules and weeks that it remembers,
Alertmanager with our routes, and a webhook.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from dashboards.metrics import rules
from tests.faults.processes import HOME, until
from tests.monitoring.alertmanager import Alertmanager
from tests.monitoring.conftest import configuration, flat, spans
from tests.monitoring.crowd import INTERVAL, Crowd
from tests.monitoring.exposing import Exposing
from tests.monitoring.history import STEP, Series, remember
from tests.monitoring.prometheus import Prometheus
from tests.monitoring.scraping import samples, scraped
from tests.monitoring.webhook import Called, Webhook

PATIENCE: Final = 240.0
"""s until whoever must be called is called: several times what it takes."""
MEASURED: Final = 30.0
"""s over which is measured what the weeks before are made of."""
QUIET: Final = 45.0
"""s in which nobody may be called: two scrapes, and what Alertmanager waits."""
AFTERWARDS: Final = 75.0
"""s after the ingest broke in which its sessions run out, and an audience could be called."""

Key = tuple[str, tuple[tuple[str, str], ...]]


def counted(serve: Exposing) -> dict[Key, float]:
    """What the rules of viewership look at, as it is now."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for sample in samples(scraped(serve.metrics))
        if sample.name in ("penonton_concurrent_viewers", "penonton_reports_total")
        or sample.name == "penonton_session_ends_total"
    }


def weeks_like(before: dict[Key, float], after: dict[Key, float], now: float) -> list[list[Series]]:
    """As if it had always been like this: gauges stood, counters grew as they did."""
    found = []
    for start, end in spans(now):
        series = []
        for (name, labels), value in after.items():
            grown = value - before.get((name, labels), 0.0)
            slope = grown / MEASURED if name.endswith("_total") else 0.0
            level = 0.0 if name.endswith("_total") else value
            own = {**dict(labels), "job": "penonton", "instance": "before"}
            series.append(Series(name, own, flat(start, end, level, slope)))
        found.append(series)
    return found


class Scene:
    """All of it, from when everyone has come; `called` says who was called since."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.serve = Exposing("serve", {}, folder / "serve")
        self.serve.start()
        stack.callback(self.serve.kill)
        self.serve.until_answers("/healthz")
        self._simulate(stack)
        self.rising, self.leaving, self.cut = (
            stack.enter_context(Crowd(self.serve.url, channel, size))
            for channel, size in (("rising", 60), ("leaving", 50), ("cut", 80))
        )
        time.sleep(2 * INTERVAL)
        before = counted(self.serve)
        time.sleep(MEASURED)
        weeks = weeks_like(before, counted(self.serve), time.time() // STEP * STEP)
        remember(folder, weeks, rules())
        self.webhook = stack.enter_context(Webhook())
        alertmanager = stack.enter_context(Alertmanager(folder, self.webhook.url))
        ours = configuration(self.serve.metrics)
        (told,) = ours["alerting"]["alertmanagers"]
        told["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager.port}"]}]
        self.prometheus = stack.enter_context(Prometheus(folder, ours))

    def _simulate(self, stack: ExitStack) -> None:
        arguments = ["--viewers", "240", "--against", self.serve.url, "--interval", str(INTERVAL)]
        arguments += ["--protocols", "json", "--seed", "7"]
        self.others = subprocess.Popen(
            [sys.executable, "-m", "penonton", "simulate", *arguments],
            cwd=HOME,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(self.others.wait)
        stack.callback(self.others.kill)

    @property
    def called(self) -> list[Called]:
        return self.webhook.firing

    def until_called(self, kind: str, channel: str) -> Called:
        """The first call of this kind about this channel."""

        def found() -> list[Called]:
            return [call for call in self.called if call.what == (kind, channel)]

        until(f"{kind} {channel}: {self.called}", found, PATIENCE)
        return found()[0]

    @staticmethod
    def wait(end: float) -> None:
        """Until `end` (s since the epoch)."""
        time.sleep(max(0.0, end - time.time()))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(tmp_path_factory.mktemp("scene"), stack)


def test_the_right_alert_and_no_other_is_called(scene: Scene) -> None:
    time.sleep(QUIET)
    assert [call.what for call in scene.called] == []  # all is as usual
    (usual,) = scene.prometheus.at('penonton:viewers:usual{channel="rising"}')
    assert 50 < float(usual["value"][1]) < 70

    # Three channels at once: one rises, one is left by its audience, of one the reports are lost.
    begun = time.time()
    scene.rising.come(120, INTERVAL)
    # Few enough that they are no farewell of everybody, which the next scene must not hear.
    scene.leaving.leave(35, INTERVAL)
    scene.cut.fall_silent()
    wanted = [("spike", "rising"), ("drop", "leaving"), ("ingest", "cut")]
    calls = [scene.until_called(*what) for what in wanted]
    print({call.what: round(call.at - begun) for call in calls}, "s from cause to call")
    scene.wait(begun + AFTERWARDS)
    assert {call.what for call in scene.called} == set(wanted)
    for call in calls:
        assert "usual" in call.annotations["description"]
        assert call.annotations["runbook_url"].endswith(f"#{call.name.lower()}")

    # The ingest breaks for all: nobody says goodbye, and nobody is said to have left.
    begun, before = time.time(), len(scene.called)
    scene.others.kill()
    for crowd in (scene.rising, scene.leaving):
        crowd.fall_silent()
    call = scene.until_called("ingest", "")
    print({"ingest of all": round(call.at - begun)}, "s from cause to call")
    scene.wait(begun + AFTERWARDS)
    assert {call.what[0] for call in scene.called[before:]} == {"ingest"}
