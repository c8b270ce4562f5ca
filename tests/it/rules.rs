//! Rules and lists that keep records back: whatever is unclear is not sent.

use serde_json::json;

use crate::hostile::Hostile;
use crate::support::{Place, Ran, counts, id, listed};

/// A delete by a job file with these rules, its input in any format; the plan of it, and its run.
struct Rules {
    server: Hostile,
    place: Place,
}

impl Rules {
    fn over(file: &str, bytes: impl AsRef<[u8]>, rules: &str) -> Self {
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write(file, bytes);
        place.write("job.toml", place.job("bulk-delete", file) + rules);
        Self { server, place }
    }

    fn plan(&self) -> String {
        let planned = self.place.run(&["plan", "job.toml"]).exits(0);
        planned.out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn run(&self) -> Ran {
        self.place.quick(&["run", "job.toml"])
    }

    /// Read, sent, rejected, skipped.
    fn ends(&self, code: i32) -> [u64; 4] {
        self.run().exits(code);
        let [read, sent, 0, rejected, skipped, 0, 0] = counts(&self.place.report()) else {
            panic!("something else became of it: {:#}", self.place.report())
        };
        [read, sent, rejected, skipped]
    }

    fn sends_nothing(self, code: i32) -> Ran {
        let ran = self.run().exits(code);
        assert_eq!(self.server.requests().len(), 0, "nothing is sent");
        ran
    }
}

/// A table of ids and one more column.
fn marked(values: &[&str]) -> String {
    let rows = (0..).zip(values).map(|(number, value)| format!("{},\"{value}\"\n", id(number)));
    rows.fold("id,Hold\n".to_owned(), |table, row| table + &row)
}

/// The same as JSON lines; values are JSON.
fn objects(values: &[&str]) -> String {
    let rows = (0..).zip(values);
    let row = |(number, value)| format!("{{\"id\":\"{}\",\"Hold\":{value}}}", id(number));
    rows.map(row).collect::<Vec<_>>().join("\n")
}

fn skip_if(test: &str) -> String {
    format!("[[input.skip_if]]\ncolumn = \"Hold\"\n{test}\n")
}

fn send_if(test: &str) -> String {
    format!("[[input.send_if]]\ncolumn = \"Hold\"\n{test}\n")
}

#[test]
fn a_rule_that_holds_back_overlooks_letter_case_and_spelling() {
    let held = ["yes", "Yes", "YES", " yes\u{a0}", "ＹＥＳ", "no"];
    let rules = Rules::over("stale.csv", marked(&held), &skip_if("is = \"yes\""));
    let plan = rules.plan();
    assert!(plan.contains("skip_if `Hold` is `yes`: held for 5 of 6 rows"), "{plan}");
    assert_eq!(rules.ends(0), [6, 1, 0, 5]);
    assert_eq!(listed(&rules.place.report(), "successfulRecords"), [id(5)]);
    for (test, values) in [
        ("in = [\"hayır\", \"straße\"]", ["HAYIR", "Hayir", "STRASSE", "strasse"]),
        ("is = \"Zo\u{eb}\"", ["zoe\u{308}", "ZO\u{cb}", "Zoe\u{308}", "zo\u{eb}"]),
        ("matches = \"^on hold\"", ["On hold", "ON HOLD since May", "on hold", "on Hold"]),
        ("is = 1", ["1", "1.0", "01", "+1"]),
        ("is = true", ["TRUE", "true", "True", " true "]),
        ("is = \"\"", ["", " ", "\u{a0}", ""]),
    ] {
        let rules = Rules::over("stale.csv", marked(&values), &skip_if(test));
        assert_eq!(rules.ends(0), [4, 0, 0, 4], "{test}");
    }
}

#[test]
fn a_rule_means_the_same_in_every_format() {
    let truths = ["true", "\"true\"", "\"TRUE\"", "false", "null"];
    let rules = Rules::over("stale.jsonl", objects(&truths), &skip_if("is = \"true\""));
    assert_eq!(rules.ends(0), [5, 2, 0, 3]);
    let ones = ["1", "1.0", "\"1\"", "2", "null"];
    let rules = Rules::over("stale.jsonl", objects(&ones), &skip_if("in = [1, 3]"));
    assert_eq!(rules.ends(0), [5, 2, 0, 3]);
    let rules = Rules::over("stale.jsonl", objects(&["true", "false"]), &send_if("is = true"));
    assert_eq!(rules.ends(0), [2, 1, 0, 1]);
    let array = json!([{"id": id(0), "hold": "YES"}, {"id": id(1), "Hold": "yes"}, {"id": id(2)}]);
    let rules = Rules::over("stale.json", array.to_string(), &skip_if("is = \"yes\""));
    assert_eq!(rules.ends(1), [3, 0, 1, 2], "another spelling of the key is the same key");
}

#[test]
fn an_object_without_the_key_of_a_rule_is_not_sent() {
    let named = |key: &str| format!("{{\"id\":\"{}\",\"{key}\":\"no\"}}", id(0));
    let text = format!("{}\n{{\"id\":\"{}\",\"Legal_Hold\":\"yes\"}}\n", named("hold"), id(1));
    for test in ["is = \"yes\"", "matches = \"^y\"", "in = [\"yes\", \"ja\"]"] {
        let rules = Rules::over("stale.jsonl", &text, &skip_if(test));
        assert_eq!(rules.ends(1), [2, 1, 1, 0], "{test}");
    }
    let rules = Rules::over("stale.jsonl", &text, &send_if("is = \"no\""));
    assert_eq!(rules.ends(0), [2, 1, 0, 1]);
    let rules = Rules::over("stale.jsonl", &text, &send_if("matches = \"^(no)?$\""));
    assert_eq!(rules.ends(1), [2, 1, 1, 0]);
    let null = format!("{{\"id\":\"{}\",\"hold\":null}}", id(1));
    let rules = Rules::over("stale.jsonl", named("hold") + "\n" + &null, &skip_if("is = \"yes\""));
    assert_eq!(rules.ends(0), [2, 2, 0, 0], "null is no value, and says so");
}

#[test]
fn a_rule_for_sending_is_exact_and_says_what_it_missed_by_case_alone() {
    let states = ["old", "Old", "OLD", "new"];
    let rules = Rules::over("stale.csv", marked(&states), &send_if("is = \"old\""));
    let plan = rules.plan();
    assert!(plan.contains("held for 1 of 4 rows; 2 more differ by letter case"), "{plan}");
    assert!(plan.contains("missed by letter case or spelling alone"), "{plan}");
    assert_eq!(rules.ends(0), [4, 1, 0, 3]);
    for (test, sent) in [
        ("is = \"old\"\ncase = false", 3),
        ("matches = \"^old$\"", 1),
        ("matches = \"^old$\"\ncase = false", 3),
        ("in = [\"old\", \"new\"]", 2),
    ] {
        let rules = Rules::over("stale.csv", marked(&states), &send_if(test));
        assert_eq!(rules.ends(0)[1], sent, "{test}");
    }
    let exact = skip_if("is = \"old\"\ncase = true");
    assert_eq!(Rules::over("stale.csv", marked(&states), &exact).ends(0), [4, 3, 0, 1]);
}

#[test]
fn what_a_rule_cannot_read_is_rejected() {
    let lists = ["[\"yes\"]", "{\"is\":\"yes\"}", "\"no\""];
    let rules = Rules::over("stale.jsonl", objects(&lists), &skip_if("is = \"yes\""));
    assert_eq!(rules.ends(1), [3, 1, 2, 0]);
    let twice = format!("{{\"id\":\"{}\",\"Hold\":\"yes\",\"Hold\":\"no\"}}\n", id(0));
    let rules = Rules::over("stale.jsonl", twice, &skip_if("is = \"yes\""));
    assert_eq!(rules.ends(1), [1, 0, 1, 0]);
    let dates = ["2020-01-01", "01/02/2020", "", "45000", "2999-01-01"];
    let rules = Rules::over("stale.csv", marked(&dates), &send_if("older_than = \"730d\""));
    assert_eq!(rules.ends(1), [5, 1, 3, 1]);
    let rules = Rules::over("stale.csv", marked(&dates), &skip_if("newer_than = \"730d\""));
    assert_eq!(rules.ends(1), [5, 1, 3, 1]);
}

#[test]
fn a_rule_that_cannot_be_asked_stops_the_run() {
    let missing = skip_if("is = \"yes\"").replace("Hold", "Held");
    Rules::over("stale.csv", marked(&["yes"]), &missing).sends_nothing(2).says("`Held`");
    let json = objects(&["\"yes\""]);
    Rules::over("stale.jsonl", json, &missing).sends_nothing(2).says("no object has `Held`");
    for (test, words) in [
        ("in = []", "`in` is an empty list"),
        ("matches = \"(\"", "is not a regular expression"),
        ("is = [1]", "expected a text, a number, `true` or `false`"),
        ("case = \"no\"\nis = 1", "expected a boolean"),
        ("cases = true\nis = 1", "did you mean `case`?"),
    ] {
        Rules::over("stale.csv", marked(&["yes"]), &skip_if(test)).sends_nothing(2).says(words);
    }
}

#[test]
fn a_row_under_a_merged_cell_is_rejected_where_its_value_counts() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let plain = rust_xlsxwriter::Format::new();
    sheet.merge_range(0, 0, 0, 2, "On hold", &plain).unwrap();
    for (column, header) in (0..).zip(["id", "Hold", "Notes"]) {
        sheet.write_string(1, column, header).unwrap();
    }
    for row in 0..6 {
        sheet.write_string(2 + row, 0, id(usize::try_from(row).unwrap())).unwrap();
    }
    sheet.merge_range(3, 1, 5, 1, "yes", &plain).unwrap();
    sheet.merge_range(2, 2, 7, 2, "whatever", &plain).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let rules = Rules::over("stale.xlsx", &bytes, &skip_if("is = \"yes\""));
    assert_eq!(rules.ends(1), [6, 3, 2, 1]);
    assert_eq!(listed(&rules.place.report(), "successfulRecords"), [id(0), id(4), id(5)]);
    let rejected = &rules.place.report()["rejectedRecords"].to_string();
    assert!(rejected.contains("is covered by a merged cell"), "{rejected}");
    let rules = Rules::over("stale.xlsx", &bytes, "");
    assert_eq!(rules.ends(0), [6, 6, 0, 0], "nobody looks at the merged columns");
}

#[test]
fn a_rule_is_counted_once_for_a_row_that_is_left_out_later() {
    let mut table = marked(&["yes", "no", "no", "no"]);
    // The same id twice, with different values: both are rejected; the last row is beyond `first`.
    table = table + &id(1) + ",never\n";
    let rules = Rules::over("stale.csv", table, &format!("first = 1\n{}", skip_if("is = \"yes\"")));
    let plan = rules.plan();
    assert!(plan.contains("skip_if `Hold` is `yes`: held for 1 of 5 rows"), "{plan}");
}

#[test]
fn a_rule_reads_no_error_of_a_spreadsheet_as_a_value() {
    for damaged in ["#N/A", "#REF!", "#NAME?", "Err:502", "=A1", "ye\u{fffd}"] {
        for rule in
            [skip_if("is = \"yes\""), skip_if("matches = \"^y\""), send_if("matches = \".\"")]
        {
            let good = if rule.contains("skip_if") { "no" } else { "yes" };
            let rules = Rules::over("stale.csv", marked(&[damaged, good]), &rule);
            assert_eq!(rules.ends(1), [2, 1, 1, 0], "{damaged} {rule}");
            let values = [json!(damaged).to_string(), json!(good).to_string()];
            let rules =
                Rules::over("stale.jsonl", objects(&values.each_ref().map(String::as_str)), &rule);
            assert_eq!(rules.ends(1), [2, 1, 1, 0], "{damaged} {rule}");
        }
    }
    let rules = Rules::over("stale.csv", marked(&["#N/A", "no"]), &skip_if("is = \"#N/A\""));
    assert_eq!(rules.ends(0), [2, 1, 0, 1], "a rule may ask for it");
    let lines =
        Rules::over("stale.csv", marked(&["Ends\nsoon", "no"]), &skip_if("matches = \"yes\""));
    assert_eq!(lines.ends(0), [2, 2, 0, 0], "several lines are a value");
}

#[test]
fn a_rule_whose_column_could_be_two_says_where_to_name_the_one() {
    let table = format!("id,Hold,Hold\n{},no,yes\n", id(0));
    let ran = Rules::over("stale.csv", table, &skip_if("is = \"yes\"")).sends_nothing(2);
    let ran = ran.says("say which one is meant in the rule's `column`: one of `B`, `C`");
    assert!(!ran.err.contains("--map"), "{}", ran.err);
}
