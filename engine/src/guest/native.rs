//! Compiled modules as bytes: a head with a checksum, then what wasmtime makes of a component. The one place where machine code
//! is loaded.

use std::io::{self, Write};

use wasmtime::Engine;
use wasmtime::component::Component;

use super::digest::Digest;

/// Stands at the head, before the payload's SHA-256.
const MAGIC: &[u8; 16] = b"wasmill-native1\n";
pub(super) const HEAD: usize = MAGIC.len() + 32;

/// Writes the head and the payload.
pub(super) fn write(mut out: impl Write, payload: &[u8]) -> io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(Digest::of(payload).as_bytes())?;
    out.write_all(payload)
}

/// What stands behind the head, if both are whole.
pub(super) fn payload(bytes: &[u8]) -> Option<&[u8]> {
    let (head, payload) = bytes.split_at_checked(HEAD)?;
    let (magic, checksum) = head.split_at(MAGIC.len());
    (magic == MAGIC && checksum == Digest::of(payload).as_bytes()).then_some(payload)
}

/// Makes a component of bytes that [`write`] wrote; none if they are not whole, or of another version or other settings.
///
/// The bytes must come from where nobody but this program writes: the cache's folder (see `cache.rs`), or the pipe of a
/// process of this very program that this process started itself (see `compile/child.rs`). The checksum tells damage, not
/// forgery.
pub(super) fn load(engine: &Engine, bytes: &[u8]) -> Option<Component> {
    let payload = payload(bytes)?;
    // SAFETY: the bytes are what wasmtime serialised in this program (see above); wasmtime itself checks that its version and
    // settings were the same.
    #[expect(unsafe_code, reason = "the one place where compiled code is loaded")]
    unsafe { Component::deserialize(engine, payload) }.ok()
}
