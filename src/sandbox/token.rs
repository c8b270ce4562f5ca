//! Verifies the `auth` header: a JWT as Kore.ai asks for it (docs/kore-api.md, "Signing").
//!
//! Written against that page and not against the client's signer.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::Deserialize;

use super::reply::Reply;

/// Tokens further ahead than this are refused, seconds.
const LONGEST: i64 = 3600;

/// The code of every refusal of credentials (docs/kore-api.md, "Answers").
const CODE: u32 = 4002;

/// Knows the credentials, and the `jti` of each token that is still good.
pub(super) struct Verifier {
    client_id: String,
    key: hmac::Key,
    require_jti: bool,
    /// `jti` to `exp`.
    used: HashMap<Box<str>, i64>,
    forget_at: usize,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claims {
    app_id: Option<String>,
    exp: Option<i64>,
    jti: Option<String>,
}

impl Verifier {
    pub(super) fn new(client_id: String, secret: &str, require_jti: bool) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Self { client_id, key, require_jti, used: HashMap::new(), forget_at: 1024 }
    }

    /// Whether the token is good now (`now` in seconds since 1970); its `jti` is used up then.
    pub(super) fn verify(&mut self, token: Option<&str>, now: i64) -> Result<(), Reply> {
        let token = token.ok_or_else(|| refusal("Invalid SDK credentials"))?;
        let claims = self.open(token).ok_or_else(|| refusal("Invalid JWT token"))?;
        if claims.app_id.as_deref() != Some(&self.client_id) {
            return Err(refusal("Invalid SDK credentials"));
        }
        let exp = claims.exp.ok_or_else(|| refusal("Invalid JWT token"))?;
        if exp <= now || exp > now.saturating_add(LONGEST) {
            return Err(refusal("Invalid JWT token"));
        }
        self.spend(claims.jti, exp, now)
    }

    fn open(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        hmac::verify(&self.key, signed.as_bytes(), &signature).ok()?;
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        (header.alg == "HS256").then_some(claims)
    }

    fn spend(&mut self, jti: Option<String>, exp: i64, now: i64) -> Result<(), Reply> {
        let Some(jti) = jti else {
            return if self.require_jti { Err(refusal("Invalid JWT token")) } else { Ok(()) };
        };
        // An expired token is refused anyway: its `jti` need not be remembered.
        if self.used.len() >= self.forget_at {
            self.used.retain(|_, exp| *exp > now);
            self.forget_at = (self.used.len() * 2).max(1024);
        }
        match self.used.insert(jti.into_boxed_str(), exp) {
            Some(_) => Err(refusal("Invalid JWT token, possibly a replay")),
            None => Ok(()),
        }
    }
}

fn refusal(message: &str) -> Reply {
    Reply::error(401, message, CODE)
}

#[cfg(test)]
pub(super) fn sign(secret: &str, claims: &serde_json::Value) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(br#"{"alg":"HS256","typ":"JWT"}"#),
        encode(claims.to_string().as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = encode(hmac::sign(&key, signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn said(verifier: &mut Verifier, secret: &str, claims: &Value) -> String {
        match verifier.verify(Some(&sign(secret, claims)), NOW) {
            Ok(()) => "good".into(),
            Err(reply) => {
                assert_eq!(reply.status, 401);
                let body: Value = serde_json::from_slice(&reply.body).unwrap();
                assert_eq!(body["errors"][0]["code"], 4002);
                body["errors"][0]["msg"].as_str().unwrap().to_owned()
            }
        }
    }

    #[test]
    fn a_token_is_good_once_within_its_hour_for_its_app() {
        let mut v = Verifier::new("cs-1".into(), "secret", false);
        let good = json!({"appId": "cs-1", "exp": NOW + 60, "jti": "a"});
        assert_eq!(said(&mut v, "secret", &good), "good");
        assert_eq!(said(&mut v, "secret", &good), "Invalid JWT token, possibly a replay");
        assert_eq!(said(&mut v, "other", &good), "Invalid JWT token");
        let wrong = |claims: Value| {
            let mut v = Verifier::new("cs-1".into(), "secret", true);
            said(&mut v, "secret", &claims)
        };
        assert_eq!(
            wrong(json!({"appId": "CS-1", "exp": NOW + 60, "jti": "b"})),
            "Invalid SDK credentials"
        );
        assert_eq!(wrong(json!({"appId": "cs-1", "exp": NOW, "jti": "b"})), "Invalid JWT token");
        assert_eq!(
            wrong(json!({"appId": "cs-1", "exp": NOW + 3601, "jti": "b"})),
            "Invalid JWT token"
        );
        assert_eq!(wrong(json!({"appId": "cs-1", "exp": NOW + 60})), "Invalid JWT token");
        assert_eq!(wrong(json!({"appId": "cs-1", "jti": "b"})), "Invalid JWT token");
    }

    #[test]
    fn rubbish_is_refused() {
        let mut v = Verifier::new("cs-1".into(), "secret", false);
        for token in ["", ".", "a.b", "a.b.c", "…", "Bearer a.b.c"] {
            assert!(v.verify(Some(token), NOW).is_err(), "{token}");
        }
        assert!(v.verify(None, NOW).is_err());
    }

    #[test]
    fn expired_tokens_are_forgotten() {
        let mut v = Verifier::new("cs-1".into(), "secret", false);
        for n in 0..5000_i64 {
            let token =
                sign("secret", &json!({"appId": "cs-1", "exp": NOW + n + 1, "jti": n.to_string()}));
            v.verify(Some(&token), NOW + n).unwrap();
        }
        assert!(v.used.len() <= 1024, "{}", v.used.len());
    }
}
