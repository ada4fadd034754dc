//! From a crate's folder to a component: `cargo build` for `wasm32-unknown-unknown`, then the component's wrapping.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use serde::Deserialize;
use wit_component::ComponentEncoder;

use super::digest::Digest;
use super::inspect::inspect;
use super::limits::Limits;
use crate::error::{Fault, Result};

/// The Rust target that guests are built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Settings that count for a guest whatever its `Cargo.toml` says: it is one small crate graph that runs for every record,
/// and its panics can't unwind anyway.
const PROFILE: [&str; 6] = [
    "profile.release.opt-level=3",
    "profile.release.lto=\"fat\"",
    "profile.release.codegen-units=1",
    "profile.release.panic=\"abort\"",
    "profile.release.strip=true",
    "target.wasm32-unknown-unknown.rustflags=[\"-C\", \"target-feature=+simd128\"]",
];

/// What is said while a crate is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildOutput<'a> {
    /// A step, for a progress line: `Compiling commandes v0.1.0 (...)`.
    Step(&'a str),
    /// A line of the compiler's warnings and errors, to be shown as it is.
    Compiler(&'a str),
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The component's file, beside what cargo made.
    pub component: PathBuf,
    /// Its digest.
    pub digest: Digest,
    /// Its size.
    pub bytes: usize,
    /// The crate's name.
    pub name: String,
    /// Whether the file was there already with the same bytes, and was left alone.
    pub unchanged: bool,
}

/// Builds the crate in this folder, and makes a component of it.
///
/// Cargo runs as if called by hand in that folder: what cargo or a test has put into the environment of this process is
/// taken out, `CARGO_TARGET_DIR` too (so a build inside of `cargo test` never waits for the lock of the cargo around it).
/// `RUSTUP_TOOLCHAIN` and settings of the network stay. The missing target is added by rustup.
///
/// # Errors
/// If there is no crate, no cargo or no target; if it does not compile (the compiler's text went to `said` before); and if
/// it is no module.
pub fn build(crate_dir: &Path, said: impl FnMut(BuildOutput<'_>)) -> Result<Built> {
    build_within(crate_dir, &Limits::default(), said)
}

/// As [`build`], for a module that is to be used within limits of its own.
///
/// # Errors
/// As [`build`].
pub fn build_within(crate_dir: &Path, limits: &Limits, mut said: impl FnMut(BuildOutput<'_>)) -> Result<Built> {
    let at = |fault: Fault| fault.at(format!("crate `{}`", crate_dir.display()));
    let crate_dir =
        &fs::canonicalize(crate_dir).map_err(|error| at(Fault::usage("there is no such folder").because(error)))?;
    if !crate_dir.join("Cargo.toml").is_file() {
        return Err(at(Fault::usage("there is no `Cargo.toml` in the folder")));
    }
    ensure_target(crate_dir, &mut said).map_err(at)?;
    let artifact = cargo_build(crate_dir, &mut said).map_err(at)?;
    to_component(&artifact, limits).map_err(at)
}

/// A command in the crate's folder, in an environment without what belongs to the cargo around this process.
pub fn command(program: &str, crate_dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate_dir).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if belongs_to_another_cargo(&name) {
            command.env_remove(&name);
        }
    }
    command
}

fn belongs_to_another_cargo(name: &OsStr) -> bool {
    const KEPT: [&str; 5] = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTR",
        "CARGO_TERM_",
    ];
    const FLAGS: [&str; 4] = ["CARGO", "RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOCFLAGS"];
    let name = name.to_string_lossy();
    FLAGS.contains(&&*name) || (name.starts_with("CARGO_") && !KEPT.iter().any(|kept| name.starts_with(kept)))
}

/// Adds the target to the toolchain that this folder uses, if it is missing.
fn ensure_target(crate_dir: &Path, said: &mut impl FnMut(BuildOutput<'_>)) -> Result<()> {
    let sysroot = command("rustc", crate_dir)
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| {
            Fault::machine("`rustc` can't be run")
                .because(error)
                .hint("install Rust from https://rustup.rs")
        })?;
    if !sysroot.status.success() {
        return Err(Fault::machine("`rustc` does not work here")
            .because(String::from_utf8_lossy(&sysroot.stderr).trim().to_owned()));
    }
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if has_target(&sysroot) {
        return Ok(());
    }
    said(BuildOutput::Step(&format!(
        "Adding the Rust target `{TARGET}` (once): rustup target add {TARGET}"
    )));
    let by_hand = format!("run `rustup target add {TARGET}`, or install your distribution's package of that target");
    let added = command("rustup", crate_dir)
        .args(["target", "add", TARGET])
        .output()
        .map_err(|error| {
            Fault::machine(format!(
                "the Rust target `{TARGET}` is missing, and rustup can't be run to add it"
            ))
            .because(error)
            .hint(&by_hand)
        })?;
    if added.status.success() {
        return Ok(());
    }
    Err(Fault::machine(format!("`rustup target add {TARGET}` failed"))
        .because(String::from_utf8_lossy(&added.stderr).trim().to_owned())
        .hint(by_hand))
}

/// Whether the toolchain whose `rustc --print sysroot` this is can build guests.
pub fn has_target(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

/// The core module that cargo made.
struct Artifact {
    name: String,
    file: PathBuf,
}

/// The part we read of what cargo tells of each thing it made.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<MessageTarget>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
    crate_types: Vec<String>,
}

fn cargo_build(crate_dir: &Path, said: &mut impl FnMut(BuildOutput<'_>)) -> Result<Artifact> {
    let mut cargo = command("cargo", crate_dir);
    cargo.args([
        "build",
        "--release",
        "--lib",
        "--target",
        TARGET,
        "--message-format=json-render-diagnostics",
    ]);
    cargo.args(PROFILE.iter().flat_map(|setting| ["--config", *setting]));
    cargo.stdout(Stdio::piped()).stderr(Stdio::piped());
    let not_run = |error: std::io::Error| {
        Fault::machine("`cargo` can't be run")
            .because(error)
            .hint("install Rust from https://rustup.rs")
    };
    let mut child = cargo.spawn().map_err(not_run)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Both ends must be read at once, or cargo stops when one is full.
    let messages = thread::spawn(move || stdout.map(read_messages).unwrap_or_default());
    for line in stderr
        .into_iter()
        .flat_map(|stderr| BufReader::new(stderr).split(b'\n'))
    {
        let line = line.map_err(not_run)?;
        let line = String::from_utf8_lossy(&line);
        said(if is_step(&line) {
            BuildOutput::Step(line.trim())
        } else {
            BuildOutput::Compiler(&line)
        });
    }
    let status = child.wait().map_err(not_run)?;
    let messages = messages.join().unwrap_or_default();
    artifact_of(crate_dir, messages, status)
}

/// Cargo sets its own words off to the right: `   Compiling serde v1.0.0`.
fn is_step(line: &str) -> bool {
    line.starts_with("   ")
        && line.trim_start().starts_with(|first: char| first.is_ascii_uppercase())
        && line.find(|letter: char| letter != ' ').is_some_and(|start| {
            line[start..]
                .find(' ')
                .is_some_and(|length| start + length == "   Compiling".len())
        })
}

fn read_messages(stdout: impl Read) -> Vec<Message> {
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    // Crates that print to stdout while they are built are nobody's concern here.
    lines.filter_map(|line| serde_json::from_str(&line).ok()).collect()
}

fn artifact_of(crate_dir: &Path, messages: Vec<Message>, status: ExitStatus) -> Result<Artifact> {
    if !status.success() {
        return Err(Fault::guest("the crate does not compile").hint("the compiler's messages stand above"));
    }
    let manifest = crate_dir.join("Cargo.toml");
    let own = messages
        .into_iter()
        .filter(|message| message.reason == "compiler-artifact" && message.manifest_path.as_ref() == Some(&manifest));
    for message in own {
        let Some(target) = message.target else { continue };
        let wasm = message
            .filenames
            .into_iter()
            .find(|file| file.extension() == Some(OsStr::new("wasm")));
        if let (true, Some(file)) = (target.crate_types.iter().any(|kind| kind == "cdylib"), wasm) {
            return Ok(Artifact {
                name: target.name,
                file,
            });
        }
    }
    Err(Fault::guest("the crate is built, but not as a module").hint(
        "its `Cargo.toml` needs\n[lib]\ncrate-type = [\"cdylib\", \"lib\"]\n(`cdylib` for the module, `lib` for its tests)",
    ))
}

/// Wraps the core module as a component, in a file beside it.
fn to_component(artifact: &Artifact, limits: &Limits) -> Result<Built> {
    let on_disk = |error: std::io::Error| Fault::machine("the component can't be written").because(error);
    let module =
        fs::read(&artifact.file).map_err(|error| Fault::machine("what cargo built can't be read").because(error))?;
    let bytes = encode(&module)?;
    // What is broken is told here, where the author sits, and not first when a pipeline starts.
    inspect(&bytes, limits, None)?;

    let component = artifact.file.with_extension("component.wasm");
    let built = Built {
        digest: Digest::of(&bytes),
        bytes: bytes.len(),
        name: artifact.name.clone(),
        unchanged: fs::read(&component).is_ok_and(|before| before == bytes),
        component,
    };
    if !built.unchanged {
        // Whoever watches the file sees the old one or the new one, never a half.
        let mut hidden = OsString::from(".");
        hidden.push(built.component.file_name().unwrap_or_default());
        hidden.push(format!(".{}", std::process::id()));
        let hidden = built.component.with_file_name(hidden);
        let mut file = fs::File::create(&hidden).map_err(on_disk)?;
        file.write_all(&bytes).map_err(on_disk)?;
        fs::rename(&hidden, &built.component).map_err(on_disk)?;
    }
    Ok(built)
}

fn encode(module: &[u8]) -> Result<Vec<u8>> {
    if !module.windows(SECTION.len()).any(|bytes| bytes == SECTION) {
        return Err(Fault::guest("there is no transform in the crate")
            .hint("mark one function with `#[wasmill_sdk::transform]`"));
    }
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode());
    encoded.map_err(|error| {
        let cause: Box<dyn std::error::Error + Send + Sync> = error.into();
        Fault::guest("no component can be made of the crate")
            .because(cause)
            .hint("a crate it depends on may want a system (files, time, random numbers), which a module does not have")
    })
}

/// How the sections are called in which wit-bindgen leaves the contract in a core module.
const SECTION: &[u8] = b"component-type";

#[cfg(test)]
#[path = "build_test.rs"]
mod tests;
