//! What a panic says: where it was, and never its words, which may hold a value of a contact.

use std::any::Any;
use std::panic::Location;

use crate::base::terminal;
use crate::model::RunError;

/// calamine gives up on damaged workbooks by a panic, which `load` tells as what it is.
const REPORTED_ELSEWHERE: &str = "workbook";

/// From now on a panic anywhere in the process is reported in one line on standard error.
pub(super) fn report_without_values() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed");
        if name != REPORTED_ELSEWHERE {
            let message = words(panic.payload(), panic.location(), name);
            terminal::say_error(&message, None);
        }
    }));
}

/// Text that was put together when it happened may quote what was at hand (`str` slices do); a
/// literal of the source cannot.
fn words(payload: &dyn Any, at: Option<&Location<'_>>, thread: &str) -> String {
    let place = at.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let literal =
        payload.downcast_ref::<&'static str>().map_or(String::new(), |what| format!(": {what}"));
    format!("korebulk itself failed at {place}, thread `{thread}`{literal}")
}

/// The last words where no run could say its own.
pub(super) fn end() -> RunError {
    RunError::internal("korebulk itself failed; the line above says where").hint(
        "please report this as a bug; `korebulk runs` lists the run if there was one, \
         and `korebulk resume` with its id finishes what it had begun to send",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_says_where_and_no_value() {
        let here = Location::caller();
        let quoted: Box<dyn Any + Send> = Box::new("inside 'ü' of `Müller`".to_owned());
        let message = words(&*quoted, Some(here), "feeder");
        assert!(message.starts_with("korebulk itself failed at src/cli/panic.rs:"), "{message}");
        assert!(message.ends_with(", thread `feeder`"), "{message}");
        let literal: Box<dyn Any + Send> = Box::new("ids are ASCII");
        let message = words(&*literal, None, "recorder");
        assert_eq!(
            message,
            "korebulk itself failed at an unknown place, thread `recorder`: ids are ASCII"
        );
    }
}
