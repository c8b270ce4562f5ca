//! The question before the first byte (`docs/contract.md`, "Before the first byte"): what will be done to what, and how many.
//!
//! Only renders and reads the answer; whether it is asked is decided elsewhere.

use console::Style;

use super::plan_view::{PlanField, PlanGuard, PlanInput, guards, inputs, mapping, titled};
use super::text::put;
use crate::base::numbers::{counted, thousands};
use crate::base::terminal::{self, Styled};
use crate::model::Operation;
use crate::model::settings::Profile;

/// What the prompt shows.
#[derive(Debug, Clone)]
pub struct PromptView {
    /// The host, or `SANDBOX`.
    pub host: String,
    /// The account's id.
    pub account: String,
    /// The profile that names it.
    pub profile: Option<Profile>,
    /// What will be done.
    pub operation: Operation,
    /// What was read.
    pub input: Vec<PlanInput>,
    /// Where each field comes from.
    pub mapping: Vec<PlanField>,
    /// What was checked.
    pub guards: Vec<PlanGuard>,
    /// What the account says, where it was read.
    pub contacts: Vec<String>,
    /// Three records as they will be sent, masked or not as the plan says.
    pub samples: Vec<String>,
    /// Where each value of them comes from, where values are shown.
    pub origins: Vec<String>,
    /// Records that will be sent.
    pub to_send: u64,
}

impl PromptView {
    /// The text up to the place where the number is typed.
    pub fn render(&self) -> String {
        let mut out = format!("{} on {}\naccount {}", self.operation, self.host, self.account);
        if let Some(profile) = &self.profile {
            put!(out, ", profile `{}`", profile.name);
        }
        out.push('\n');
        inputs(&mut out, &self.input);
        mapping(&mut out, &self.mapping);
        guards(&mut out, &self.guards);
        titled(&mut out, "the account as it is", &self.contacts);
        out.push_str("\nfirst records\n");
        for sample in &self.samples {
            put!(out, "  {}\n", terminal::line(sample));
        }
        titled(&mut out, "where values come from", &self.origins);
        let done = self.operation.effect().done();
        let records = counted(self.to_send, self.operation.noun());
        put!(out, "\n{records} will be {done}. Type {} to go on: ", thousands(self.to_send));
        out
    }

    /// Whether what was typed is the number, with or without separators.
    pub fn accepts(&self, typed: &str) -> bool {
        let (typed, number) = (typed.trim(), thousands(self.to_send));
        let plain = number.replace(',', "");
        typed == plain
            || [",", ".", " ", "_", "'"].iter().any(|mark| typed == number.replace(',', mark))
    }
}

/// What everybody at the screen has to see of a protected account.
pub fn protected(Profile { name, .. }: &Profile) -> Styled {
    let mut text = Styled::default();
    text.paint(Style::new().red().bold(), |out| put!(out, "PROTECTED: the account `{name}`"));
    text.text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::super::plan_view::tests::view;
    use super::*;

    fn prompt() -> PromptView {
        let plan = view();
        PromptView {
            host: "SANDBOX".into(),
            account: plan.account,
            profile: None,
            operation: Operation::BulkDelete,
            input: plan.input,
            mapping: plan.mapping,
            guards: Vec::new(),
            contacts: Vec::new(),
            samples: vec!["\"6960cbe9b155d194e2f00001\"".into()],
            origins: Vec::new(),
            to_send: 5000,
        }
    }

    #[test]
    fn the_prompt_shows_what_will_be_done() {
        insta::assert_snapshot!(prompt().render(), @r#"
        bulk-delete on SANDBOX
        account 67777ce93e25326494e00001

        input
          contacts.xlsx, sheet Sheet1: 5,005 records (xlsx, header in row 3)

        mapping
          id                     ← column "Contact ID"
          cellPhone.countryCode  ← constant +91

        guards
          none

        first records
          "6960cbe9b155d194e2f00001"

        5,000 contacts will be deleted. Type 5,000 to go on:
        "#);
    }

    #[test]
    fn only_the_number_is_a_yes() {
        for yes in ["5000", " 5,000\n", "5.000", "5 000", "5_000", "5'000"] {
            assert!(prompt().accepts(yes), "{yes:?}");
        }
        for no in ["y", "yes", "", "500", "50000", "500.0", "5,0,0,0", "5000.", "+5000", "05000"] {
            assert!(!prompt().accepts(no), "{no:?}");
        }
    }
}
