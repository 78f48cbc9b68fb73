//! The endpoint of the cluster: a Unix socket in a private directory, or loopback TCP if no such directory has a short
//! enough path.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::{
    Account, EmbeddedError,
    secret::{self, Login},
};

/// The length of `sun_path` without its final NUL: 107 bytes on Linux, 103 on macOS and the BSDs.
const SOCKET_PATH_BYTES: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
const SOCKET_PORT: u16 = 5432;
/// The file name that PostgreSQL appends to the directory.
const SOCKET_NAME_BYTES: usize = "/.s.PGSQL.5432".len();

/// The bytes that are escaped in URLs: all except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &RESERVED.remove(b'/');

/// How clients connect to the cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Listen {
    /// A Unix socket; loopback TCP only if no private directory with a short path can be created.
    #[default]
    Socket,
    /// TCP on 127.0.0.1 with a port that was free.
    Loopback,
}

#[derive(Debug)]
pub(super) enum Endpoint {
    Socket { dir: PathBuf, short_lived: bool },
    Loopback { port: u16 },
}

impl Endpoint {
    pub(super) fn choose(
        listen: Listen,
        base: &Path,
        account: &Account,
    ) -> Result<Self, EmbeddedError> {
        if listen == Listen::Socket
            && let Some(endpoint) = socket_in_base(base, account)?.or_else(|| short_socket(account))
        {
            return Ok(endpoint);
        }
        Self::loopback()
    }

    /// A port that is free now.
    pub(super) fn loopback() -> Result<Self, EmbeddedError> {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = port.map_err(EmbeddedError::io("find a free port on", "127.0.0.1"))?.port();
        Ok(Self::Loopback { port })
    }

    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Socket { dir, .. } => vec![
                ("listen_addresses", String::new()),
                // A list of paths: quotes protect commas and spaces in a path.
                (
                    "unix_socket_directories",
                    format!("\"{}\"", dir.to_string_lossy().replace('"', "\"\"")),
                ),
                ("unix_socket_permissions", "0700".to_owned()),
                ("port", SOCKET_PORT.to_string()),
            ],
            Self::Loopback { port } => vec![
                ("listen_addresses", Ipv4Addr::LOCALHOST.to_string()),
                ("unix_socket_directories", String::new()),
                ("port", port.to_string()),
            ],
        }
    }

    pub(super) fn url(&self, login: &Login, database: &str) -> String {
        let Login { role, password } = login;
        let role = percent_encode(role.as_bytes(), RESERVED);
        let database = percent_encode(database.as_bytes(), PATH);
        match self {
            Self::Socket { dir, .. } => {
                let dir = percent_encode(dir.as_os_str().as_bytes(), PATH);
                format!("postgresql://{role}:{password}@/{database}?host={dir}&port={SOCKET_PORT}")
            }
            Self::Loopback { port } => {
                format!("postgresql://{role}:{password}@127.0.0.1:{port}/{database}")
            }
        }
    }

    /// A directory outside the base that must be removed when the cluster stops.
    pub(super) fn short_lived_dir(&self) -> Option<&Path> {
        match self {
            Self::Socket { dir, short_lived: true } => Some(dir),
            _ => None,
        }
    }
}

fn fits(dir: &Path) -> bool {
    // PostgreSQL settings are UTF-8 text, and clients treat a comma as a separator of hosts.
    dir.to_str().is_some_and(|dir| !dir.contains(','))
        && dir.as_os_str().len() + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES
}

fn socket_in_base(base: &Path, account: &Account) -> Result<Option<Endpoint>, EmbeddedError> {
    let dir = base.join("run");
    if !fits(&dir) {
        return Ok(None);
    }
    // A killed server leaves its socket and a lock file with a process id that another process may have by now.
    if dir.exists() {
        fs::remove_dir_all(&dir).map_err(EmbeddedError::io("remove", &dir))?;
    }
    account.make_private_dir(&dir)?;
    Ok(Some(Endpoint::Socket { dir, short_lived: false }))
}

/// A socket in a directory with a random name, because other users can write to the parent.
fn short_socket(account: &Account) -> Option<Endpoint> {
    let parents = [env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from), Some(PathBuf::from("/tmp"))];
    parents.into_iter().flatten().find_map(|parent| {
        let dir = parent.join(format!("embedded-pg-{}", secret::random_hex::<6>().ok()?));
        if !fits(&dir) || !dir.is_absolute() || account.make_private_dir(&dir).is_err() {
            return None;
        }
        if !account.can_enter(&dir) {
            let _ = fs::remove_dir(&dir);
            return None;
        }
        Some(Endpoint::Socket { dir, short_lived: true })
    })
}
