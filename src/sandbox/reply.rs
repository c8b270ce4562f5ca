//! One answer, before it meets a socket: its status, bytes, and how it is to end.

use std::time::Duration;

use serde::Serialize;

/// What goes back for a request.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
    pub ending: Ending,
    /// Waited before the answer goes.
    pub delay: Duration,
    /// Records the request carried, where it got so far as to count them.
    pub records: usize,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As HTTP wants it.
    Whole,
    /// The connection closes in the middle of the body.
    Cut,
    /// The connection closes without a byte.
    Closed,
    /// The connection is reset without a byte.
    Reset,
    /// Nothing ever comes.
    Hang,
}

const JSON: &str = "application/json; charset=utf-8";

/// Kore.ai's error envelope (docs/kore-api.md, "Answers").
#[derive(Serialize)]
struct Envelope<'a> {
    errors: [EnvelopeError<'a>; 1],
}

#[derive(Serialize)]
struct EnvelopeError<'a> {
    msg: &'a str,
    code: u32,
}

impl Reply {
    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            retry_after: None,
            body,
            ending: Ending::Whole,
            delay: Duration::ZERO,
            records: 0,
        }
    }

    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).expect("own types with text keys always serialise");
        Self::new(status, JSON, bytes)
    }

    /// JSON that is already bytes.
    pub(super) fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self::new(status, JSON, body)
    }

    pub(super) fn error(status: u16, msg: &str, code: u32) -> Self {
        Self::json(status, &Envelope { errors: [EnvelopeError { msg, code }] })
    }

    /// An error whose code is its status.
    pub(super) fn refusal(status: u16, msg: &str) -> Self {
        Self::error(status, msg, u32::from(status))
    }

    /// A page such as gateways show.
    pub(super) fn html(status: u16) -> Self {
        let body = format!(
            "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1>\
             </center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status, "text/html", body.into_bytes())
    }

    pub(super) fn empty(status: u16) -> Self {
        Self::new(status, "text/plain", Vec::new())
    }

    /// No answer, in one of the ways there are.
    pub(super) fn silence(ending: Ending) -> Self {
        Self { ending, ..Self::empty(500) }
    }

    pub(super) fn with_records(mut self, records: usize) -> Self {
        self.records = records;
        self
    }

    /// The status that the client may see: none when no answer goes out.
    pub(super) fn visible_status(&self) -> Option<u16> {
        matches!(self.ending, Ending::Whole | Ending::Cut).then_some(self.status)
    }
}
