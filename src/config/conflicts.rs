//! Where one layer of a job says two things, or two of them name two targets.

use super::layers::{Layers, Origin};
use super::problem::Problem;
use super::rows::settings;
use super::setting::{Setting, Variable};
use super::values::Value;
use crate::base::origin;
use crate::model::RunError;

impl Layers<'_> {
    pub(super) fn one_of_each_family(&self, origin: Origin) -> Result<(), RunError> {
        let Some(values) = self.layer(origin) else { return Ok(()) };
        let mut given: Vec<&Setting> = Vec::new();
        for setting in settings().filter(|setting| values.has(setting.key)) {
            let Some(family) = setting.family() else { continue };
            if let Some(first) = given.iter().find(|first| first.family() == Some(family)) {
                let other = self.place(setting, "", origin);
                let two = format!("{}; the other is {other}", family.two());
                return Err(self.refuse(
                    first,
                    origin,
                    Problem::new(two, "keep exactly one of them"),
                ));
            }
            given.push(setting);
        }
        Ok(())
    }

    /// Neither a profile nor a left-over variable may send a job elsewhere: they may not contradict what is above them.
    pub(super) fn one_target(&self) -> Result<(), RunError> {
        for setting in settings().filter(|setting| setting.key.starts_with("target.")) {
            let Some(Variable::Value(variable)) = setting.environment else { continue };
            let Some(above @ (Origin::Written | Origin::Profile)) = self.origin(setting) else {
                continue;
            };
            let text = |origin| self.layer(origin)?.get(setting.key).and_then(Value::text);
            let written = text(above).unwrap_or_default();
            let below = text(Origin::Profile).map(|said| (said, false));
            let set = self.environment.get(variable).map(|said| (said, true));
            for (said, is_set) in [below, set].into_iter().flatten() {
                if !is_same(setting.key, written, said) {
                    let variable = is_set.then_some(variable);
                    return Err(self.two_targets(setting, (above, written), variable, said));
                }
            }
        }
        Ok(())
    }

    /// `variable` says the other one, or else the profile.
    fn two_targets(
        &self,
        setting: &Setting,
        (above, written): (Origin, &str),
        variable: Option<&str>,
        said: &str,
    ) -> RunError {
        let place = self.place(setting, "", above);
        let option = setting.option.unwrap_or(setting.key);
        let (written, said) = (without_user(written), without_user(said));
        let (other, way) = match variable {
            Some(variable) => (format!("`{variable}`"), format!("unset `{variable}`")),
            None => {
                (self.place(setting, "", Origin::Profile), "take it out of the job file".to_owned())
            }
        };
        RunError::usage(format!("{place} is `{written}`, but {other} says `{said}`"))
            .hint(format!("{way}, or give `{option}` to say which one is meant"))
    }
}

fn is_same(key: &str, written: &str, set: &str) -> bool {
    let (written, set) = (written.trim(), set.trim());
    // Client ids alone are no numbers.
    let any_case = key != "target.client_id" && written.eq_ignore_ascii_case(set);
    written == set || any_case || origin::is_same_server(written, set)
}

/// A password before an `@` is not repeated.
fn without_user(value: &str) -> &str {
    value.rsplit_once('@').map_or(value, |(_, host)| host)
}
