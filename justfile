# Short names for common work; `.ci/run` holds the list of checks.

default:
    @just --list

# Start the service with an embedded PostgreSQL.
run *arguments:
    cargo run --release -- {{arguments}}

# Run every test.
test *arguments:
    cargo test --workspace {{arguments}}

# Format and lint.
tidy:
    cargo fmt --all
    cargo clippy --workspace --all-targets --all-features -- -D warnings

# Update the files that tests compare with: documents, tables, openapi.json.
golden:
    UPDATE_GOLDEN=1 cargo test --workspace

# Open the documentation of the code.
doc:
    cargo doc --workspace --no-deps --open

# Inject faults while users are written, and check the deliveries (docs/TESTING.md).
chaos *arguments:
    cargo run -p trials --bin chaos -- {{arguments}}

# Measure webhooks, ingest, purge or audit-export (docs/TESTING.md).
bench *arguments:
    cargo run --release -p trials --bin bench -- {{arguments}}

# Run the example that evaluates the domain rules without a server.
example:
    cargo run -p users-domain --example query_rules

# Measure the cost of a rate limit check, in memory and in Redis (docs/TESTING.md).
bench-limits:
    cargo run --release -p adapter-rate-limits --features testing --example bench-limits

# Measure how attacks by one application affect another one (docs/TESTING.md).
siege *arguments:
    cargo run --release -p trials --bin siege -- {{arguments}}

# Everything that must pass before a change is merged.
ci:
    bash .ci/run
