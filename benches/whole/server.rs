//! The lean server: HTTP/1.1 with keep-alive, a thread for each connection.
//!
//! It checks nothing: its cost must not be in the way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::echo::{START, close, echoed};

/// Serves until it is killed; says its port first.
pub(crate) fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    for stream in listener.incoming().flatten() {
        // A client that goes away ends its thread.
        std::thread::spawn(move || converse(stream));
    }
}

fn converse(stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut input = BufReader::with_capacity(1 << 17, stream);
    let (mut line, mut body, mut answer) = (String::new(), Vec::new(), String::new());
    loop {
        let mut length = 0;
        let mut update = None;
        loop {
            line.clear();
            if input.read_line(&mut line).ok()? == 0 {
                return None;
            }
            update.get_or_insert(line.starts_with("PUT"));
            let header = line.trim_ascii_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        body.resize(length, 0);
        input.read_exact(&mut body).ok()?;
        let text = std::str::from_utf8(&body).ok()?;
        answer.clear();
        if update? {
            echoed(text, &mut answer);
        } else {
            deleted(text, &mut answer);
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        answer.insert_str(0, &head);
        out.write_all(answer.as_bytes()).ok()?;
    }
}

fn deleted(body: &str, out: &mut String) {
    out.push_str("{\"successfulRecords\":[");
    let ids = body.split_once('[').unwrap().1;
    let mut records = 0;
    for id in ids.split('"').skip(1).step_by(2) {
        out.push_str(if records == 0 { "" } else { "," });
        for part in [START, id, "\"}"] {
            out.push_str(part);
        }
        records += 1;
    }
    close(records, out);
}
