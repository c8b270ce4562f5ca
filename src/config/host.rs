//! A host as typed → scheme and authority, and nothing else: contacts travel over https, or stay on this machine.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::problem::Problem;
use crate::base::nearest::nearest;

/// The word for a server of the run's own.
pub(super) const SANDBOX: &str = "sandbox";

/// A checked host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// `https://platform.kore.ai`: lower case, no trailing slash; or `sandbox`.
    pub(super) origin: String,
    /// Whether requests to it stay on this machine.
    pub(super) local: bool,
}

/// Whether requests to a checked host stay on this machine.
pub(super) fn is_local(checked: &str) -> bool {
    host(checked).is_ok_and(|host| host.local)
}

/// Checks `text`. Never repeats what is before an `@`.
pub(super) fn host(text: &str) -> Result<Host, Problem> {
    if text == SANDBOX {
        return Ok(Host { origin: SANDBOX.to_owned(), local: true });
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(without_scheme(text));
    };
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "https" && scheme != "http" {
        return Err(Problem::new(
            "a host starts with `https://`",
            "for example `https://platform.kore.ai`",
        ));
    }
    if rest.contains('@') {
        return Err(Problem::new(
            "a host has no user or password in it",
            "write `https://` and the name only; credentials are named by `client_secret_env` and its like",
        ));
    }
    let authority = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
    if authority.contains(['/', '?', '#', '\\']) {
        let bare = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        return Err(Problem::new(
            "a host has no path or query; korebulk adds the API's own paths",
            format!("write `{scheme}://{bare}`"),
        ));
    }
    let name = name(&authority).ok_or_else(|| {
        Problem::new(format!("`{text}` is not a host"), "for example `https://platform.kore.ai`")
    })?;
    let local = is_loopback(name);
    if scheme == "http" && !local {
        return Err(Problem::new(
            "plain http would send contacts and credentials in clear",
            format!(
                "write `https://{authority}`; http is for 127.0.0.0/8, [::1] and localhost only"
            ),
        ));
    }
    Ok(Host { origin: format!("{scheme}://{authority}"), local })
}

fn without_scheme(text: &str) -> Problem {
    let plain =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    let hint = if let Some(near) = nearest(text, [SANDBOX]) {
        format!("did you mean `{near}`?")
    } else if plain {
        format!("write `https://{text}`, or `sandbox` for a local server of the run's own")
    } else {
        "for example `https://platform.kore.ai`, or `sandbox`".to_owned()
    };
    Problem::new("a host starts with `https://`", hint)
}

/// The name or address in `name[:port]`, where all of it is well-formed.
fn name(authority: &str) -> Option<&str> {
    let (name, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        address.parse::<Ipv6Addr>().ok()?;
        (address, port)
    } else {
        let colon = authority.find(':').unwrap_or(authority.len());
        let (name, port) = authority.split_at(colon);
        (Some(name).filter(|name| is_name(name))?, port)
    };
    let port_is_fine = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    port_is_fine.then_some(name)
}

/// Letters, digits and hyphens between dots; other scripts in their `xn--` form.
fn is_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || name.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_hosts_keep_scheme_and_authority_only() {
        let origin = |text| host(text).unwrap().origin;
        assert_eq!(origin("https://platform.kore.ai"), "https://platform.kore.ai");
        assert_eq!(origin("https://platform.kore.ai/"), "https://platform.kore.ai");
        assert_eq!(origin("HTTPS://DE-Platform.Kore.AI:8443"), "https://de-platform.kore.ai:8443");
        assert!(!host("https://platform.kore.ai").unwrap().local);
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for local in
            ["http://127.0.0.1:8080", "http://127.9.9.9", "http://[::1]:1", "http://localhost:80"]
        {
            assert!(host(local).unwrap().local, "{local}");
        }
        for remote in [
            "http://platform.kore.ai",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://127.1",
            "http://[::2]",
            "http://0.0.0.0",
        ] {
            assert!(host(remote).is_err(), "{remote}");
        }
    }

    #[test]
    fn anything_beside_the_authority_is_refused() {
        for bad in [
            "",
            "platform.kore.ai",
            "ftp://platform.kore.ai",
            "https://",
            "https://platform.kore.ai/api",
            "https://platform.kore.ai?x",
            "https://platform.kore.ai#x",
            "https://platform.kore.ai//",
            "https://user:pass@platform.kore.ai",
            "https://platform.kore.ai:0",
            "https://platform.kore.ai:99999",
            "https://platform.kore.ai:",
            "https://platform..ai",
            "https://plat form",
            "https://пример.рф",
            "https://[::1",
            "https://-a.example",
        ] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
