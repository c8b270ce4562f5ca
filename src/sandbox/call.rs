//! A request as the handler sees it, and when it came.

use std::time::Duration;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;

/// One request, read to its end.
#[derive(Debug)]
pub(super) struct Call {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A request's number (from 1 since the start) and time (`elapsed` since the first one).
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub number: u64,
    pub elapsed: Duration,
    pub at: Timestamp,
}
