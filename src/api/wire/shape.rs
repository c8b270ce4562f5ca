//! What an answer looks like that brings no verdict, in korebulk's own words.
//!
//! The words go to screens and logs: statuses, codes and shapes, never the server's text.

use super::page::Page;
use super::{AnswerParts, BodyPart};

/// An answer whose body came whole: `HTTP 204 without a body`.
pub(super) fn of_page(page: &Page<'_, '_>, answer: &AnswerParts<'_>) -> String {
    let shape = match answer.encoding.map(known_encoding) {
        Some(Some(encoding)) => {
            format!("with a body packed as {encoding}, which was not asked for")
        }
        Some(None) => "with a body packed in a way that was not asked for".to_owned(),
        None => of_body(page, answer),
    };
    format!("HTTP {} {shape}", answer.status)
}

/// The names of encodings that a server may use unasked (RFC 9110, 8.4.1).
fn known_encoding(name: &str) -> Option<&'static str> {
    ["gzip", "br", "deflate", "zstd", "compress"].into_iter().find(|k| k.eq_ignore_ascii_case(name))
}

fn of_body(page: &Page<'_, '_>, answer: &AnswerParts<'_>) -> String {
    let empty =
        matches!(answer.body, BodyPart::Whole(body) if body.iter().all(u8::is_ascii_whitespace));
    let foreign =
        matches!(answer.body, BodyPart::Whole(body) if std::str::from_utf8(body).is_err());
    let says = !page.message.reason.is_empty();
    let error = page.denial.how().is_some() || says && answer.status >= 400;
    match (&page.message.code, page.json) {
        _ if empty => "without a body".to_owned(),
        (_, false) if foreign => "with a text that is not UTF-8".to_owned(),
        (_, false) if page.looks_like_json() => {
            "with JSON that is cut short or contradicts itself".to_owned()
        }
        (_, false) if page.kind(answer.content_type) == "html" => "with a page of HTML".to_owned(),
        (_, false) if page.is_a_value() => "with JSON that names no record".to_owned(),
        (_, false) => "with a text that is no JSON".to_owned(),
        (Some(code), true) => format!("with an error, code {code}"),
        (None, true) if error => "with an error".to_owned(),
        (None, true) if says => "with a message and no record".to_owned(),
        (None, true) if page.only_counts() => "with counts and without lists".to_owned(),
        (None, true) => "with JSON that names no record".to_owned(),
    }
}

/// An answer whose head came and whose body did not.
pub(super) fn of_lost_body(status: u16, kind: &str) -> String {
    let how = match kind {
        "timeout" => "with a body that did not come within the timeout",
        "connection-lost" => "with a body that was cut off",
        _ => "with a body that is longer than is read",
    };
    format!("HTTP {status} {how}")
}
