//! The `wasmill` command, run as a user runs it: a process of its own, its output captured, never for ever.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The file Cargo builds the command into, for tests (see `Cargo.toml`).
const BINARY: &str = "wasmill-under-test";

/// Tells a program that is the command too that it is wanted as such: see [`or_be_the_command`].
const IS_COMMAND: &str = "WASMILL_TEST_IS_COMMAND";

/// This program, if it is the command too.
static THIS_PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// How long a command may take before the test gives it up: far more than any needs, since the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// A command line to be run.
#[derive(Debug)]
pub struct Command {
    process: std::process::Command,
}

/// A command that ended.
#[derive(Debug)]
pub struct Output {
    /// What was run, for messages.
    pub command: String,
    /// Its exit status; none if a signal ended it.
    pub code: Option<i32>,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

/// A command that runs. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    command: String,
    child: Child,
    captured: Arc<Captured>,
}

#[derive(Debug, Default)]
struct Captured {
    text: Mutex<Texts>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Texts {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    closed: u8,
}

impl Command {
    /// `wasmill` with these arguments. Of the environment, only what names another broker is kept away from it.
    pub fn wasmill<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut process = std::process::Command::new(binary());
        // The help texts and hints name the command by this.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut process, "wasmill");
        process.args(arguments).env_remove("WASMILL_KAFKA").stdin(Stdio::null());
        if THIS_PROGRAM.get().is_some() {
            process.env(IS_COMMAND, "1");
        }
        Self { process }
    }

    /// Any other program, by its path.
    pub fn other<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut process = std::process::Command::new(program);
        process.args(arguments).stdin(Stdio::null());
        Self { process }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.process.arg(argument);
        self
    }

    /// Adds `--set KEY=VALUE`, which replaces a value of the pipeline file.
    #[must_use]
    pub fn set(self, key: &str, value: &str) -> Self {
        self.arg("--set").arg(format!("{key}={value}"))
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.process.env(name, value);
        self
    }

    /// Takes a variable out of its environment.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.process.env_remove(name);
        self
    }

    /// Runs it in this folder.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.process.current_dir(folder);
        self
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let command = format!("{:?}", self.process);
        let spawned = self.process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{command} can't be started: {error}"));
        let captured = Arc::new(Captured::default());
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            capture(stdout, &captured, |texts| &mut texts.stdout);
            capture(stderr, &captured, |texts| &mut texts.stderr);
        }
        Running {
            command,
            child,
            captured,
        }
    }

    /// Starts it with its output going into files, for who looks after the process himself.
    pub fn start_into(mut self, stdout: File, stderr: File) -> Child {
        let spawned = self.process.stdout(stdout).stderr(stderr).spawn();
        spawned.unwrap_or_else(|error| panic!("{:?} can't be started: {error}", self.process))
    }

    /// Runs it to its end, whatever that is.
    pub fn output(self) -> Output {
        self.start().finish()
    }

    /// Runs it to its end, which has to be a success.
    pub fn succeed(self) -> Output {
        let output = self.output();
        assert!(
            output.code == Some(0),
            "a command failed that should not have\n{output}"
        );
        output
    }

    /// Runs it to its end, which has to be a failure that it chose itself: neither a success, nor a signal, nor a panic.
    pub fn fail(self) -> Output {
        let output = self.output();
        let chosen = matches!(output.code, Some(code) if code != 0 && code != 101);
        assert!(
            chosen,
            "a command should have failed with an error of its own\n{output}"
        );
        output
    }
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until its standard output so far has what `find` looks for.
    pub fn wait_for_stdout<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        self.wait_for(what, |texts| find(&String::from_utf8_lossy(&texts.stdout)))
    }

    /// Waits until its standard error so far has what `find` looks for.
    pub fn wait_for_stderr<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        self.wait_for(what, |texts| find(&String::from_utf8_lossy(&texts.stderr)))
    }

    /// Sends it what Ctrl-C does.
    pub fn interrupt(&self) {
        Command::other("sh", ["-c", &format!("kill -INT {}", self.id())]).succeed();
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(&mut self) {
        // It may have ended by itself: then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Output {
        self.wait_for("its end", |texts| (texts.closed == 2).then_some(()));
        let status = self
            .child
            .wait()
            .unwrap_or_else(|error| panic!("{} can't be waited for: {error}", self.command));
        self.so_far(status.code())
    }

    fn wait_for<T>(&self, what: &str, find: impl Fn(&Texts) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut texts = self.captured.lock();
        loop {
            if let Some(found) = find(&texts) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let ended = texts.closed == 2;
            if ended || left.is_zero() {
                drop(texts);
                let why = if ended { "it ended" } else { "patience did" };
                panic!("waited for {what}, but {why}\n{}", self.so_far(None));
            }
            let waited = self.captured.changed.wait_timeout(texts, left);
            texts = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn so_far(&self, code: Option<i32>) -> Output {
        let texts = self.captured.lock();
        Output {
            command: self.command.clone(),
            code,
            stdout: String::from_utf8_lossy(&texts.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&texts.stderr).into_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Captured {
    fn lock(&self) -> MutexGuard<'_, Texts> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a pipe to its end from a thread of its own, so that a command never waits for somebody to read it.
fn capture(mut pipe: impl Read + Send + 'static, captured: &Arc<Captured>, part: fn(&mut Texts) -> &mut Vec<u8>) {
    let captured = Arc::clone(captured);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = pipe.read(&mut buffer).unwrap_or(0);
            let mut texts = captured.lock();
            part(&mut texts).extend_from_slice(&buffer[..count]);
            texts.closed += u8::from(count == 0);
            captured.changed.notify_all();
            if count == 0 {
                return;
            }
        }
    });
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            command,
            code,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "{command}\nexit status {code:?}; standard output:\n{stdout}\nstandard error:\n{stderr}"
        )
    }
}

/// For a program of this package that drives the command, to begin with: Cargo builds the command for tests, but not for it, so it
/// is the command too. Some: it was started as the command, and has come to its end.
pub fn or_be_the_command() -> Option<ExitCode> {
    if std::env::var_os(IS_COMMAND).is_some() {
        return Some(wasmill::cli::main());
    }
    let this = std::env::current_exe();
    THIS_PROGRAM
        .get_or_init(|| this.unwrap_or_else(|error| panic!("a program that does not know where it is: {error}")));
    None
}

/// Where Cargo put the command: it says so to tests that it runs, and otherwise it is beside the folder the test itself is in.
pub fn binary() -> PathBuf {
    if let Some(path) = THIS_PROGRAM.get() {
        return path.clone();
    }
    if let Some(path) = std::env::var_os(format!("CARGO_BIN_EXE_{BINARY}")) {
        return path.into();
    }
    let test = std::env::current_exe().unwrap_or_else(|error| panic!("a test that does not know where it is: {error}"));
    let profile = test.parent().and_then(Path::parent).unwrap_or(&test);
    let path = profile.join(BINARY).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        path.exists(),
        "{} is not there; run `cargo build -p wasmill-tests`",
        path.display()
    );
    path
}

#[cfg(test)]
#[path = "command_test.rs"]
mod tests;
