# One image for beat, worker and the commands: the wheel and its pinned dependencies, and this house.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/hookbeat
COPY requirements-runtime.lock ./
RUN pip --python /opt/hookbeat/bin/python install --no-cache-dir --require-hashes -r requirements-runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY beat_schedule beat_schedule
RUN pip --python /opt/hookbeat/bin/python install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home hookbeat
COPY --from=build /opt/hookbeat /opt/hookbeat
WORKDIR /app
COPY pyproject.toml hooks.py ./
COPY worker worker
COPY tasks tasks
ENV PATH=/opt/hookbeat/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOOKBEAT_RELOAD=false
USER hookbeat
STOPSIGNAL SIGTERM
CMD ["celery", "-A", "worker", "worker"]
