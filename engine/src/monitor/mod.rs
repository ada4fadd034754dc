//! What a running pipeline tells whoever asks: a small HTTP server on the loopback address, and those who ask it.
//!
//! It serves documents that it is handed ([`Document`]) and what the run tells when it is asked ([`Control`]), and knows nothing of
//! what is in them. It never makes the stream wait: showing a document swaps a pointer, and a text is only made when somebody asks
//! for it. [`running`] finds the pipelines of this user by the files they announce themselves with.

mod answers;
mod client;
mod run_file;
mod server;

pub use client::{Running, running};
pub use run_file::RunName;
pub use server::{Control, Document, Monitor};
