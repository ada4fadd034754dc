//! What builds modules: rustc and cargo, the target, a linker for the macros.

use std::path::{Path, PathBuf};

use crate::guest::{TARGET, has_target, toolchain_command};

use super::finding::Finding;
use super::program::{Answer, ask};

/// The oldest rustc that takes the SDK.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Installs Rust.
const INSTALL: &str = if cfg!(windows) {
    "winget install Rustlang.Rustup"
} else {
    "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
};

/// Looks at the toolchain that is used in this folder.
pub(super) async fn look(folder: &Path, is_needed: bool) -> Vec<Finding> {
    let version = |program| ask_version(program, folder);
    let (rustc, cargo, rustup) = tokio::join!(version("rustc"), version("cargo"), version("rustup"));
    let has_rustup = matches!(rustup, Answer::Said(_));
    let mut findings = vec![
        compiler(&rustc, has_rustup),
        cargo_of(&cargo, has_rustup),
        target(folder, has_rustup).await,
    ];
    findings.extend(linker(folder).await);
    findings.push(match rustup {
        Answer::Said(said) => Finding::ok("rustup", second_word(&said)),
        // It fetches the target, and newer versions; what is there already works without.
        other => Finding::optional("rustup", why(&other)),
    });
    findings.into_iter().map(|finding| finding.needed(is_needed)).collect()
}

async fn ask_version(program: &str, folder: &Path) -> Answer {
    let mut command = toolchain_command(program, folder);
    command.arg("--version");
    ask(command).await
}

fn compiler(answer: &Answer, has_rustup: bool) -> Finding {
    let Answer::Said(said) = answer else {
        return broken("rustc", answer, has_rustup);
    };
    let version = second_word(said);
    match (numbers(version), numbers(OLDEST)) {
        (Some(there), Some(oldest)) if there < oldest => {
            let found = format!("{version} is too old: the SDK needs {OLDEST} or newer");
            Finding::missing("rustc", found).mended_by(if has_rustup { "rustup update stable" } else { INSTALL })
        }
        (Some(_), _) => Finding::ok("rustc", format!("{version} (the SDK needs {OLDEST} or newer)")),
        // Whoever builds a compiler of their own knows what it can do.
        (None, _) => Finding::ok("rustc", format!("of a version that says nothing: {said}")),
    }
}

fn cargo_of(answer: &Answer, has_rustup: bool) -> Finding {
    match answer {
        Answer::Said(said) => Finding::ok("cargo", second_word(said)),
        other => broken("cargo", other, has_rustup),
    }
}

/// A program of Rust's that is not there or does not work.
fn broken(name: &'static str, answer: &Answer, has_rustup: bool) -> Finding {
    let finding = Finding::missing(name, why(answer));
    match answer {
        Answer::NotFound => finding.mended_by(install()),
        // Rustup stands in its place, and has no toolchain, or not this one.
        _ if has_rustup => finding.mended_by("rustup toolchain install stable && rustup default stable"),
        _ => finding.mended_by(INSTALL),
    }
}

async fn target(folder: &Path, has_rustup: bool) -> Finding {
    let mend = if has_rustup {
        format!("rustup target add {TARGET}")
    } else {
        format!("install rustup, or your distribution's package of the target {TARGET}")
    };
    let mut sysroot = toolchain_command("rustc", folder);
    sysroot.args(["--print", "sysroot"]);
    match ask(sysroot).await {
        Answer::Said(sysroot) if has_target(Path::new(&sysroot)) => Finding::ok("target", TARGET),
        Answer::Said(_) => Finding::missing("target", format!("{TARGET} is not installed")).mended_by(mend),
        _ => Finding::missing("target", format!("{TARGET} can't be looked for without `rustc`")).mended_by(mend),
    }
}

/// The SDK's macros are linked for this machine. On Windows and macOS the compiler brings or finds its own.
async fn linker(folder: &Path) -> Option<Finding> {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return None;
    }
    Some(match ask_version("cc", folder).await {
        Answer::Said(said) => Finding::ok("linker", format!("`cc`: {}", said.lines().next().unwrap_or_default())),
        other => Finding::missing("linker", format!("`cc`: {}", why(&other)))
            .mended_by("apt-get install build-essential (elsewhere: the package of a C compiler)"),
    })
}

/// How Rust is installed; or found, where it is installed and the shell does not know yet.
fn install() -> &'static str {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let is_there = home.is_some_and(|home| home.join("bin/rustup").is_file());
    if is_there && !cfg!(windows) {
        ". \"${CARGO_HOME:-$HOME/.cargo}/env\" (it is installed, but not in this shell's PATH)"
    } else {
        INSTALL
    }
}

fn why(answer: &Answer) -> String {
    match answer {
        Answer::Said(said) | Answer::Failed(said) => said.clone(),
        Answer::NotFound => "not found".to_owned(),
        Answer::NotRun(error) => format!("can't be run: {error}"),
        Answer::Silent => "did not answer within 10 seconds".to_owned(),
    }
}

/// `rustc 1.95.0 (59807616e 2026-04-14)`
fn second_word(said: &str) -> &str {
    said.split_whitespace().nth(1).unwrap_or(said)
}

/// `1.95.0-nightly`: 1 and 95.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
#[path = "toolchain_test.rs"]
mod tests;
