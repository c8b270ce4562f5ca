//! The plan as people see it.

use super::*;
use crate::report::cluster::{Clusters, Voice};

pub(in crate::report) fn view() -> PlanView {
    let mut reasons = Clusters::default();
    for row in [12, 57, 58, 90] {
        reasons.observe(Outcome::Rejected, Voice::Own, "`Phone` has letters (digits only)", row);
    }
    reasons.observe(Outcome::Skipped, Voice::Own, "an exact duplicate of row 3", 4);
    PlanView {
        plan: "p-3f9a2c".into(),
        job: "migration".into(),
        undoes: None,
        operation: Operation::BulkUpdate,
        host: "https://platform.kore.ai".into(),
        account: "67777ce93e25326494e00001".into(),
        stream: "st-0603182c-7ffb-53c3-b307-47ca14b00000".into(),
        profile: None,
        input: vec![PlanInput {
            file: "contacts.xlsx".into(),
            sheet: Some("Sheet1".into()),
            detected: "xlsx, header in row 3".into(),
            rows: 5005,
            sha256: "00".into(),
        }],
        mapping: vec![
            PlanField { field: "id".into(), from: "column \"Contact ID\"".into() },
            PlanField { field: "cellPhone.countryCode".into(), from: "constant +91".into() },
        ],
        read: 5005,
        to_send: 5000,
        rejected: 4,
        skipped: 1,
        reasons: reasons.all(),
        rules: vec!["skip_if `Legal hold` is `yes`: held for 3 of 4 rows".into()],
        warning: None,
        remark: None,
        contacts: Vec::new(),
        changes: vec!["1,204 phone numbers normalised, e.g. row 2: …78".into()],
        names: vec!["xxxx xxx xxxx → xxxx | xxx xxxx".into()],
        first_requests: vec!["PUT https://platform.kore.ai/x\naccountId: 6\n\n[{}]".into()],
        origins: Vec::new(),
        guards: vec![
            PlanGuard {
                name: "guard.max_records".into(),
                passed: true,
                detail: "50,000 allowed, 5,000 would be sent".into(),
            },
            PlanGuard {
                name: "guard.max_growth".into(),
                passed: false,
                detail: "normally 290–340, tonight 5,000".into(),
            },
        ],
        canary: 0,
        batch_size: 100,
        requests: 50,
        per_minute: Some(50.0),
        seconds: Some(60),
        notices: Vec::new(),
        ways: Vec::new(),
    }
}

#[test]
fn a_plan_reads_well() {
    insta::assert_snapshot!(view().render(), @r#"
    bulk-update migration
      host     https://platform.kore.ai
      account  67777ce93e25326494e00001
      stream   st-0603182c-7ffb-53c3-b307-47ca14b00000

    input
      contacts.xlsx, sheet Sheet1: 5,005 records (xlsx, header in row 3)

    mapping
      id                     ← column "Contact ID"
      cellPhone.countryCode  ← constant +91

    records
      read                5,005
      to send             5,000
      rejected                4
      skipped                 1

    rejected
      4 rows: `Phone` has letters (digits only), e.g. rows 12, 57, 58

    skipped
      row 4: an exact duplicate of row 3

    rules
      skip_if `Legal hold` is `yes`: held for 3 of 4 rows

    values changed
      1,204 phone numbers normalised, e.g. row 2: …78

    full names to look at
      xxxx xxx xxxx → xxxx | xxx xxxx

    first requests
      PUT https://platform.kore.ai/x
      accountId: 6

      [{}]

    guards
      ok    guard.max_records: 50,000 allowed, 5,000 would be sent
      FAILS guard.max_growth: normally 290–340, tonight 5,000

    5,000 records in 50 requests, 100 records each: about 1 min at 50 requests a
      minute
    plan p-3f9a2c
    nothing would be sent: a guard does not hold
    "#);
    assert!(view().render().lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn the_machine_form_has_the_same_facts() {
    let json = serde_json::to_value(view()).unwrap();
    assert_eq!(json["toSend"], 5000);
    assert_eq!(json["operation"], "bulk-update");
    assert_eq!(json["guards"][1]["passed"], false);
    assert_eq!(json["reasons"][0]["rows"], 4);
    assert_eq!(json["reasons"][0]["outcome"], "rejected");
}
