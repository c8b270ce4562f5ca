//! The table of options in the README.

use std::fmt::Write as _;

use super::send::this_run;
use crate::config::{Variable, settings};

/// Every option of a run as the README has it: those of the settings table, then those of this run alone.
pub fn options_table() -> String {
    let code = |text: &str| match text {
        "" => String::new(),
        text => format!("`{}`", text.replace('|', "\\|")),
    };
    let mut table = String::from(
        "| option | job file | environment | default | meaning |\n|---|---|---|---|---|\n",
    );
    let mut row = |[option, key, environment, default]: [&str; 4], help: &str| {
        let [option, key, environment, default] = [option, key, environment, default].map(code);
        let help = help.replace('|', "\\|");
        writeln!(table, "| {option} | {key} | {environment} | {default} | {help} |")
            .expect("writing to a String cannot fail");
    };
    for setting in settings() {
        let environment = setting.environment.map_or("", Variable::name);
        let option = setting.option.unwrap_or_default();
        row([option, setting.key, environment, setting.default], setting.help);
    }
    for arg in this_run().get_arguments() {
        let option = format!("--{}", arg.get_long().unwrap_or_default());
        row([&option, "", "", ""], &arg.get_help().map(ToString::to_string).unwrap_or_default());
    }
    table
}
