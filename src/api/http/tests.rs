//! Real sockets with scripted servers: each way an answer can end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use super::*;
use crate::api::wire::{Wire, body_limit};
use crate::model::settings::{Credentials, SecretSource};
use crate::model::{Operation, Record};

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(50);

fn target(host: &str) -> Target {
    Target {
        host: host.to_owned(),
        stream_id: "st-1".to_owned(),
        account_id: "acc-1".to_owned(),
        client_id: "cs-1".to_owned(),
        credentials: Credentials::Secret(SecretSource::File(PathBuf::from("secret"))),
        ca_file: None,
    }
}

/// A server that takes connections one by one; gives back what each of them had to say.
fn server(
    script: impl Fn(&mut TcpStream) + Send + 'static,
) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let heard = request(&mut stream);
            script(&mut stream);
            if sender.send(heard).is_err() {
                break;
            }
        }
    });
    (host, received)
}

/// Reads one request, head and body.
fn request(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let len = stream.read(&mut buffer).unwrap_or(0);
        heard.extend_from_slice(&buffer[..len]);
        let text = String::from_utf8_lossy(&heard).into_owned();
        let body = text.split_once("\r\n\r\n").map(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            body.len() >= length.map_or(0, |length| length.parse().unwrap())
        });
        if len == 0 || body == Some(true) {
            return text;
        }
    }
}

fn answering(answer: &'static str) -> String {
    server(move |stream| stream.write_all(answer.as_bytes()).unwrap()).0
}

async fn sent(host: &str, timeout: Duration) -> Result<Answer, Fault> {
    let records = [Record::only_id(0, "a"), Record::only_id(1, "b")];
    let request = Wire::new(Operation::BulkDelete.spec(), &target(host)).request(&records);
    let client = Client::new(&target(host), LONG, timeout).unwrap();
    let head =
        client.send(request, &Token::ready("token").unwrap(), Permit::without_limit()).await?;
    Ok(head.body(body_limit(records.len())).await)
}

/// What a fault is called, and whether the request may have left.
fn kind<T: std::fmt::Debug>(ended: Result<T, Fault>) -> (&'static str, bool) {
    let fault = ended.unwrap_err();
    (fault.kind, fault.may_have_left)
}

const LOST: (&str, bool) = ("connection-lost", true);
const LATE: (&str, bool) = ("timeout", true);
const UNCONNECTED: (&str, bool) = ("connect-failed", false);

#[tokio::test]
async fn a_request_goes_out_as_it_was_made_and_its_answer_comes_back_whole() {
    let (host, heard) = server(|stream| {
        let answer = "HTTP/1.1 207 Some\r\nRetry-After: 7\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let answer = sent(&host, LONG).await.unwrap();
    assert_eq!((answer.status, answer.retry_after.as_deref()), (207, Some("7")));
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
    assert_eq!(answer.body, Ok(Bytes::from_static(b"{}")));
    let heard = heard.recv().unwrap().replace(&host["http://".len()..], "HOST");
    let heard = heard.replace(env!("CARGO_PKG_VERSION"), "VERSION").replace('\r', "");
    insta::assert_snapshot!(heard, @r#"
    DELETE /agentassist/api/v1/public/st-1/contacts/bulk-delete HTTP/1.1
    auth: token
    accountid: acc-1
    content-type: application/json
    accept: */*
    user-agent: korebulk/VERSION
    host: HOST
    content-length: 17

    {"ids":["a","b"]}
    "#);
}

#[tokio::test]
async fn a_connection_that_never_came_about_has_carried_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = sent(&format!("http://{free}"), LONG).await;
    assert_eq!(refused.as_ref().unwrap_err().message, "connection refused, nothing listens there");
    assert_eq!(kind(refused), UNCONNECTED);
    // Connected, but no TLS: one says something else, the other nothing.
    for (hangs, connect_timeout) in [(false, LONG), (true, SHORT)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("https://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            if hangs {
                while stream.read(&mut [0; 4096]).is_ok_and(|len| len > 0) {}
            } else {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            }
        });
        let client = Client::new(&target(&host), connect_timeout, LONG).unwrap();
        let request = Wire::new(Operation::BulkDelete.spec(), &target(&host)).check_request();
        let token = Token::ready("token").unwrap();
        let sent = client.send(request, &token, Permit::without_limit()).await;
        assert_eq!(kind(sent), UNCONNECTED);
    }
}

#[tokio::test]
async fn localhost_is_this_machine_and_connections_are_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        while !request(&mut stream).is_empty() {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        }
    });
    let client = Client::new(&target(&host), LONG, LONG).unwrap();
    for _ in 0..3 {
        let request = Wire::new(Operation::BulkDelete.spec(), &target(&host)).check_request();
        let head = client
            .send(request, &Token::ready("token").unwrap(), Permit::without_limit())
            .await
            .unwrap();
        assert_eq!(head.body(body_limit(0)).await.body, Ok(Bytes::from_static(b"{}")));
    }
}

#[tokio::test]
async fn a_connection_cut_before_the_head_may_have_carried_the_request() {
    assert_eq!(kind(sent(&answering(""), LONG).await), LOST);
    assert_eq!(kind(sent(&answering("HTTP/1.1 200 OK\r\nContent-"), LONG).await), LOST);
    assert_eq!(kind(sent(&answering("no HTTP at all\r\n\r\n"), LONG).await), LOST);
}

#[tokio::test]
async fn a_body_cut_short_keeps_its_head() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"successful",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nab",
    ] {
        let answer = sent(&answering(cut), LONG).await.unwrap();
        assert_eq!((answer.status, kind(answer.body)), (200, LOST));
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_the_connection() {
    let answer = sent(&answering("HTTP/1.1 200 OK\r\n\r\n{}"), LONG).await.unwrap();
    assert_eq!(answer.body, Ok(Bytes::from_static(b"{}")));
}

#[tokio::test]
async fn an_answer_longer_than_its_limit_is_unreadable() {
    let announced = answering("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
    let (streamed, _heard) = server(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b' '; 8192]).is_ok() {}
    });
    for host in [announced, streamed] {
        let answer = sent(&host, LONG).await.unwrap();
        assert_eq!(kind(answer.body), ("unreadable", true));
    }
}

/// Speaks TLS to one connection after the other. `testdata` holds a certificate for localhost, its
/// key, and the authority that signed it, whose own key was thrown away: nothing else trusts them.
fn tls_server() -> String {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let certificate =
        CertificateDer::from_pem_slice(include_bytes!("testdata/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("testdata/server.key")).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = std::sync::Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut tls = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = stream.unwrap();
            let mut stream = rustls::Stream::new(&mut tls, &mut stream);
            // A client that does not trust the certificate hangs up here.
            if stream.read(&mut [0; 4096]).is_ok_and(|len| len > 0) {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
            }
        }
    });
    host
}

#[tokio::test]
async fn a_server_is_trusted_by_its_authority_only() {
    let host = tls_server();
    let ca_file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/http/testdata/authority.pem");
    let request = || Wire::new(Operation::BulkDelete.spec(), &target(&host)).check_request();
    let token = Token::ready("token").unwrap();

    let stranger = Client::new(&target(&host), LONG, LONG).unwrap();
    let fault = stranger.send(request(), &token, Permit::without_limit()).await.unwrap_err();
    insta::assert_snapshot!(fault.message, @"the server's certificate is from an authority that this machine does not trust (`target.ca_file` can name it)");
    assert_eq!((fault.kind, fault.may_have_left), ("certificate", false));

    let target = Target { ca_file: Some(ca_file.into()), ..target(&host) };
    let friend = Client::new(&target, LONG, LONG).unwrap();
    let answer = friend
        .send(request(), &token, Permit::without_limit())
        .await
        .unwrap()
        .body(body_limit(0))
        .await;
    assert_eq!(answer.body, Ok(Bytes::from_static(b"{}")));
}

/// Holds the connection until the client gives it up.
fn wait(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 1]);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let (host, _heard) = server(wait);
    assert_eq!(kind(sent(&host, SHORT).await), LATE);
}

#[tokio::test]
async fn the_head_is_there_before_a_body_that_never_comes() {
    let (host, _heard) = server(|stream| {
        stream.write_all(b"HTTP/1.1 429 Slow\r\nContent-Length: 9\r\n\r\n").unwrap();
        wait(stream);
    });
    let request = Wire::new(Operation::BulkDelete.spec(), &target(&host)).check_request();
    let client = Client::new(&target(&host), LONG, LONG).unwrap();
    let mut head = client
        .send(request, &Token::ready("token").unwrap(), Permit::without_limit())
        .await
        .unwrap();
    head.deadline = Instant::now();
    let answer = head.body(body_limit(0)).await;
    assert_eq!((answer.status, kind(answer.body)), (429, LATE));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (host, heard) = server(|stream| {
        let answer = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    assert_eq!(sent(&host, LONG).await.unwrap().status, 302);
    assert!(heard.recv().unwrap().starts_with("DELETE "));
    assert!(heard.try_recv().is_err(), "one request only");
}

#[test]
fn hosts_that_cannot_be_used_are_refused() {
    let refused = [
        "platform.kore.ai",
        "ftp://platform.kore.ai",
        "http://platform.kore.ai",
        "https://u:p@host",
        "https://host/path",
        "https://host?x",
        "https://",
        "http://localhost.evil.example",
        "http://127.0.0.1.nip.io",
        "sandbox",
    ]
    .map(|host| Client::new(&target(host), LONG, LONG).unwrap_err().message)
    .join("\n");
    insta::assert_snapshot!(refused, @"
    `target.host` is no URL
    `target.host` is neither https nor http
    `target.host` is plain http, which is for loopback only
    `target.host` carries credentials
    `target.host` is more than scheme and host
    `target.host` is more than scheme and host
    `target.host` is no URL
    `target.host` is plain http, which is for loopback only
    `target.host` is plain http, which is for loopback only
    `target.host` is no URL
    ");
    for host in ["http://127.8.0.1:1", "http://[::1]:80", "http://localhost", "https://h.example/"]
    {
        assert!(Client::new(&target(host), LONG, LONG).is_ok(), "{host}");
    }
}

#[test]
fn ids_and_authorities_that_cannot_be_used_are_refused() {
    let host = target("https://h.example");
    let file = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    };
    let (empty, broken) =
        (file(""), file("-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n"));
    let mut refused = Vec::new();
    for target in [
        Target { stream_id: "st-1/../x".to_owned(), ..host.clone() },
        Target { account_id: "a\r\nb".to_owned(), ..host.clone() },
        Target { ca_file: Some("/nowhere".into()), ..host.clone() },
        Target { ca_file: Some(empty.path().into()), ..host.clone() },
        Target { ca_file: Some(broken.path().into()), ..host.clone() },
    ] {
        let message = Client::new(&target, LONG, LONG).unwrap_err().message;
        // Without the path, which is another each time.
        refused.push(message.split(": ").next().unwrap().to_owned());
    }
    insta::assert_snapshot!(refused.join("\n"), @"
    `target.stream_id` is empty or has characters that no id has
    `target.account_id` is empty or has characters that no id has
    `ca_file` cannot be read (No such file or directory (os error 2))
    `ca_file` holds no certificate
    `ca_file` is no PEM file
    ");
}
