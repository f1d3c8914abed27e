# Three or Seven in a container: docs/DEPLOY.md says how to build it and what to set.
# tests/test_container_steps.py runs these steps, in their order, without Docker.

# The version that every change is tested with.
FROM python:3.11-slim

# The program and its packages belong to root, so the app, which runs as this user, can't change them. A Hugging Face
# Space wants the number 1000.
RUN useradd --create-home --uid 1000 learner

WORKDIR /app

# PyTorch's CPU build has an index of its own, which PyTorch's installation page names. Without it, pip would take the
# usual build, with gigabytes of CUDA libraries that this app never uses: then the last line of this step fails.
ARG PIP_EXTRA_INDEX_URL
COPY requirements.txt requirements-postgres.txt ./
RUN : "${PIP_EXTRA_INDEX_URL:?must be the address of the index of PyTorch's CPU build, see docs/DEPLOY.md}" \
    && pip install --no-cache-dir --disable-pip-version-check -r requirements-postgres.txt \
    && python -c "import torch; assert torch.version.cuda is None, 'this is not the CPU build of PyTorch'"

# What is copied stands in .dockerignore. Compiled now, as the app may not write here.
COPY . .
RUN python -m compileall -q .

USER learner
# Where everything is kept that the app unpacks, trains or is given: mount a volume there, and it outlasts the container.
ENV THREE_OR_SEVEN_HOME=/home/learner/three-or-seven
# The server shares its cores with its workers, of which it starts as many as the container's limit allows.
ENV OMP_NUM_THREADS=1
# The digits, and the models that judge drawings: else the first visitor to Draw would wait for a minute.
RUN python -m live

EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD python -c "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=4)" "http://127.0.0.1:8501/${STREAMLIT_SERVER_BASE_URL_PATH:+$STREAMLIT_SERVER_BASE_URL_PATH/}_stcore/health"
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
