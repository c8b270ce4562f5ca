//! The canonical form of a server's address, so that one server under many spellings is one server.
//!
//! Parsed by the crate that also parses what is connected to, so that no spelling means one server
//! here and another one there. Must not resolve names.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// A server: scheme, host and port, canonical. https, or http on this machine alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    url: Url,
    local: bool,
}

/// Why a text names no server that may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OriginFault {
    /// No `scheme://`.
    NoScheme,
    /// A scheme that is neither https nor http.
    OtherScheme,
    /// A user or password before the host.
    UserInfo,
    /// A path, query or fragment; here is what comes before it.
    Path(String),
    /// No name or address that can be one.
    NotAHost,
    /// http to another machine; here is the host, with its port.
    PlainHttp(String),
}

impl fmt::Display for OriginFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoScheme | Self::NotAHost => "is no URL",
            Self::OtherScheme => "is neither https nor http",
            Self::UserInfo => "carries credentials",
            Self::Path(_) => "is more than scheme and host",
            Self::PlainHttp(_) => "is plain http, which is for loopback only",
        })
    }
}

impl Origin {
    /// Reads `https://host[:port][/]`.
    pub(crate) fn parse(text: &str) -> Result<Self, OriginFault> {
        let (scheme, rest) = text.split_once("://").ok_or(OriginFault::NoScheme)?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "https" && scheme != "http" {
            return Err(OriginFault::OtherScheme);
        }
        if rest.contains('@') {
            return Err(OriginFault::UserInfo);
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if let Some((before, _)) = authority.split_once(['/', '?', '#', '\\']) {
            return Err(OriginFault::Path(format!("{scheme}://{}", before.to_lowercase())));
        }
        let url = canonical(&scheme, authority).ok_or(OriginFault::NotAHost)?;
        let local = url.host().is_some_and(|host| is_loopback(&host));
        if scheme == "http" && !local {
            return Err(OriginFault::PlainHttp(authority.to_lowercase()));
        }
        Ok(Self { url, local })
    }

    /// Whether requests to it stay on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }

    /// Its name or address, without a port.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether it is spoken to over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// What makes two origins the same server: host and port, all names of this machine as one.
    fn key(&self) -> String {
        let host = if self.local { "loopback" } else { self.url.host_str().unwrap_or_default() };
        format!("{host}:{}", self.url.port_or_known_default().unwrap_or_default())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url.origin().ascii_serialization())
    }
}

/// What a server is known by in locks, quotas, learned sizes and comparisons: equal for every
/// spelling. A word that is no address, such as `sandbox`, represents itself.
pub(crate) fn key(host: &str) -> String {
    Origin::parse(host).map_or_else(|_| host.to_ascii_lowercase(), |origin| origin.key())
}

/// Whether both are addresses of one server.
pub(crate) fn is_same_server(one: &str, other: &str) -> bool {
    match (Origin::parse(one), Origin::parse(other)) {
        (Ok(one), Ok(other)) => one.key() == other.key(),
        _ => false,
    }
}

/// Whether a URL stays on this machine, whatever name servers say.
pub(crate) fn is_local_url(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback(&host))
}

/// The URL of a well-formed `host[:port]`: lower case, IDNA, no dot at the end, no default port.
fn canonical(scheme: &str, authority: &str) -> Option<Url> {
    // The parser drops tabs and line breaks, decodes `%2e`, and takes an empty port for none.
    let unusual = |c: char| c.is_whitespace() || c.is_control() || c == '%';
    if authority.contains(unusual) || authority.ends_with(':') {
        return None;
    }
    let mut url = Url::parse(&format!("{scheme}://{authority}/")).ok()?;
    if let Some(Host::Domain(name)) = url.host() {
        let name = name.strip_suffix('.').unwrap_or(name).to_owned();
        if !is_name(&name) {
            return None;
        }
        url.set_host(Some(&name)).ok()?;
    }
    (url.port() != Some(0)).then_some(url)
}

/// Letters, digits and hyphens between dots; other scripts are in their `xn--` form by now.
fn is_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).to_canonical().is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> String {
        Origin::parse(text).unwrap().to_string()
    }

    #[test]
    fn an_origin_is_shown_without_what_makes_no_difference() {
        for (text, shown) in [
            ("https://platform.kore.ai", "https://platform.kore.ai"),
            ("HTTPS://DE-Platform.Kore.AI:8443/", "https://de-platform.kore.ai:8443"),
            ("https://platform.kore.ai.:0443", "https://platform.kore.ai"),
            ("https://пример.рф", "https://xn--e1afmkfd.xn--p1ai"),
            ("http://127.0.0.1:08080", "http://127.0.0.1:8080"),
            ("http://LOCALHOST.:80", "http://localhost"),
            ("http://[0::1]:1", "http://[::1]:1"),
            ("https://127.1", "https://127.0.0.1"),
        ] {
            assert_eq!(origin(text), shown, "{text}");
        }
    }

    #[test]
    fn names_of_this_machine_are_one_server_and_ports_are_not() {
        let local =
            ["http://127.0.0.1:80", "http://localhost", "http://[::1]", "http://127.9.9.9/"];
        assert!(local.iter().all(|host| key(host) == "loopback:80"));
        assert_eq!(key("https://localhost:80"), "loopback:80");
        assert_eq!(key("https://127.0.0.1"), "loopback:443");
        assert_eq!(key("https://H.example:443/"), "h.example:443");
        assert_eq!(key("sandbox"), "sandbox");
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for remote in [
            "http://platform.kore.ai",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[::2]",
            "http://0.0.0.0",
        ] {
            assert!(matches!(Origin::parse(remote), Err(OriginFault::PlainHttp(_))), "{remote}");
        }
        assert!(!Origin::parse("https://platform.kore.ai").unwrap().is_local());
        assert!(Origin::parse("http://localhost").unwrap().is_local());
    }

    proptest::proptest! {
        #[test]
        fn the_canonical_form_of_an_origin_is_canonical(text in "https?://\\PC{1,20}(:[0-9]{1,5})?/?") {
            if let Ok(origin) = Origin::parse(&text) {
                let again = Origin::parse(&origin.to_string());
                proptest::prop_assert_eq!(again.as_ref(), Ok(&origin));
                proptest::prop_assert_eq!(key(&text), key(&origin.to_string()));
            }
        }
    }
}
