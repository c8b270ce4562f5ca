//! Signed tokens: the compact JWS over HS256 that the API takes in its `auth` header.
//!
//! Knows nothing of where the secret comes from. No key and no token may appear in a `Debug` print,
//! an error or a log.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::RunError;

/// Seconds that a token is good for, as in Kore.ai's own client (`docs/kore-api.md`, "Signing").
const LIFETIME: u64 = 60;
const HEADER: &[u8] = br#"{"alg":"HS256","typ":"JWT"}"#;
/// Who the token speaks for. Its value is the integrator's choice.
const SUBJECT: &str = "korebulk";

/// What is in the place of a token.
const MASK: &[u8] = b"[token]";
/// Bytes of the shortest token that is taken for a secret.
const SECRET: usize = 16;

/// A token as it is in the `auth` header: raw, no `Bearer`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A ready token. `None` when it cannot be one: empty, or not visible ASCII throughout.
    pub fn ready(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The header's value.
    pub fn header(&self) -> &str {
        &self.0
    }

    /// An answer without the token, where it repeats it: what servers say of a request is stored and shown. A ready one
    /// that is too short to be a secret could be part of anything, and stays.
    pub(super) fn masked(&self, answer: Vec<u8>) -> Vec<u8> {
        let token = self.0.as_bytes();
        if token.len() < SECRET || memmem::find(&answer, token).is_none() {
            return answer;
        }
        let (mut masked, mut from) = (Vec::with_capacity(answer.len()), 0);
        for at in memmem::find_iter(&answer, token) {
            masked.extend_from_slice(&answer[from..at]);
            masked.extend_from_slice(MASK);
            from = at + token.len();
        }
        masked.extend_from_slice(&answer[from..]);
        masked
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Signs a fresh token for every request, as apps that enforce `jti` require.
pub struct Signer {
    client_id: String,
    key: hmac::Key,
    random: SystemRandom,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claims<'a> {
    app_id: &'a str,
    sub: &'a str,
    iat: u64,
    exp: u64,
    jti: &'a str,
}

impl Signer {
    /// A signer for a client: the key is the raw bytes of its secret.
    pub fn new(client_id: &str, secret: &[u8]) -> Self {
        Self {
            client_id: client_id.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            random: SystemRandom::new(),
        }
    }

    /// A token of its own: `appId`, `sub`, `iat` now, `exp` a minute later, `jti` of 128 random bits.
    ///
    /// # Panics
    /// When the operating system has no random numbers.
    pub fn token(&self, now: SystemTime) -> Token {
        let mut random = [0; 16];
        self.random.fill(&mut random).expect("the operating system gives random bytes");
        let iat = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = Claims {
            app_id: &self.client_id,
            sub: SUBJECT,
            iat,
            exp: iat + LIFETIME,
            jti: &URL_SAFE_NO_PAD.encode(random),
        };
        let claims = serde_json::to_vec(&claims).expect("text and numbers are JSON");
        Token(compact(&self.key, HEADER, &claims))
    }
}

/// The JWS compact serialisation (RFC 7515, 7.1).
fn compact(key: &hmac::Key, header: &[u8], payload: &[u8]) -> String {
    let mut token = URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let tag = hmac::sign(key, token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(tag, &mut token);
    token
}

/// What a token says of itself. Nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// `alg`, `typ`, …
    pub header: Map<String, Value>,
    /// `appId`, `exp`, …
    pub claims: Map<String, Value>,
}

/// Reads a token's header and claims, for `korebulk token --decode`.
///
/// # Errors
/// When it is not three parts of base64url with JSON objects in the first two.
pub fn decode_claims(token: &str) -> Result<Decoded, RunError> {
    let mut parts = token.trim().split('.');
    let (Some(header), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(RunError::usage("the token is not three parts joined by `.`"));
    };
    Ok(Decoded { header: decode(header, "header")?, claims: decode(claims, "claims")? })
}

fn decode(part: &str, name: &str) -> Result<Map<String, Value>, RunError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| {
        RunError::usage(format!("the {name} of the token cannot be read as base64url"))
    })?;
    serde_json::from_slice(&bytes).map_err(|_| {
        RunError::usage(format!("the {name} of the token cannot be read as JSON object"))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_loses_the_token_that_it_repeats_and_nothing_else() {
        let masked = |token: &str, answer: &str| {
            let token = Token::ready(token).unwrap();
            String::from_utf8(token.masked(answer.as_bytes().to_vec())).unwrap()
        };
        let token = "[token][token][token]";
        assert_eq!(
            masked(token, &format!("{token}, a {token}{token} b")),
            "[token], a [token][token] b"
        );
        assert_eq!(masked(token, "a [token] b"), "a [token] b");
        assert_eq!(masked("token", "a token b"), "a token b");
    }

    #[test]
    fn signs_the_vector_of_rfc_7515_appendix_a_1() {
        let key = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let header = b"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
        let payload =
            b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
        insta::assert_snapshot!(compact(&key, header, payload), @"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn a_token_says_who_and_when_and_is_signed_with_the_secret() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_000_000);
        let token = Signer::new("cs-1", b"s3cret").token(now);
        let mut said = decode_claims(token.header()).unwrap();
        let jti = said.claims.remove("jti").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(jti.as_str().unwrap()).unwrap().len(), 16);
        let said = format!("{} {}", Value::from(said.header), Value::from(said.claims));
        insta::assert_snapshot!(said, @r#"{"alg":"HS256","typ":"JWT"} {"appId":"cs-1","exp":1768000060,"iat":1768000000,"sub":"korebulk"}"#);
        let (signed, tag) = token.header().rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"s3cret");
        hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).unwrap()).unwrap();
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let signer = Signer::new("cs-1", b"s3cret");
        assert_ne!(signer.token(SystemTime::UNIX_EPOCH), signer.token(SystemTime::UNIX_EPOCH));
    }

    #[test]
    fn what_is_no_token_is_refused_without_repeating_it() {
        let refused = ["", "a.b", "a.b.c.d", "%.e30.x", "e30.W10.x", "e30.e30 .x"]
            .map(|token| decode_claims(token).unwrap_err().message)
            .join("\n");
        insta::assert_snapshot!(refused, @"
        the token is not three parts joined by `.`
        the token is not three parts joined by `.`
        the token is not three parts joined by `.`
        the header of the token cannot be read as base64url
        the claims of the token cannot be read as JSON object
        the claims of the token cannot be read as base64url
        ");
        assert!(decode_claims("e30.e30.\n").is_ok());
    }

    #[test]
    fn debug_prints_hold_no_secret() {
        let signer = Signer::new("cs-1", b"s3cret");
        assert_eq!(format!("{:?} {signer:?}", Token::ready("abc")), "Some(Token(…)) Signer(…)");
        assert_eq!([Token::ready(""), Token::ready("a b"), Token::ready("ü")], [None, None, None]);
    }
}
