# Functions that the checks share. Sourced, not run.

# Installs Debian packages if this machine permits it; otherwise prints what to install.
install_debian() {
    echo "installing $*"
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
    else
        echo "please install: $*" >&2
        return 1
    fi
}

# python_environment DIRECTORY REQUIREMENTS: creates a virtual environment with exactly these packages; recreates it
# when the requirements have changed.
python_environment() {
    local directory=$1 requirements=$2
    if cmp -s "$requirements" "$directory/requirements.txt"; then
        return
    fi
    command -v python3 >/dev/null || install_debian python3
    python3 -m venv --clear "$directory" 2>/dev/null || {
        install_debian python3-venv
        python3 -m venv --clear "$directory"
    }
    "$directory/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$requirements"
    cp "$requirements" "$directory/requirements.txt"
}

# node_environment DIRECTORY PROJECT: the packages of the project's lock file, installed anew when it has changed.
node_environment() {
    local directory=$1 project=$2
    command -v node >/dev/null || install_debian nodejs
    command -v npm >/dev/null || install_debian npm
    mkdir -p "$directory"
    cmp -s "$project/package-lock.json" "$directory/installed.json" && return
    cp "$project/package.json" "$project/package-lock.json" "$directory/"
    npm ci --prefix "$directory" --ignore-scripts --no-audit --no-fund --silent
    cp "$project/package-lock.json" "$directory/installed.json"
}
