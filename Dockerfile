# One image for every process: the web server by default, `python -m training …` for the rest.
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --requirement requirements.txt

FROM python:3.13-slim-bookworm
# implicit's wheel needs GNU OpenMP, which the slim image leaves out. Debian keeps one version a release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data recs \
    && install --directory --owner=recs --group=recs /data
COPY --from=build /venv /venv
WORKDIR /app
COPY models models
COPY service service
COPY training training
COPY wsgi.py gunicorn.conf.py ./
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RECS_DATA_DIR=/data \
    RECS_HOST=0.0.0.0 \
    RECS_PORT=8000
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-m", "service.healthcheck"]
CMD ["gunicorn", "wsgi:app"]
