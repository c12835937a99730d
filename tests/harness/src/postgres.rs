//! A PostgreSQL of the tests' own: a throw-away cluster from Debian's binaries, one per test program, a database per
//! test. Called by store tests, whole-system tests and benches; it knows nothing of Fareway's tables and uses no crate
//! but `tempfile`. It must not touch a server that was running before.
//!
//! The server listens on a Unix socket in its own folder, so no port is taken. It lives as long as the program that
//! started it: a shell holds the other end of a pipe, and when that closes, however the program ended, stops the server
//! and removes the folder.

use std::{
    fs, io,
    io::{BufRead, BufReader},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

const BINARIES: &str = "/usr/lib/postgresql";
const USER: &str = "fareway";

/// Starts the server, says `ready`, and ends it when standard input closes.
const KEEPER: &str = r#"
"$BIN/pg_ctl" -D "$HOME/data" -l "$HOME/log" -w -t 60 -o "$OPTIONS" start >"$HOME/start" 2>&1 </dev/null
if [ $? -eq 0 ]; then
    echo ready
    cat >/dev/null
    "$BIN/pg_ctl" -D "$HOME/data" -m immediate stop >/dev/null 2>&1
else
    cat "$HOME/start" "$HOME/log"
fi
rm -rf "$HOME"
"#;

/// Why there is no server to test on.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Debian's package is not installed.
    #[error("no PostgreSQL under {BINARIES}; install it with: apt-get install postgresql")]
    Missing,
    /// Root may not run the server itself and the package's user is not there.
    #[error("PostgreSQL does not run as root and there is no user `postgres`; reinstall the package postgresql")]
    NoUser,
    /// A folder or a process of the operating system.
    #[error("{doing}")]
    System {
        /// What was being done.
        doing: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// PostgreSQL refused, in its own words.
    #[error("{doing} failed: {said}")]
    Refused {
        /// What was being done.
        doing: String,
        /// Its output.
        said: String,
    },
}

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does not: right for tests, which lose nothing when the machine fails.
    Fast,
    /// It does, as in production: right for benches.
    Real,
}

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    keeper: Child,
    home: PathBuf,
    binaries: PathBuf,
    databases: AtomicU32,
}

impl Postgres {
    /// The one server of this test program, started at the first call and gone with the program.
    ///
    /// # Errors
    /// As [`Postgres::start`]; every later call repeats the first one's error.
    pub fn shared() -> Result<&'static Self, &'static PostgresError> {
        static SERVER: OnceLock<Result<Postgres, PostgresError>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref()
    }

    /// Starts a server that does not wait for the disk.
    ///
    /// # Errors
    /// Says what is missing or what PostgreSQL objects to.
    pub fn start() -> Result<Self, PostgresError> {
        Self::start_with(Durability::Fast)
    }

    /// Starts a server; it is ready when this returns.
    ///
    /// # Errors
    /// Says what is missing or what PostgreSQL objects to.
    pub fn start_with(durability: Durability) -> Result<Self, PostgresError> {
        let binaries = newest_binaries()?;
        let owner = owner()?;
        let home = make_home(owner)?;
        init(&binaries, &home, owner)?;
        let mut keeper = as_owner("/bin/sh", &home, owner)
            .args(["-c", KEEPER])
            .env("BIN", &binaries)
            .env("OPTIONS", options(&home, durability))
            // Out of the terminal's group, so that Ctrl-C does not end the keeper before it has cleaned up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(system("start a shell to keep PostgreSQL"))?;
        let mut said = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.map_err(system("read what PostgreSQL says"))?;
                if line == "ready" {
                    return Ok(Self { keeper, home, binaries, databases: AtomicU32::new(0) });
                }
                said.push_str(&line);
                said.push('\n');
            }
        }
        Err(PostgresError::Refused { doing: "starting PostgreSQL".to_owned(), said })
    }

    /// The address of a database, as the setting `database.url` wants it. No password: the socket's folder is the key.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@localhost/{database}?host={}", self.home.display())
    }

    /// Makes an empty database that no other test has and gives its address.
    ///
    /// # Errors
    /// When the server has gone away.
    pub fn fresh_database(&self) -> Result<String, PostgresError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(self.binaries.join("createdb"))
            .arg("--host")
            .arg(&self.home)
            .args(["--username", USER, "--maintenance-db", "postgres", "--template", "template0", &name])
            .output();
        settled(format!("making the database {name}"), made)?;
        Ok(self.url(&name))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The keeper ends by itself; waiting only makes the folder's removal certain before the next line runs.
        let _ended = self.keeper.wait();
    }
}

/// The user and group that run the server.
type Owner = Option<(u32, u32)>;

/// Root hands the server to the package's own user; anybody else runs it as themselves.
fn owner() -> Result<Owner, PostgresError> {
    let me = fs::metadata("/proc/self").map_err(system("ask who runs this test"))?;
    if me.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(system("read /etc/passwd"))?;
    let found = users.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    found.map(Some).ok_or(PostgresError::NoUser)
}

fn newest_binaries() -> Result<PathBuf, PostgresError> {
    let versions = fs::read_dir(BINARIES).map_err(|_| PostgresError::Missing)?;
    let newest = versions
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| Path::new(BINARIES).join(version.to_string()).join("bin/initdb").exists())
        .max()
        .ok_or(PostgresError::Missing)?;
    Ok(Path::new(BINARIES).join(newest.to_string()).join("bin"))
}

/// A folder that only the server's user may enter.
fn make_home(owner: Owner) -> Result<PathBuf, PostgresError> {
    let home = tempfile::Builder::new().prefix("fareway-pg-").tempdir().map_err(system("make a folder"))?.keep();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).map_err(system("close the folder"))?;
    if let Some((user, group)) = owner {
        chown(&home, Some(user), Some(group)).map_err(system("give the folder to PostgreSQL"))?;
    }
    Ok(home)
}

fn init(binaries: &Path, home: &Path, owner: Owner) -> Result<(), PostgresError> {
    let initdb = binaries.join("initdb");
    let made = as_owner(&initdb, home, owner)
        .arg("--pgdata")
        .arg(home.join("data"))
        .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"])
        .output();
    settled("making a PostgreSQL cluster".to_owned(), made)
}

fn options(home: &Path, durability: Durability) -> String {
    let home = home.display();
    let wait = match durability {
        Durability::Fast => "-c fsync=off -c full_page_writes=off -c synchronous_commit=off",
        Durability::Real => "-c fsync=on -c full_page_writes=on -c synchronous_commit=on",
    };
    format!("-c listen_addresses= -c unix_socket_directories={home} -c max_connections=200 {wait}")
}

fn as_owner(program: impl AsRef<std::ffi::OsStr>, home: &Path, owner: Owner) -> Command {
    let mut command = Command::new(program);
    command.current_dir(home).env("HOME", home).env("LC_ALL", "C");
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

fn settled(doing: String, output: io::Result<Output>) -> Result<(), PostgresError> {
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(PostgresError::Refused { doing, said })
        }
        Err(source) => Err(PostgresError::System { doing, source }),
    }
}

fn system(doing: &'static str) -> impl FnOnce(io::Error) -> PostgresError {
    move |source| PostgresError::System { doing: doing.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &Postgres, url: &str, sql: &str) -> String {
        let output = Command::new(server.binaries.join("psql")).args(["-At", url, "-c", sql]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn every_test_has_a_database_of_its_own() {
        let server = Postgres::shared().unwrap();
        let (one, other) = (server.fresh_database().unwrap(), server.fresh_database().unwrap());
        ask(server, &one, "CREATE TABLE bills (id INT)");
        assert_eq!(ask(server, &one, "SELECT to_regclass('bills') IS NOT NULL"), "t");
        assert_eq!(ask(server, &other, "SELECT to_regclass('bills') IS NOT NULL"), "f");
    }

    #[test]
    fn a_bench_server_waits_for_the_disk() {
        let server = Postgres::start_with(Durability::Real).unwrap();
        let url = server.url("postgres");
        assert_eq!(ask(&server, &url, "SHOW fsync"), "on");
        assert_eq!(ask(&server, &url, "SHOW synchronous_commit"), "on");
    }

    #[test]
    fn nothing_is_left_when_the_server_is_dropped() {
        let server = Postgres::start().unwrap();
        let home = server.home.clone();
        assert!(home.join("data/postmaster.pid").exists());
        drop(server);
        assert!(!home.exists());
    }
}
