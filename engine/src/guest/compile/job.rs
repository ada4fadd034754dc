//! What passes between this process and the one that compiles for it.
//!
//! The child gets a [`Job`] as its last argument, and on standard input the module's length (8 bytes, the lowest first) and its bytes.
//! The input then stays open for as long as the parent lives: a child whose input ends while it works has nobody left to work
//! for. On standard output it gives machine code in the form of `native.rs`, or [`REFUSED`] and the compiler's reason.

use crate::guest::engine::Metering;

/// Stands before the reason why a module is not valid.
pub(super) const REFUSED: &[u8; 16] = b"wasmill-refused\n";

/// What the child is to do, and within what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) metering: Metering,
    /// Bytes of memory that it may take.
    pub(super) memory_bytes: u64,
    /// Seconds of processor time that it may take: the net below the parent's clock.
    pub(super) cpu_seconds: u64,
}

impl Job {
    /// As an argument: `fuel,epochs,2147483648,120`.
    pub(super) fn argument(&self) -> String {
        let Self {
            metering: Metering { fuel, epochs },
            memory_bytes,
            cpu_seconds,
        } = self;
        let fuel = if *fuel { "fuel" } else { "-" };
        let epochs = if *epochs { "epochs" } else { "-" };
        format!("{fuel},{epochs},{memory_bytes},{cpu_seconds}")
    }

    /// From an argument.
    pub(super) fn parse(argument: &str) -> Option<Self> {
        let parts: Vec<&str> = argument.split(',').collect();
        let [fuel, epochs, memory_bytes, cpu_seconds] = parts.as_slice() else {
            return None;
        };
        let flag = |text: &str, name: &str| match text {
            "-" => Some(false),
            text if text == name => Some(true),
            _ => None,
        };
        Some(Self {
            metering: Metering {
                fuel: flag(fuel, "fuel")?,
                epochs: flag(epochs, "epochs")?,
            },
            memory_bytes: memory_bytes.parse().ok()?,
            cpu_seconds: cpu_seconds.parse().ok()?,
        })
    }
}
