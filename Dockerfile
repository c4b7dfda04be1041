FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN useradd --uid 10001 --create-home storekeeper \
    && install --directory --owner storekeeper --mode 0700 /data
WORKDIR /app

COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-build-isolation --no-deps --config-settings editable_mode=compat --editable .

USER storekeeper
ENV STOREKEEPER_DATA=/data STOREKEEPER_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
CMD ["storekeeper", "web"]
