//! The parts of a job file that are the same in many.

pub(super) const TARGET: &str = r#"[target]
host = "sandbox"
# Against Kore.ai: `--profile NAME` (see `korebulk login`), or instead of the line above (the client secret comes from KOREBULK_CLIENT_SECRET):
# host = "https://platform.kore.ai"
# stream_id = "st-00000000-0000-0000-0000-000000000000"
# account_id = "000000000000000000000000"
# client_id = "cs-00000000-0000-0000-0000-000000000000"
# client_secret_env = "KOREBULK_CLIENT_SECRET""#;

pub(super) const REGION: &str = r#"
# Missing: phone numbers have no country code, and are rejected until their region is named:
# [phone]
# region = "IN"
"#;

/// Said, never chosen: a number may be shared, or be somebody else's by now.
pub(super) const PHONE_ALONE: &str = r#"# (Or, where every number is the person's own, match rows with contacts by it alone: `by = ["phone"]` under [match].)
"#;

pub(super) const MATCH: &str = r#"
# No column is an id: rows are matched with the account's contacts by number and name. `korebulk plan` says how many are,
# and writes a review file of those about which a person has to decide.
[match]
by = ["phone", "name"]
"#;

/// The column is called as the API calls the field.
pub(crate) const BY_NAME: &str = "its name";
