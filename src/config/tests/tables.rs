//! The table of options against the file's model and the defaults that really hold.

use std::collections::BTreeSet;

use super::super::options::keys;
use super::super::table::{markdown, table};
use super::super::{Tables, resolve};
use super::{WHOLE, environment, job, planned, typed};

#[test]
fn every_key_of_the_model_has_a_row_and_every_row_a_key() {
    let model: BTreeSet<String> = keys::<Tables>().into_iter().collect();
    let rows: BTreeSet<String> =
        table().iter().filter_map(|row| row.key).map(str::to_owned).collect();
    assert_eq!(model, rows);
}

#[test]
fn no_option_and_no_key_stands_twice() {
    let mut names: Vec<_> =
        table().iter().flat_map(|row| [row.option, row.key]).flatten().collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn the_defaults_in_the_table_are_those_that_hold() {
    let usual = planned(WHOLE).unwrap();
    for row in table() {
        let Some(key) = row.key.filter(|_| !row.default.is_empty()) else { continue };
        let tables: Tables = toml::from_str(&match row.default {
            "true" | "false" => format!("{key} = {}", row.default),
            default => format!("{key} = \"{default}\""),
        })
        .unwrap();
        // Relative paths are typed from the working directory: this one's default is beside the job.
        let directory = if key == "runs.dir" { "/work/jobs" } else { "/work" };
        let mut set = environment(&[]);
        set.directory = directory.into();
        let path = if key == "runs.dir" { "nightly.toml" } else { "jobs/nightly.toml" };
        let mut file = job(WHOLE).unwrap();
        file.path = path.into();
        let mut plan = resolve(Some(&file), &typed(|typed| *typed = tables), &set).unwrap();
        assert_eq!(plan.overrides.len(), 1, "{key}");
        plan.overrides.clear();
        assert_eq!(plan, usual, "{key} = {}", row.default);
    }
}

#[test]
fn the_readme_table_has_a_line_for_each_row() {
    let markdown = markdown();
    assert_eq!(markdown.lines().count(), table().len() + 2);
    assert!(markdown.contains(
        "| `--burst` | `limits.burst` |  | `1` | Requests that may leave at once after a pause |"
    ));
    assert!(markdown.lines().all(|line| line.replace("\\|", "").matches('|').count() == 6));
}
