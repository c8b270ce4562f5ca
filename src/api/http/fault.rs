//! How a request ended that brought no answer, and whether time can help.
//!
//! Must not name anything that was sent: the words are those of connections and certificates.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::api::reading::{NoVerdict, Read, Reading};

/// How a request ended that brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `connect-failed`, `connection-lost`, `timeout`, `unreadable`; `certificate`, `tls`, `proxy`
    /// where only a person can open the way.
    pub kind: &'static str,
    /// Whether the request may have left this machine: false only where no connection came about.
    pub may_have_left: bool,
    /// The same in words: `its name is not found`.
    pub message: String,
}

impl Fault {
    /// No connection came about.
    pub(super) fn unconnected(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, may_have_left: false, message: message.into() }
    }

    /// The request may have left.
    pub(super) fn after_connecting(kind: &'static str, message: &str) -> Self {
        Self { kind, may_have_left: true, message: message.to_owned() }
    }

    pub(super) fn timeout() -> Self {
        Self::after_connecting("timeout", "no answer came within the timeout")
    }

    /// What an error of the client means.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if !error.is_connect() {
            return Self::after_connecting(
                "connection-lost",
                "the connection was lost before an answer came",
            );
        }
        let all: Vec<&(dyn Error + 'static)> = causes(error).collect();
        let tls = all.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>());
        if let Some(fault) = tls.and_then(of_tls) {
            return fault;
        }
        let says = |message: &str| all.iter().any(|cause| cause.to_string().contains(message));
        let refused = |cause: &&(dyn Error + 'static)| {
            let io = cause.downcast_ref::<io::Error>();
            io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused)
        };
        let message = match () {
            () if says("proxy authorization required") => {
                return Self::unconnected("proxy", "the proxy asks for credentials (HTTP 407)");
            }
            () if error.is_timeout() => {
                "no connection came about within the connect timeout".into()
            }
            () if says("tunnel error: unsuccessful") => "the proxy opens no tunnel to it".into(),
            () if tls.is_some_and(speaks_no_tls) => "what answers there does not speak TLS".into(),
            () if all.iter().any(refused) => "connection refused, nothing listens there".into(),
            () if says("dns error") || says("lookup address") => "its name is not found".into(),
            () => all.last().map(ToString::to_string).unwrap_or_default(),
        };
        Self::unconnected("connect-failed", message)
    }

    /// Whether only a person can open the way.
    pub fn needs_person(&self) -> bool {
        matches!(self.kind, "certificate" | "tls" | "proxy")
    }

    /// The fault as a reading.
    pub fn read(self) -> Read {
        let no_way = self.needs_person();
        let Self { kind, may_have_left, message } = self;
        Read::of(
            None,
            match no_way {
                true => Reading::NoWay { kind, message },
                false => {
                    Reading::NoVerdict(NoVerdict { kind, may_have_left, message, refusal: None })
                }
            },
        )
    }
}

/// What is wrong with TLS, where that is a matter of certificates and settings. A server that speaks no
/// TLS at all may be one that is just starting.
fn of_tls(error: &rustls::Error) -> Option<Fault> {
    let message = match error {
        rustls::Error::InvalidCertificate(why) => {
            return Some(Fault::unconnected("certificate", of_certificate(why)));
        }
        rustls::Error::AlertReceived(AlertDescription::InternalError) => return None,
        rustls::Error::AlertReceived(alert) => {
            format!("the server refuses this machine's TLS ({alert:?})")
        }
        rustls::Error::PeerIncompatible(why) => {
            format!("server and korebulk have no TLS in common ({why:?})")
        }
        _ => return None,
    };
    Some(Fault::unconnected("tls", message))
}

/// Whether whatever answered sent something else in the place of TLS: plain HTTP, another protocol.
fn speaks_no_tls(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. })
}

/// What is wrong with a certificate.
fn of_certificate(why: &CertificateError) -> String {
    use CertificateError as Why;
    let what = match why {
        Why::Expired | Why::ExpiredContext { .. } => {
            "has expired, or this machine's clock is wrong"
        }
        Why::NotValidYet | Why::NotValidYetContext { .. } => {
            "is not valid yet, or this machine's clock is wrong"
        }
        Why::UnknownIssuer => {
            "is from an authority that this machine does not trust (`target.ca_file` can name it)"
        }
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "is for another host",
        Why::Revoked => "was revoked",
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "is that of an authority, which is none for a server"
        }
        other => return format!("the server's certificate cannot be accepted ({other})"),
    };
    format!("the server's certificate {what}")
}

/// An error and all that it comes from; what an I/O error wraps is among them.
fn causes<'e>(error: &'e reqwest::Error) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let first: &'e (dyn Error + 'static) = error;
    std::iter::successors(Some(first), |&cause: &&'e (dyn Error + 'static)| {
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}
