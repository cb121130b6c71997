"""`python -m dashboards.grafana`: write every dashboard to `json/`."""

from dashboards.grafana.files import FOLDER, files

for name, text in files().items():
    (FOLDER / name).write_text(text)
