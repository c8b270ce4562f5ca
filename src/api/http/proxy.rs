//! The proxy that the environment names for https: read as curl reads it, and never passed by because
//! it cannot be read.

use std::ffi::OsString;

use reqwest::{ClientBuilder, NoProxy, Proxy, Url};

/// Variables for https, the more particular first; of each pair the upper-case one holds.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A client that reaches `host` over https through the proxy of the environment, where it names one.
///
/// # Errors
/// A sentence with the variable's name and never its value, which may hold a password: it is no URL,
/// or names a proxy of a kind that is not supported.
pub(crate) fn through_proxy(
    builder: ClientBuilder,
    host: &str,
    env: &impl Fn(&str) -> Option<OsString>,
) -> Result<ClientBuilder, String> {
    // What the HTTP client would find for itself, it would pass by where it cannot read it.
    let builder = builder.no_proxy();
    let except = first(&EXCEPT, env).map(|(_, value)| value.to_string_lossy().into_owned());
    let except = except.unwrap_or_default();
    let Some((name, value)) = first(&VARIABLES, env).filter(|_| !is_exempt(host, &except)) else {
        return Ok(builder);
    };
    let unreadable = || format!("the environment variable `{name}` holds no address of a proxy");
    let value = value.into_string().map_err(|_| unreadable())?;
    let value = value.trim();
    let address = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let url = Url::parse(&address).map_err(|_| unreadable())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => {}
        "http" | "https" => return Err(unreadable()),
        kind => {
            return Err(format!(
                "the environment variable `{name}` names a proxy of the kind `{kind}`, which is not \
                 supported: `http` and `https` are"
            ));
        }
    }
    let proxy = Proxy::https(url).map_err(|_| unreadable())?;
    Ok(builder.proxy(proxy.no_proxy(NoProxy::from_string(&except))))
}

/// The first of the variables that is set and not empty.
fn first(
    names: &[&'static str],
    env: &impl Fn(&str) -> Option<OsString>,
) -> Option<(&'static str, OsString)> {
    names.iter().find_map(|name| Some((*name, env(name).filter(|value| !value.is_empty())?)))
}

/// Whether `NO_PROXY` names the host, or a domain that it is in. Networks are left to the HTTP client.
fn is_exempt(host: &str, except: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    except.split(',').map(|one| one.trim().trim_start_matches('.').to_ascii_lowercase()).any(
        |one| {
            one == "*"
                || one == host
                || !one.is_empty()
                    && host.strip_suffix(&one).is_some_and(|rest| rest.ends_with('.'))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(host: &str, set: &[(&str, &str)]) -> String {
        let env = |name: &str| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        match through_proxy(ClientBuilder::new(), host, &env) {
            Ok(_) => "fine".to_owned(),
            Err(message) => message,
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_named_and_not_passed_by() {
        let all = [
            [("HTTPS_PROXY", "http://proxy:3128")],
            [("https_proxy", "proxy:3128")],
            [("HTTPS_PROXY", "https://user:secret@proxy:3128")],
            [("HTTPS_PROXY", "")],
            [("HTTP_PROXY", "::")],
            [("HTTPS_PROXY", "://")],
            [("HTTPS_PROXY", "http://")],
            [("https_proxy", "http://proxy:port")],
            [("ALL_PROXY", "socks5h://secret@proxy:1080")],
            [("all_proxy", "two words")],
        ]
        .map(|set| outcome("h.example", &set))
        .join("\n");
        insta::assert_snapshot!(all, @"
        fine
        fine
        fine
        fine
        fine
        the environment variable `HTTPS_PROXY` holds no address of a proxy
        the environment variable `HTTPS_PROXY` holds no address of a proxy
        the environment variable `https_proxy` holds no address of a proxy
        the environment variable `ALL_PROXY` names a proxy of the kind `socks5h`, which is not supported: `http` and `https` are
        the environment variable `all_proxy` holds no address of a proxy
        ");
    }

    #[test]
    fn an_empty_variable_hides_no_other() {
        let set = [("HTTPS_PROXY", ""), ("https_proxy", "socks4://p"), ("ALL_PROXY", "http://p")];
        assert!(outcome("h.example", &set).contains("`https_proxy`"));
    }

    #[test]
    fn a_host_that_needs_no_proxy_is_not_held_up_by_one() {
        let broken = |except| [("HTTPS_PROXY", "socks5://p"), ("NO_PROXY", except)];
        for except in ["*", "h.example", "x, .example", "EXAMPLE"] {
            assert_eq!(outcome("h.example", &broken(except)), "fine", "{except}");
        }
        for except in ["", ",", "ample", "g.h.example"] {
            assert_ne!(outcome("h.example", &broken(except)), "fine", "{except}");
        }
    }
}
