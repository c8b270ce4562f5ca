//! One constant as the name of several contacts: mostly a column that nobody found, and names that would be lost.
//!
//! Asked about on a terminal; without one it is a guard that does not hold (docs/contract.md, "Input").

use crate::base::numbers::counted;
use crate::base::terminal;
use crate::map::ChangeKind;
use crate::model::RunError;
use crate::report::plan_view::PlanGuard;
use crate::run::check::findings::Findings;
use crate::run::options::RunOptions;
use crate::run::person::person;
use crate::run::signals::Signals;

/// The setting that the guard is about.
pub(super) const NAME: &str = "input.defaults";

/// The guard, where more than one contact would be named by a constant.
pub(crate) fn guard(findings: &Findings) -> Option<PlanGuard> {
    let count = findings.changes().count(ChangeKind::ConstantName).min(findings.sendable());
    let detail = || {
        format!(
            "one constant would be a name of {}; bulk update replaces the names they have",
            counted(count, "contact")
        )
    };
    (count > 1).then(|| PlanGuard { name: NAME.to_owned(), passed: false, detail: detail() })
}

/// Lets a person say that the constant is meant, where nothing else is in the way.
///
/// # Errors
/// Exit 3 for any other answer.
pub(crate) async fn ask(
    guards: &mut [PlanGuard],
    how: &RunOptions,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let mut failing = guards.iter_mut().filter(|guard| !guard.passed);
    let (Some(guard), None) = (failing.next(), failing.next()) else { return Ok(()) };
    if guard.name != NAME || how.yes || !terminal::can_ask() {
        return Ok(());
    }
    let question = format!("{}. Type yes if that is meant: ", guard.detail);
    let answer = signals.unless_signalled(async move { person().line(&question) }).await?;
    guard.passed = answer.eq_ignore_ascii_case("yes");
    Ok(())
}
