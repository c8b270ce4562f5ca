//! No way to the server: certificates, proxies and the variables that name them, named at once.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::hostile::{Answer, Hostile};
use crate::support::{Place, Ran, counts, id_table, ids};

/// A place with three rows and a target that is reached over https.
fn place_at(host: &str) -> Place {
    let place = Place::to(host.to_owned());
    place.write("stale.csv", id_table(&ids(3)));
    place
}

fn delete(place: &Place) -> Command {
    place.korebulk(&["bulk-delete", "stale.csv", "--yes"])
}

fn ran(command: &mut Command) -> Ran {
    Ran::of(&command.output().unwrap())
}

/// Speaks TLS for localhost with a certificate that no authority of this machine signed.
fn tls_server() -> SocketAddr {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/http/testdata");
    let file = |name: &str| std::fs::read(format!("{dir}/{name}")).unwrap();
    let certificate = CertificateDer::from_pem_slice(&file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&file("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut tls = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = stream;
            // A client that does not trust the certificate hangs up here.
            let _ = rustls::Stream::new(&mut tls, &mut stream).read(&mut [0; 4096]);
        }
    });
    addr
}

#[test]
fn a_certificate_that_is_not_trusted_is_said_at_once_and_nothing_is_sent() {
    let place = place_at(&format!("https://localhost:{}", tls_server().port()));
    let ran = ran(&mut delete(&place)).exits(2);
    let ran = ran.says("Nothing was sent: there is no way to the server: the server's certificate is from an authority");
    ran.says("korebulk resume");
    let report = place.report();
    assert_eq!(counts(&report), [3, 0, 0, 0, 0, 0, 3]);
    assert_eq!(report["stopped"]["cause"], "no-way");
    assert_eq!(report["stopped"]["kind"], "certificate");
    assert_eq!(report["requests"]["sent"], 1);
    place.write("job.toml", place.job("bulk-delete", "stale.csv"));
    let checked = place.run(&["check", "job.toml", "--yes"]).exits(2);
    assert!(checked.out.contains("certificate is from an authority"), "{}", checked.out);
}

#[test]
fn a_certificate_for_another_host_is_said_as_that() {
    // The same server by its number, which the certificate does not name.
    let place = place_at(&format!("https://127.0.0.1:{}", tls_server().port()));
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/http/testdata/authority.pem");
    ran(delete(&place).args(["--ca-file", ca])).exits(2).says("certificate is for another host");
}

/// A proxy that answers every request alike.
fn proxy(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    addr
}

#[test]
fn a_proxy_that_asks_for_credentials_is_said_at_once() {
    let addr = proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    let place = place_at("https://korebulk.test");
    let mut command = delete(&place);
    let ran = ran(command.env("HTTPS_PROXY", format!("http://{addr}"))).exits(2);
    ran.says("the proxy asks for credentials (HTTP 407)");
    assert_eq!(place.report()["stopped"]["kind"], "proxy");
}

#[test]
fn a_407_of_whoever_answers_is_a_proxys_and_splits_nothing() {
    let server = Hostile::start(|_| Answer::text(407, "text/html", "<html>proxy</html>"));
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(6)));
    place.quick(&["bulk-delete", "stale.csv"]).exits(2).says("HTTP 407");
    assert_eq!(server.requests().len(), 1);
    // In the middle of a run it is a person's affair: what was done stays done.
    let server = Hostile::start(|request| match request.number {
        1 => crate::hostile::good(request),
        _ => Answer::text(407, "text/html", ""),
    });
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(6)));
    place.quick(&["bulk-delete", "stale.csv", "--batch-size", "2"]).exits(6).says("HTTP 407");
    assert_eq!(counts(&place.report()), [6, 2, 0, 0, 0, 0, 4]);
}

#[test]
fn a_proxy_variable_that_cannot_be_used_is_never_passed_by() {
    for (name, value, words) in [
        ("HTTPS_PROXY", "http://proxy:port", "`HTTPS_PROXY` holds no address of a proxy"),
        ("https_proxy", "http://", "`https_proxy` holds no address of a proxy"),
        ("ALL_PROXY", "socks5://secret@proxy:1080", "a proxy of the kind `socks5`"),
    ] {
        let place = place_at("https://korebulk.test");
        let ran = ran(delete(&place).env(name, value)).exits(2).says(words);
        assert!(!ran.err.contains("secret"), "{}", ran.err);
    }
    // A server on this machine is reached directly, whatever the variables say.
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(3)));
    ran(delete(&place).env("ALL_PROXY", "socks5://proxy")).exits(0);
}

#[test]
fn a_secret_file_as_an_editor_of_another_system_saves_it_works() {
    let utf16 = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let secret = crate::support::SECRET;
    let sandbox = crate::support::sandbox(3);
    for (name, bytes) in [
        ("mark.txt", format!("\u{feff}{secret}\r\n").into_bytes()),
        ("lines.txt", format!("{secret}\n\n").into_bytes()),
        ("old.txt", format!("{secret}\r").into_bytes()),
        ("utf16.txt", utf16(&format!("{secret}\r\n"))),
    ] {
        let place = Place::at(sandbox.addr());
        place.write("stale.csv", id_table(&ids(3)));
        place.write(name, bytes);
        let job = place.job("bulk-delete", "stale.csv");
        let job = job.replace("[input]", &format!("client_secret_file = \"{name}\"\n[input]"));
        place.write("job.toml", job);
        let mut command = place.korebulk(&["check", "job.toml", "--yes"]);
        let ran = ran(command.env_remove("KOREBULK_CLIENT_SECRET"));
        assert_eq!(ran.code, 0, "{name}: {}{}", ran.out, ran.err);
    }
}
