# Two commands: `make run` serves on http://127.0.0.1:8000, `make test` runs every test.
PYTHON ?= python3
BIN := .venv/bin
# Two files of tests at a time, each with a database of its own; in order of folders, where the long ones come first.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: run test check prove bench format contract clean

run: .venv/.run
	@$(BIN)/matchmaker serve || [ $$? -eq 130 ]

test: .venv/.dev chromium node
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: .venv/.dev chromium node
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --cov --cov-report=term

# The same tests at full counts and sizes: fault rounds, fuzzing, loads.
prove: .venv/.dev chromium node
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --prove

bench: .venv/.dev
	$(BIN)/python -m benchmarks.matches

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Takes what the API has gained into what it promises (what would break a promise is refused), and into
# the types of the Python client.
contract: .venv/.dev
	$(BIN)/python -m tests.web.promise --accept
	$(BIN)/python -m scripts.make_client_types

.PHONY: chromium
chromium:
	@sh scripts/need_chromium.sh

.PHONY: node
node:
	@sh scripts/need_node.sh

.venv/.run: requirements.txt pyproject.toml scripts/make_venv.sh
	sh scripts/make_venv.sh $(PYTHON)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv data
