//! Pings, webhooks and pushed metrics: the only file beside the API's own that speaks HTTP.
//!
//! URLs are credentials: none appears in an error. A receiver that is down costs a bounded time and nothing else.

use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Method, Url, redirect};
use serde::{Deserialize, Serialize};

use crate::api::http::through_proxy;
use crate::base::{origin, secret_text, small};
use crate::model::settings::SecretSource;

/// How long one delivery may take, connection included.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a healthchecks-style service is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ping {
    /// The run begins.
    Start,
    /// It went well.
    Success,
    /// It did not.
    Fail,
}

/// One message and where it goes.
#[derive(Clone)]
pub struct Delivery {
    url: Url,
    body: String,
    method: Method,
    content_type: &'static str,
}

/// The URL is a credential.
impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("method", &self.method).finish_non_exhaustive()
    }
}

impl Delivery {
    /// A ping with a sentence as its body.
    ///
    /// # Errors
    /// Why there is no such URL, without repeating it.
    pub fn ping(
        source: &SecretSource,
        env: &impl Fn(&str) -> Option<String>,
        ping: Ping,
        body: String,
    ) -> Result<Self, String> {
        let mut url = found(source, env)?;
        let step = match ping {
            Ping::Start => Some("start"),
            Ping::Success => None,
            Ping::Fail => Some("fail"),
        };
        if let (Some(step), Ok(mut path)) = (step, url.path_segments_mut()) {
            path.pop_if_empty().push(step);
        }
        Ok(Self { url, body, method: Method::POST, content_type: "text/plain; charset=utf-8" })
    }

    /// A JSON object.
    ///
    /// # Errors
    /// Why there is no such URL, without repeating it.
    pub fn webhook(
        source: &SecretSource,
        env: &impl Fn(&str) -> Option<String>,
        body: String,
    ) -> Result<Self, String> {
        let url = found(source, env)?;
        Ok(Self { url, body, method: Method::POST, content_type: "application/json" })
    }

    /// Metrics in Prometheus' text format, in the place of all that a Pushgateway has of this group of labels.
    ///
    /// # Errors
    /// Why there is no such URL, without repeating it.
    pub fn push(
        source: &SecretSource,
        env: &impl Fn(&str) -> Option<String>,
        group: &[(&str, &str)],
        body: String,
    ) -> Result<Self, String> {
        let mut url = found(source, env)?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["metrics", "job", "korebulk"]);
            // A Pushgateway takes no label without a value.
            for (label, value) in group.iter().filter(|(_, value)| !value.is_empty()) {
                path.extend([label, value]);
            }
        }
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        Ok(Self { url, body, method: Method::PUT, content_type })
    }

    /// Delivers it, from a thread of its own; returns within `TIMEOUT` and a little.
    ///
    /// # Errors
    /// Why it was not taken, without the URL.
    pub fn send(self) -> Result<(), String> {
        let thread = std::thread::Builder::new().name("notify".to_owned());
        let sending = thread.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
            // Name look-ups run on threads that no timeout ends: the runtime is not waited for.
            let sent = runtime.block_on(async {
                match tokio::time::timeout(TIMEOUT, self.post()).await {
                    Ok(sent) => sent,
                    Err(_) => Err("no answer in time".to_owned()),
                }
            });
            runtime.shutdown_background();
            sent
        });
        let sending = sending.map_err(|error| format!("no thread: {error}"))?;
        sending.join().unwrap_or_else(|_| Err("its thread failed".to_owned()))
    }

    async fn post(self) -> Result<(), String> {
        // Whoever installed one first wins; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let host = self.url.host_str().unwrap_or_default().to_owned();
        let client = through_proxy(Client::builder(), &host, &|name| std::env::var_os(name))?
            .redirect(redirect::Policy::none())
            .connect_timeout(TIMEOUT / 2)
            .timeout(TIMEOUT)
            .user_agent(concat!("korebulk/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| "no HTTP client".to_owned())?;
        let request = client.request(self.method, self.url);
        let request = request.header("Content-Type", self.content_type).body(self.body);
        let answer = request.send().await.map_err(|error| words(&error).to_owned())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("it answered {}", status.as_u16())),
        }
    }
}

/// A fault in one word: the error's own text holds the URL.
fn words(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        _ => "the connection was lost",
    }
}

fn found(source: &SecretSource, env: &impl Fn(&str) -> Option<String>) -> Result<Url, String> {
    let (text, place) = match source {
        SecretSource::Env(name) => (
            env(name).map(String::into_bytes).ok_or_else(|| "it is not set".to_owned()),
            format!("the environment variable `{name}`"),
        ),
        SecretSource::File(path) => (of_file(path), format!("the file `{}`", path.display())),
        SecretSource::Command(_) => {
            (Err("a URL has none".to_owned()), "the command of a URL".to_owned())
        }
    };
    let text = text.map_err(|why| format!("{place} cannot be read: {why}"))?;
    let text = secret_text::bare(text).map_err(|why| format!("{place} {why}"))?;
    let text = String::from_utf8(text).map_err(|_| format!("{place} holds no URL"))?;
    let url = Url::parse(text.trim()).map_err(|_| format!("{place} holds no URL"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if origin::is_local_url(&url) => Ok(url),
        _ => Err(format!("{place} holds a URL that is not https")),
    }
}

fn of_file(path: &Path) -> Result<Vec<u8>, String> {
    small::read_at_most(1, path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(url: &'static str, ping: Ping) -> Result<String, String> {
        let env = |_: &str| Some(url.to_owned());
        let delivery = Delivery::ping(&SecretSource::Env("PING".into()), &env, ping, String::new());
        delivery.map(|delivery| delivery.url.to_string())
    }

    #[test]
    fn a_step_is_added_to_the_path() {
        let url = "https://hc.example/ping/uuid";
        assert_eq!(ping(url, Ping::Success).unwrap(), url);
        assert_eq!(ping(url, Ping::Start).unwrap(), format!("{url}/start"));
        assert_eq!(
            ping("https://hc.example/ping/uuid/?create=1\n", Ping::Fail).unwrap(),
            "https://hc.example/ping/uuid/fail?create=1"
        );
    }

    #[test]
    fn a_url_that_cannot_be_used_is_not_repeated() {
        for url in ["http://hc.example/hunter2", "hunter2", "ftp://hunter2"] {
            let error = ping(url, Ping::Start).unwrap_err();
            assert!(error.contains("`PING`") && !error.contains("hunter2"), "{error}");
        }
        assert!(ping("http://127.0.0.1:9/x", Ping::Start).is_ok());
        let file = SecretSource::File("/nonexistent/url".into());
        assert!(Delivery::webhook(&file, &|_| None, String::new()).is_err());
    }

    #[test]
    fn a_receiver_that_is_down_is_an_error_without_its_url() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hunter2", listener.local_addr().unwrap());
        drop(listener);
        let env = |_: &str| Some(url.clone());
        let source = SecretSource::Env("HOOK".into());
        let delivery = Delivery::webhook(&source, &env, "{}".into()).unwrap();
        assert!(!format!("{delivery:?}").contains("hunter2"));
        assert_eq!(delivery.send(), Err("no connection".to_owned()));
    }
}
