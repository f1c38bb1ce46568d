# One target a service: docker build --target ws-proxy .
# Nothing but Python and Aldea is in them: no compiler, no pip, no shell scripts. They run as user 10001
# with a root that may be read-only; /tmp and /var/spool/aldea are volumes.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
RUN python3 -m venv /opt/aldea
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN /opt/aldea/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --constraint constraints.txt '.[traces]' \
    && cp -a /opt/aldea /opt/gateway \
    && /opt/aldea/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --constraint constraints.txt '.[aws,stripe,traces]' \
    && cp -a /opt/aldea /opt/office \
    && rm -rf /opt/gateway/lib/python3*/site-packages/pip* /opt/gateway/bin/pip* \
        /opt/office/lib/python3*/site-packages/pip* /opt/office/bin/pip*

FROM build AS build-engine
RUN /opt/aldea/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --constraint constraints.txt '.[traces,whisper]' \
    && rm -rf /opt/aldea/lib/python3*/site-packages/pip* /opt/aldea/bin/pip*

FROM ${PYTHON_IMAGE} AS runtime
RUN groupadd --gid 10001 aldea \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin aldea \
    && install -d -o 10001 -g 10001 -m 0700 /var/spool/aldea
ENV PATH=/opt/aldea/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1
VOLUME ["/tmp", "/var/spool/aldea"]
USER 10001:10001
WORKDIR /var/spool/aldea
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["aldea"]

FROM runtime AS gateway
COPY --from=build /opt/gateway /opt/aldea
CMD ["serve", "gateway"]

FROM gateway AS ws-proxy
CMD ["serve", "ws-proxy"]

FROM gateway AS transcribe
CMD ["serve", "transcribe"]

# The dashboard talks to the backend over HTTP only, so it needs no more than a gateway.
FROM gateway AS frontend
CMD ["serve", "frontend"]

FROM runtime AS office
COPY --from=build /opt/office /opt/aldea
CMD ["serve", "backend"]

FROM office AS backend
CMD ["serve", "backend"]

FROM office AS db-sync
CMD ["serve", "db-sync"]

FROM office AS org-sync
CMD ["serve", "org-sync"]

FROM runtime AS stt
COPY --from=build-engine /opt/aldea /opt/aldea
EXPOSE 8443
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8443/healthz', timeout=4)"]
CMD ["serve", "stt", "--port", "8443"]
