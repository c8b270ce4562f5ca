//! Where bytes leave the machine for the API: the only files with reqwest beside the webhook's.
//!
//! Sends one request and says how it ended. Must not retry, redirect, pace or read an answer.

mod fault;
mod proxy;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Certificate, ClientBuilder, Method, Response, Url, redirect, retry};
use tokio::time::{Instant, timeout_at};

pub use self::fault::Fault;
pub(crate) use self::proxy::through_proxy;
use super::sign::Token;
use super::wire::{AnswerParts, BodyPart, WireRequest};
use crate::base::origin::Origin;
use crate::base::small;
use crate::model::RunError;
use crate::model::settings::Target;
use crate::pace::Permit;

/// Idle connections are closed before the server does it: load balancers wait a minute.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// The connections to one host.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    inner: reqwest::Client,
    timeout: Duration,
}

/// The head of an answer; its arrival is when the server's own clock has counted the request.
pub struct Head {
    /// The same by this machine's wall clock.
    received: SystemTime,
    response: Response,
    deadline: Instant,
    /// What the request was signed with.
    auth: Token,
}

/// Paths and bodies hold contact data: a debug print shows neither.
impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// An answer: its head, and its body as far as it came.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Retry-After`, as it is.
    pub retry_after: Option<String>,
    /// The header `Content-Type`, as it is.
    pub content_type: Option<String>,
    /// The header `Content-Encoding`, as it is; none is asked for.
    pub encoding: Option<String>,
    /// The server's time when it answered: the header `Date`.
    pub date: Option<SystemTime>,
    /// When the head arrived, by this machine's clock.
    pub received: SystemTime,
    /// The body, or why it did not come whole.
    pub body: Result<Bytes, Fault>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// What the wire needs of it.
    pub fn parts(&self) -> AnswerParts<'_> {
        AnswerParts {
            status: self.status,
            date: self.date,
            received: self.received,
            retry_after: self.retry_after.as_deref(),
            content_type: self.content_type.as_deref(),
            encoding: self.encoding.as_deref(),
            body: match &self.body {
                Ok(body) => BodyPart::Whole(body),
                Err(fault) => BodyPart::Lost(fault.kind),
            },
        }
    }
}

impl Head {
    /// The server's time, where the header `Date` says it.
    pub fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(&header(self.response.headers(), &DATE)?).ok()
    }
}

impl Client {
    /// A client for the target's host.
    ///
    /// https with the system's authorities and `ca_file`, through the environment's proxies; plain
    /// http to loopback only, directly. HTTP/1.1, no redirects, no retries of its own.
    ///
    /// # Errors
    /// Exit 2 when host, ids or `ca_file` cannot be used.
    pub fn new(
        target: &Target,
        connect_timeout: Duration,
        timeout: Duration,
    ) -> Result<Self, RunError> {
        for (key, id) in [("stream_id", &target.stream_id), ("account_id", &target.account_id)] {
            if id.is_empty()
                || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
            {
                return Err(RunError::usage(format!(
                    "`target.{key}` is empty or has characters that no id has"
                )));
            }
        }
        let origin = Origin::parse(&target.host).map_err(|fault| {
            RunError::usage(format!("`target.host` {fault}"))
                .hint("such as `https://platform.kore.ai`")
        })?;
        let builder = reqwest::Client::builder()
            .user_agent(concat!("korebulk/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_only();
        let builder = if origin.is_https() {
            secured(builder, target)?.https_only(true)
        } else {
            builder.tls_backend_preconfigured(no_tls()?)
        };
        let builder = if origin.is_local() {
            pinned(builder)
        } else {
            through_proxy(builder, origin.host(), &|name| std::env::var_os(name)).map_err(
                |message| {
                    RunError::usage(message).hint("set it right, or name the host in `NO_PROXY`")
                },
            )?
        };
        let inner = builder.build().map_err(|e| {
            RunError::usage(format!("TLS cannot be set up: {}", root_cause(&e)))
                .hint("are the system's certificate authorities installed (`ca-certificates`)?")
        })?;
        Ok(Self { base: origin.to_string(), inner, timeout })
    }

    /// Sends a request with the permit that it needs, and waits for the head of its answer. The
    /// permit comes back with the head, or when the request is given up.
    ///
    /// # Errors
    /// How it ended when no head came within the timeout.
    pub async fn send(
        &self,
        request: WireRequest,
        auth: &Token,
        mut permit: Permit,
    ) -> Result<Head, Fault> {
        permit.departs();
        let deadline = Instant::now() + self.timeout;
        // Ids are checked before they get here; what still makes no request has not left.
        let unsendable = || Fault::unconnected("connect-failed", "no request could be made of it");
        let request = self.built(request, auth).ok_or_else(unsendable)?;
        match timeout_at(deadline, self.inner.execute(request)).await {
            Ok(Ok(response)) => {
                let received = SystemTime::now();
                permit.answered(Instant::now());
                Ok(Head { received, response, deadline, auth: auth.clone() })
            }
            Ok(Err(error)) => Err(Fault::of(&error)),
            Err(_) => Err(Fault::timeout()),
        }
    }

    fn built(&self, request: WireRequest, auth: &Token) -> Option<reqwest::Request> {
        let url = Url::parse(&format!("{}{}", self.base, request.path_and_query)).ok()?;
        let method = Method::from_bytes(request.method.as_bytes()).ok()?;
        let mut built = reqwest::Request::new(method, url);
        let mut token = HeaderValue::from_str(auth.header()).ok()?;
        token.set_sensitive(true);
        built.headers_mut().insert("auth", token);
        for (name, value) in request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            built.headers_mut().insert(name, HeaderValue::from_str(&value).ok()?);
        }
        if !request.body.is_empty() {
            *built.body_mut() = Some(request.body.into());
        }
        Some(built)
    }
}

impl Head {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Reads the body, up to `limit` bytes and the request's timeout; a token that it repeats is masked.
    pub async fn body(self, limit: u64) -> Answer {
        let text = |name| header(self.response.headers(), &name);
        Answer {
            status: self.status(),
            retry_after: text(RETRY_AFTER),
            content_type: text(CONTENT_TYPE),
            encoding: text(CONTENT_ENCODING),
            date: self.date(),
            received: self.received,
            body: timeout_at(self.deadline, whole(self.response, limit))
                .await
                .unwrap_or_else(|_| Err(Fault::timeout()))
                .map(|body| Bytes::from(self.auth.masked(body))),
        }
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

async fn whole(mut response: Response, limit: u64) -> Result<Vec<u8>, Fault> {
    let too_long = || Fault::after_connecting("unreadable", "the answer is longer than is read");
    let lost = |_| Fault::after_connecting("connection-lost", "the answer was cut off");
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_long());
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if chunk.len() > limit - body.len() {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Loopback is this machine, whatever proxies or name servers say.
fn pinned(builder: ClientBuilder) -> ClientBuilder {
    // Port 0: the URL's own.
    let here = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
    builder.no_proxy().resolve_to_addrs("localhost", &here)
}

/// The system's authorities and those of `ca_file`. Reading them takes time: for https only.
fn secured(builder: ClientBuilder, target: &Target) -> Result<ClientBuilder, RunError> {
    // Fails only where a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Some(path) = &target.ca_file else { return Ok(builder) };
    let wrong = |what: String| RunError::usage(format!("`ca_file` {what}: `{}`", path.display()));
    let pem = small::read_at_most(16, path).map_err(|e| wrong(format!("cannot be read ({e})")))?;
    // Some editors put a byte order mark in front.
    let pem = pem.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&pem);
    let authorities =
        Certificate::from_pem_bundle(pem).map_err(|_| wrong("is no PEM file".to_owned()))?;
    if authorities.is_empty() {
        return Err(wrong("holds no certificate".to_owned()));
    }
    Ok(builder.tls_certs_merge(authorities))
}

/// A set-up that trusts nobody, for a client that never speaks TLS.
fn no_tls() -> Result<rustls::ClientConfig, RunError> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| RunError::internal(format!("TLS cannot be set up: {e}")))?;
    Ok(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
