"""The dashboards as Grafana reads them."""

from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.grafana.event import EVENT
from dashboards.grafana.history import HISTORY
from dashboards.grafana.live import LIVE
from dashboards.grafana.page import built
from dashboards.grafana.pipeline import PIPELINE

FOLDER: Final = Path(__file__).parent / "json"
PAGES: Final = (LIVE, HISTORY, PIPELINE, EVENT)


def files() -> dict[str, str]:
    """The text of every file, by its name."""
    encoder = JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False)
    return {f"{page.name}.json": encoder.encode(built(page)) + "\n" for page in PAGES}
