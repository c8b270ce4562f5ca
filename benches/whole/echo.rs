//! The answers of the lean server, as the API pages show them: 741 bytes for each update.

/// Bytes of an update's entry.
const ENTRY: usize = 741;
/// How an entry starts.
pub(crate) const START: &str = "{\"id\":\"";
const NUMBER: &str = "\"phoneNumber\":\"";
const REST: &str = "\"status\":\"ACTIVE\",\"instanceBotId\":\"st-7dc994f0-4436-5134-9fa8-a94262500000\",\
    \"orgId\":\"o-16ff21d2-5d27-5fb2-b9bd-9fedb5f00000\",\"accountId\":\"65f7d49a5dd06e2cefa45012\",\
    \"createdBy\":\"u-cc6ebd6c-656c-5364-abfc-ad5f80e00000\",\
    \"createdByAId\":\"a-6c63a33-c2a7-49e8-a5ab-82449c800000\",\"address\":[],\"twitterDetails\":[],\
    \"createdAt\":\"2026-01-12T08:22:56.321Z\",\"updatedAt\":\"2026-01-12T09:55:04.840Z\",\
    \"updatedBy\":\"u-cc6ebd6c-656c-5364-abfc-ad5f80e00000\",\"updatedByAId\":\"a-6c63a33-c2a7-49e8";

/// Answers a bulk update by what it got.
pub(crate) fn echoed(body: &str, out: &mut String) {
    out.push_str("{\"successfulRecords\":[");
    let mut records = 0;
    for record in body.split(START).skip(1) {
        let (id, fields) = record.split_once("\",").unwrap();
        // The object's own brace, and behind it a comma or the array's bracket.
        let fields = &fields[..fields.len() - 2];
        let (before, number) = fields.split_once(NUMBER).unwrap();
        out.push_str(if records == 0 { "" } else { "," });
        let start = out.len();
        for part in [START, id, "\",\"contact\":{\"_id\":\"", id, "\",", before, NUMBER, "+91"] {
            out.push_str(part);
        }
        for part in [number, ",", REST] {
            out.push_str(part);
        }
        while out.len() - start < ENTRY - "\"}}".len() {
            out.push('0');
        }
        out.push_str("\"}}");
        records += 1;
    }
    close(records, out);
}

/// Ends the list and the answer around it.
pub(crate) fn close(records: usize, out: &mut String) {
    use std::fmt::Write as _;
    write!(
        out,
        "],\"failedRecords\":[],\"totalRequested\":{records},\"successful\":{records},\"failed\":0}}"
    )
    .unwrap();
}
