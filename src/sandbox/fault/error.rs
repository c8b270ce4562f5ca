//! Why a fault cannot be read.

/// A fault that cannot be read, and why; one line, naming the nearest known word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(pub(super) String);
