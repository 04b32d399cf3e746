FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt pyproject.toml ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --editable . \
    && useradd --create-home matchmaker \
    && mkdir /data && chown matchmaker /data
USER matchmaker
ENV MATCHMAKER_DATA=/data MATCHMAKER_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --start-period=120s CMD \
    python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"
CMD ["matchmaker", "serve"]
