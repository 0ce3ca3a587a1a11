# Builds the image of all of the portal's processes; docker-compose.yml says which command makes which process.

FROM python:3.11-slim AS build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home portal
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# A key for this one command, gone with it: the real one only ever comes from the environment.
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(50))") \
    python manage.py collectstatic --noinput \
 && python -m compileall -q .
# The code stays root's: the portal can't change itself.
USER portal
EXPOSE 8000
CMD ["gunicorn", "skorozvon_partners.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", \
     "--timeout", "120"]
