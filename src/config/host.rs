//! A host as typed → a checked origin: contacts travel over https, or stay on this machine.

use super::problem::Problem;
use crate::base::nearest::nearest;
use crate::base::origin::{Origin, OriginFault};

/// The word for a server of the run's own.
pub(super) const SANDBOX: &str = "sandbox";

/// A checked host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// `https://platform.kore.ai`: canonical, no trailing slash; or `sandbox`.
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
    match Origin::parse(text) {
        Ok(origin) => Ok(Host { origin: origin.to_string(), local: origin.is_local() }),
        Err(fault) => Err(refusal(text, fault)),
    }
}

fn refusal(text: &str, fault: OriginFault) -> Problem {
    let example = "for example `https://platform.kore.ai`";
    match fault {
        OriginFault::NoScheme => without_scheme(text),
        OriginFault::OtherScheme => Problem::new("a host starts with `https://`", example),
        OriginFault::UserInfo => Problem::new(
            "a host has no user or password in it",
            "write `https://` and the name only; credentials are named by `client_secret_env` and its like",
        ),
        OriginFault::Path(bare) => Problem::new(
            "a host has no path or query; korebulk adds the API's own paths",
            format!("write `{bare}`"),
        ),
        OriginFault::NotAHost => Problem::new(format!("`{text}` is not a host"), example),
        OriginFault::PlainHttp(authority) => Problem::new(
            "plain http would send contacts and credentials in clear",
            format!(
                "write `https://{authority}`; http is for 127.0.0.0/8, [::1] and localhost only"
            ),
        ),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_hosts_have_scheme_and_authority_only() {
        let origin = |text| host(text).unwrap().origin;
        assert_eq!(origin("https://platform.kore.ai"), "https://platform.kore.ai");
        assert_eq!(origin("https://platform.kore.ai/"), "https://platform.kore.ai");
        assert_eq!(origin("HTTPS://DE-Platform.Kore.AI:8443"), "https://de-platform.kore.ai:8443");
        assert!(!host("https://platform.kore.ai").unwrap().local);
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
            "https://platform%2ekore.ai",
            "https://plat\tform.kore.ai",
            "https://[::1",
            "https://-a.example",
        ] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
