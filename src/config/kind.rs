//! Kinds of values: what help calls them, what the JSON Schema says of them, how a text is read.
//!
//! Texts with units are read in `units.rs`. A kind that only one setting has is defined beside that setting.

use std::marker::PhantomData;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::problem::Problem;
use super::units;
use crate::base::nearest::nearest;
use crate::model::settings::{Auto, DailyWindow, RateWindow, Tolerance, Word};

/// A kind of value.
pub(super) trait Kind {
    /// What its text becomes.
    type Value;
    /// As help names it.
    const NAME: &'static str;
    /// What one text of it may be, as JSON Schema.
    fn schema() -> Json;
    /// Reads it.
    fn read(text: &str) -> Result<Self::Value, Problem>;
}

/// A text that fits a pattern. JSON Schema's patterns bind no numbers, which may be written bare.
pub(super) fn text_like(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": pattern })
}

/// A kind by its name, its schema and the function that reads it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $value:ty = $name:literal, $schema:expr, $read:expr;)+) => {$(
        $(#[$doc])*
        pub(super) struct $kind;

        impl Kind for $kind {
            type Value = $value;
            const NAME: &'static str = $name;

            fn schema() -> Json {
                $schema
            }

            fn read(text: &str) -> Result<$value, Problem> {
                $read(text)
            }
        }
    )+};
}
pub(super) use kinds;

const TIMES: &str = r"^[0-9].*[A-Za-zµ]$";

kinds! {
    /// Any text or number.
    Text: String = "TEXT", json!({ "type": ["string", "number"] }), |text: &str| Ok(text.to_owned());
    /// A file.
    File: String = "FILE", json!({ "type": "string", "minLength": 1 }), |text: &str| Ok(text.to_owned());
    /// A directory.
    Dir: String = "DIR", json!({ "type": "string", "minLength": 1 }), |text: &str| Ok(text.to_owned());
    /// The name of an environment variable.
    Variable: String = "NAME", text_like("^[A-Za-z_][A-Za-z0-9_]*$"), |text: &str| Ok(text.to_owned());
    /// A program or one of its arguments.
    Argument: String = "ARG", json!({ "type": "string" }), |text: &str| Ok(text.to_owned());
    /// True or false.
    Flag: bool = "BOOL", json!({ "type": "boolean" }), |text: &str| Ok(text == "true");
    /// A time.
    Time: Duration = "TIME", text_like(TIMES), units::duration;
    /// A time that is more than nothing.
    SomeTime: Duration = "TIME", text_like(TIMES), units::some_time;
    /// Requests in a window.
    Rate: RateWindow = "N/TIME", text_like("^(none|[0-9]+ */ *.*[A-Za-z])$"), units::rate;
    /// Hours of the day.
    Window: DailyWindow = "HH:MM-HH:MM", text_like("^[0-9]{1,2}:[0-9]{1,2} *[-–] *[0-9]{1,2}:[0-9]{1,2}$"), units::window;
    /// A share that may be more than the whole.
    Share: f64 = "SHARE", json!({ "type": ["number", "string"], "minimum": 0, "pattern": "^[0-9.]+ *%?$" }), units::share;
    /// A share of a whole.
    Part: f64 = "SHARE", json!({ "type": ["number", "string"], "minimum": 0, "maximum": 1, "pattern": "^[0-9.]+ *%?$" }), units::part;
    /// A count or a share.
    CountOrShare: Tolerance = "N|SHARE", json!({ "type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9_.]+ *%?$" }), units::tolerance;
}

/// A whole number in a range.
pub(super) struct Number<T, const LEAST: u64, const MOST: u64>(PhantomData<T>);
/// A whole number from 0 on.
pub(super) type Count = Number<u64, 0, { u64::MAX }>;

impl<T: TryFrom<u64>, const LEAST: u64, const MOST: u64> Kind for Number<T, LEAST, MOST> {
    type Value = T;
    const NAME: &'static str = "N";

    fn schema() -> Json {
        json!({ "type": ["integer", "string"], "minimum": LEAST, "maximum": MOST, "pattern": "^[0-9_]+$" })
    }

    fn read(text: &str) -> Result<T, Problem> {
        let number = units::number(text, LEAST, MOST)?;
        T::try_from(number).map_err(|_| Problem::new(format!("`{text}` is too much"), "write less"))
    }
}

/// `auto` or a number up to a limit.
pub(super) struct AutoUpTo<const MOST: u32>;

impl<const MOST: u32> Kind for AutoUpTo<MOST> {
    type Value = Auto;
    const NAME: &'static str = "N|auto";

    fn schema() -> Json {
        json!({ "type": ["integer", "string"], "minimum": 1, "maximum": MOST, "pattern": "^(auto|[0-9_]+)$" })
    }

    fn read(text: &str) -> Result<Auto, Problem> {
        units::auto(text, MOST)
    }
}

/// One word of a list.
pub(super) struct OneOf<T>(PhantomData<T>);

impl<T: Word> Kind for OneOf<T> {
    type Value = T;
    const NAME: &'static str = T::NAME;

    fn schema() -> Json {
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        json!({ "enum": words })
    }

    fn read(text: &str) -> Result<T, Problem> {
        if let Some((_, value)) = T::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*value);
        }
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let hint = match nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write one of them".to_owned(),
        };
        Err(Problem::new(format!("`{text}` is none of `{}`", words.join("`, `")), hint))
    }
}
