//! The log on standard error: levels, form, and what never enters it.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;

use super::screen::{Form, ScreenArgs};
use crate::base::terminal;
use crate::model::RunError;

const VARIABLE: &str = "KOREBULK_LOG";

/// Starts the log. Errors: `KOREBULK_LOG` holds no filter.
pub(super) fn start(screen: &ScreenArgs) -> Result<(), RunError> {
    let written = std::env::var(VARIABLE).unwrap_or_default();
    let filter = filter(&written, level(screen))?;
    let format = tracing_subscriber::fmt::layer().with_writer(terminal::log);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match screen.log_format {
        Form::Json => format.json().flatten_event(true).boxed(),
        Form::Text => format.with_target(false).with_ansi(false).boxed(),
    };
    let layer = layer.with_filter(filter).with_filter(FilterFn::new(may_speak));
    // A second start happens in tests only, where the first log is as good.
    let _ = Registry::default().with(layer).try_init();
    Ok(())
}

/// Without a terminal there is no bar: the log tells of the progress, every few seconds.
fn level(screen: &ScreenArgs) -> LevelFilter {
    match (screen.quiet, screen.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) if terminal::is_watched() => LevelFilter::WARN,
        (false, 0 | 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    }
}

fn filter(written: &str, level: LevelFilter) -> Result<EnvFilter, RunError> {
    let filter = EnvFilter::builder().with_default_directive(level.into());
    filter.parse(written).map_err(|_| {
        RunError::usage(format!("`{VARIABLE}`: `{written}` is not a filter"))
            .hint("write a level such as `debug`, or `korebulk::send=trace`")
    })
}

/// Other crates' chatter may hold headers and bodies: below a warning only korebulk itself speaks.
fn may_speak(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::WARN || metadata.target().starts_with("korebulk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_a_usage_error() {
        let error = filter("korebulk=loud=x", LevelFilter::WARN).unwrap_err();
        insta::assert_snapshot!(error, @"`KOREBULK_LOG`: `korebulk=loud=x` is not a filter");
        assert!(filter("", LevelFilter::WARN).is_ok());
        assert!(filter("korebulk::send=trace", LevelFilter::WARN).is_ok());
    }
}
