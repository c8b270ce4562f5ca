//! What an answer or an entry of it that says "done" says against itself.
//!
//! Looks at the members that APIs deny a success with, and at nothing else: fields of a contact deny nothing, and free text
//! only where it says so of one entry outright.

use super::json::{Cursor, Field};

/// How a success denies itself, in korebulk's own words: the name of a member, never its text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Denial {
    how: Option<String>,
    /// It says that it was not deleted, which denies nothing but a delete.
    is_left: bool,
}

impl Denial {
    /// Whether a member of that name can deny a success.
    pub(super) fn concerns(key: &str) -> bool {
        matches!(
            key,
            "success"
                | "succeeded"
                | "isSuccess"
                | "ok"
                | "failed"
                | "error"
                | "errors"
                | "errorCode"
                | "code"
                | "statusCode"
                | "httpStatus"
                | "httpStatusCode"
                | "deleted"
                | "isDeleted"
        )
    }

    /// Steps over the value of a member that [`Denial::concerns`] names.
    pub(super) fn member(&mut self, cursor: &mut Cursor<'_>, key: &str) -> Option<()> {
        let start = cursor.peek()?;
        let text = cursor.raw()?;
        let value = Cursor::new(text).field();
        let value = value.as_ref().and_then(Field::text).unwrap_or(text);
        let denies = match key {
            "deleted" | "isDeleted" => {
                self.is_left |= value.eq_ignore_ascii_case("false");
                false
            }
            "error" | "errors" => carries_something(text),
            "failed" => value == "true",
            "code" | "errorCode" | "statusCode" | "httpStatus" | "httpStatusCode" => {
                matches!(start, b'"' | b'-' | b'0'..=b'9') && is_failure_code(value)
            }
            _ => value.eq_ignore_ascii_case("false"),
        };
        if denies {
            self.says(match key {
                "error" | "errors" => format!("it carries `{key}`"),
                "failed" => "`failed` is true".to_owned(),
                _ if value.eq_ignore_ascii_case("false") => format!("`{key}` is false"),
                _ => format!("`{key}` is that of a failure"),
            });
        }
        Some(())
    }

    /// Looks at a status: one of failure, or one that says that nothing has been done yet.
    pub(super) fn status(&mut self, status: &Field<'_>) {
        if status.text().is_some_and(is_failure_status) {
            self.says("`status` is that of a failure".to_owned());
        }
    }

    /// Steps over a message beside an entry's id: one that says outright that it was not done.
    pub(super) fn message(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        if let Some(how) = not_done(cursor.raw()?) {
            self.says(how.to_owned());
        }
        Some(())
    }

    /// It denies itself in another way.
    pub(super) fn says(&mut self, how: String) {
        self.how.get_or_insert(how);
    }

    /// How it denies itself; `None` where it does not.
    pub(super) fn how(&self) -> Option<&str> {
        self.how.as_deref()
    }

    /// Whether it says that it was not deleted.
    pub(super) fn is_left(&self) -> bool {
        self.is_left
    }
}

/// How a message beside one id denies that it was done, where it says so outright.
pub(super) fn not_done(message: &str) -> Option<&'static str> {
    const NOT_DONE: [&str; 12] = [
        "not found",
        "not exist",
        "not deleted",
        "not updated",
        "not created",
        "could not",
        "cannot",
        "unable to",
        "failed",
        "denied",
        "rejected",
        "refused",
    ];
    let message = message.to_ascii_lowercase();
    let says_so = NOT_DONE.iter().any(|words| message.contains(words));
    says_so.then_some("its message says that it was not done")
}

/// Whether an `error` holds one: `null`, `false`, `0`, `""`, `[]` and `{}` are none.
fn carries_something(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let is_empty = bare.chars().all(|c| "[]{}".contains(c));
    !is_empty && !matches!(bare.as_str(), "null" | "false" | "0" | "\"\"")
}

/// Numbers from 400 on and below 0, and words that do not say that it went well.
fn is_failure_code(code: &str) -> bool {
    const WELL: [&str; 10] = [
        "ok", "success", "succeed", "delet", "updat", "creat", "done", "complet", "accept", "none",
    ];
    if let Ok(number) = code.parse::<i64>() {
        return !(0..400).contains(&number);
    }
    let code = code.trim().to_ascii_lowercase();
    is_failure_status(&code) || !code.is_empty() && !WELL.iter().any(|well| code.contains(well))
}

fn is_failure_status(status: &str) -> bool {
    const ILL: [&str; 20] = [
        "fail",
        "error",
        "err_",
        "reject",
        "refus",
        "denied",
        "deny",
        "invalid",
        "not found",
        "not_found",
        "notfound",
        "forbid",
        "unauthor",
        "conflict",
        "abort",
        "cancel",
        "skip",
        "ignor",
        "pending",
        "queue",
    ];
    if let Ok(number) = status.parse::<i64>() {
        return !(0..400).contains(&number);
    }
    let status = status.to_ascii_lowercase();
    ILL.iter().any(|ill| status.contains(ill))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial(object: &str) -> Option<String> {
        let mut denial = Denial::default();
        let mut status = Field::Absent;
        let mut cursor = Cursor::new(object);
        cursor
            .object(|cursor, key| match key {
                "status" => status.read(cursor),
                key if Denial::concerns(key) => denial.member(cursor, key),
                _ => cursor.skip(),
            })
            .unwrap();
        denial.status(&status);
        denial.how
    }

    #[test]
    fn a_success_denies_itself_by_flag_error_code_or_status() {
        for object in [
            r#"{"success":false}"#,
            r#"{"success":"false"}"#,
            r#"{"ok":false}"#,
            r#"{"failed":true}"#,
            r#"{"error":"locked"}"#,
            r#"{"error":{"msg":"x"}}"#,
            r#"{"errors":[{"msg":"x"}]}"#,
            r#"{"error":true}"#,
            r#"{"code":404}"#,
            r#"{"code":"404"}"#,
            r#"{"code":"CONTACT_NOT_FOUND"}"#,
            r#"{"code":"E7"}"#,
            r#"{"errorCode":-1}"#,
            r#"{"statusCode":500}"#,
            r#"{"status":404}"#,
            r#"{"status":"FAILED"}"#,
            r#"{"status":"error"}"#,
            r#"{"status":"not found"}"#,
            r#"{"status":"pending"}"#,
        ] {
            assert!(denial(object).is_some(), "{object}");
        }
    }

    #[test]
    fn what_says_nothing_or_that_it_went_well_denies_nothing() {
        for object in [
            "{}",
            r#"{"success":true}"#,
            r#"{"success":null}"#,
            r#"{"success":1}"#,
            r#"{"failed":false}"#,
            r#"{"failed":0}"#,
            r#"{"error":null,"errors":[]}"#,
            r#"{"error":"","errors":{ }}"#,
            r#"{"error":false}"#,
            r#"{"code":200}"#,
            r#"{"code":0}"#,
            r#"{"code":null}"#,
            r#"{"code":"SUCCESS"}"#,
            r#"{"code":"contact.deleted"}"#,
            r#"{"statusCode":204}"#,
            r#"{"status":"ACTIVE"}"#,
            r#"{"status":"INACTIVE"}"#,
            r#"{"status":"success"}"#,
            r#"{"message":"failed","reason":"error"}"#,
        ] {
            assert_eq!(denial(object), None, "{object}");
        }
    }

    #[test]
    fn the_words_are_our_own() {
        let how = |object| denial(object).unwrap();
        assert_eq!(how(r#"{"success":false,"error":"Jane"}"#), "`success` is false");
        assert_eq!(how(r#"{"error":"Jane"}"#), "it carries `error`");
        assert_eq!(how(r#"{"code":"Jane"}"#), "`code` is that of a failure");
    }
}
