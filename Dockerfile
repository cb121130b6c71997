# With a compiler: faust-streaming has no wheel for arm64.
FROM python:3.13-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/penonton
# What is locked changes seldom: a layer of its own.
COPY requirements.lock .
RUN /opt/penonton/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY audience audience
COPY dashboards dashboards
COPY ingest ingest
COPY penonton penonton
COPY sinks sinks
COPY streams streams
RUN /opt/penonton/bin/pip install --no-deps --no-build-isolation .
# Compiled here, so that no start waits for it; and kept where the user who runs it may compile again on another CPU.
WORKDIR /
RUN /opt/penonton/bin/python -c "from penonton.installation import warm_up; warm_up()" \
    && chown -R 10001:10001 /opt/penonton/lib/python3.13/site-packages/audience/fold/__pycache__

FROM python:3.13-slim-trixie
# A number and not a name: Kubernetes' runAsNonRoot can see that it is not root.
RUN useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin penonton \
    && install -d -o penonton -g penonton /data
COPY --from=build /opt/penonton /opt/penonton
ENV PATH=/opt/penonton/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TZ=UTC \
    PENONTON_HOST=0.0.0.0 \
    PENONTON_DATA=/data
USER 10001:10001
WORKDIR /data
EXPOSE 8080
# It stops on SIGTERM by itself, and has put away what it holds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["penonton"]
CMD ["serve"]
