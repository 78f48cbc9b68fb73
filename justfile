# Short names for common work; `.ci/run` holds the list of checks.

default:
    @just --list

# Start the service with a PostgreSQL of its own.
run *arguments:
    cargo run --release -- {{arguments}}

# Run every test.
test *arguments:
    cargo test --workspace {{arguments}}

# Format, and lint as the checks do.
tidy:
    cargo fmt --all
    cargo clippy --workspace --all-targets --all-features -- -D warnings

# Write anew what tests compare with: documents, tables, openapi.json.
golden:
    UPDATE_GOLDEN=1 cargo test --workspace

# Open the documentation of the code.
doc:
    cargo doc --workspace --no-deps --open

# Let everything die while users are written, and check what arrived (docs/TESTING.md).
chaos *arguments:
    cargo run -p trials --bin chaos -- {{arguments}}

# Measure the delivery of webhooks (docs/TESTING.md).
bench-webhooks *arguments:
    cargo run --release -p trials --bin bench-webhooks -- {{arguments}}

# See how another service asks the rules, without a server.
example:
    cargo run -p users-domain --example ask_the_rules

# Measure the intake of what other services report (docs/TESTING.md).
bench-ingest *arguments:
    cargo run --release -p trials --bin bench-ingest -- {{arguments}}

# How fast users are erased whose retention is over, and how long others wait meanwhile.
bench-purge *arguments:
    cargo run --release -p trials --bin bench-purge -- {{arguments}}

# Measure the export of an audit log (docs/TESTING.md).
bench-audit-export *arguments:
    cargo run --release -p trials --bin bench-audit-export -- {{arguments}}

# Measure what a check of a rate limit costs, in memory and in Redis (docs/TESTING.md).
bench-limits:
    cargo run --release -p adapter-redis --features testing --example bench-limits

# Let three processes share one limit, and take their Redis away (docs/TESTING.md).
limits *arguments:
    cargo run -p trials --bin limits -- {{arguments}}

# Let one application attack while another one works, and see what the other one notices (docs/TESTING.md).
siege *arguments:
    cargo run --release -p trials --bin siege -- {{arguments}}

# Everything that must pass before a change is merged.
ci:
    bash .ci/run
