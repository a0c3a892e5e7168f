# Small, without root, the locked dependencies by their digests. Built for the Python that the tests run on.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/ requirements/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/uv.lock \
 && /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python --compile-bytecode --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md ./
COPY kit/ kit/
COPY keys/ keys/
COPY notices/ notices/
COPY clients/ clients/
COPY consent/ consent/
COPY idp/ idp/
COPY dossier/ dossier/
COPY portal/ portal/
COPY sandbox/ sandbox/
COPY service/ service/
COPY templates/ templates/
COPY static/ static/
COPY migrations/ migrations/
RUN /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python --no-deps --no-build-isolation --editable . \
 && /opt/venv/bin/uv pip uninstall --python /opt/venv/bin/python uv pip setuptools \
 && python -m compileall -q /app

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin espace \
 && install -d -o espace -g espace /var/lib/espace
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ESPACE_SERVER__HOST=0.0.0.0 ESPACE_DATABASE__URL=sqlite:////var/lib/espace/espace.db
WORKDIR /app
USER espace
VOLUME /var/lib/espace
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/healthz', timeout=2)"]
ENTRYPOINT ["espace"]
CMD ["serve"]
